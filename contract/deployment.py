"""How a trained model gets to the shoppers: the control API of the bot (``bot/control``), under ``/v1``.

The control program runs Rasa processes. A promoted archive is loaded by a second Rasa, warmed and
checked on golden messages; only then does ``Deployment.url`` change, and the gateway follows it.

==============================  ==================  =======================================
endpoint                        in                  out
==============================  ==================  =======================================
GET  /v1/deployment             --                  Deployment
POST /v1/deployment             DeployRequest       Deployment (202; state ``loading``)
POST /v1/deployment/rollback    --                  Deployment (202): the archive before
GET  /v1/archives               --                  list of ArchiveInfo, newest first
POST /v1/trainings              --                  TrainingRun (202); 409 while one runs
GET  /v1/trainings              --                  list of TrainingRun, newest first
GET  /v1/trainings/{run_id}     --                  TrainingRun
GET  /health, /ready
==============================  ==================  =======================================

Every ``/v1`` request carries ``Authorization: Bearer <settings.secret_key>``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ArchiveInfo:
    """A Rasa model archive and the transformer version it pins."""

    name: str
    model_version: str
    created_at: str
    size_bytes: int
    is_active: bool = False


@dataclass(frozen=True)
class DeployRequest:
    archive: str


@dataclass(frozen=True)
class Deployment:
    """``state``: ``starting``, ``serving``, ``loading`` (the old one still serves) or ``failed`` (the
    last attempt; ``url`` still serves if it is set). ``previous`` is where a roll back goes."""

    state: str
    url: str | None = None
    active: ArchiveInfo | None = None
    candidate: str | None = None
    previous: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class TrainingRun:
    """``state``: ``running``, ``succeeded`` or ``failed``. ``progress`` is in [0, 1]."""

    run_id: str
    state: str
    progress: float
    stage: str
    started_at: str
    finished_at: str | None = None
    archive: str | None = None
    model_version: str | None = None
    error: str | None = None
    log_tail: tuple[str, ...] = field(default_factory=tuple)
