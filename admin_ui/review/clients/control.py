"""The bot's control program: archives, trainings, which model serves (``contract/deployment.py``)."""

from __future__ import annotations

from urllib.parse import quote

from admin_ui.review.clients.http import Service
from contract.deployment import ArchiveInfo, Deployment, DeployRequest, TrainingRun
from contract.settings import Settings
from contract.wire import from_json, to_json

SLOW_S = 30.0


class ControlClient:
    """Every method raises ``Unavailable`` where the program does not answer, and what it refuses with."""

    def __init__(self, settings: Settings) -> None:
        self._service = Service(
            name="The bot's control program",
            url=settings.control_url,
            start="python -m bot.control",
            secret_key=settings.secret_key,
        )

    def deployment(self) -> Deployment:
        """What serves now."""
        return from_json(Deployment, self._service.get("/v1/deployment"))

    def deploy(self, archive: str) -> Deployment:
        """Begins to load an archive; the old one serves until it is ready."""
        body = to_json(DeployRequest(archive))
        return from_json(Deployment, self._service.post("/v1/deployment", body, timeout_s=SLOW_S))

    def roll_back(self) -> Deployment:
        """Begins to load the archive that served before."""
        return from_json(Deployment, self._service.post("/v1/deployment/rollback", timeout_s=SLOW_S))

    def archives(self) -> list[ArchiveInfo]:
        """Newest first."""
        return from_json(list[ArchiveInfo], self._service.get("/v1/archives"))

    def train(self) -> TrainingRun:
        """Begins a training.

        Raises:
            Conflict: one runs already.
        """
        return from_json(TrainingRun, self._service.post("/v1/trainings", timeout_s=SLOW_S))

    def trainings(self) -> list[TrainingRun]:
        """Newest first."""
        return from_json(list[TrainingRun], self._service.get("/v1/trainings"))

    def training(self, run_id: str) -> TrainingRun:
        """One training.

        Raises:
            NotFound: there is no such training.
        """
        return from_json(TrainingRun, self._service.get(f"/v1/trainings/{quote(run_id, safe='')}"))
