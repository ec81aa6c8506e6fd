"""What the bot and the transformer service say to each other, under ``/v1``.

============================  ======================  =====================================
endpoint                      in                      out
============================  ======================  =====================================
POST /v1/parse                ParseRequest            ParseResult
POST /v1/train                TrainRequest            TrainJob (202)
GET  /v1/train/{job_id}       --                      TrainJob
GET  /v1/recipe               --                      Recipe
GET  /v1/models               --                      list of ModelInfo
GET  /v1/models/{version}     --                      ModelInfo
POST /v1/models/{version}/load   --                   ModelInfo, once it can parse
POST /v1/models/{version}/pins   PinRequest           ModelInfo; pinning twice is the same
DELETE /v1/models/{version}/pins/{archive}   --       204, also where there is no such pin
DELETE /v1/models/{version}   --                      204; 409 while an archive pins it
POST /v1/comparisons          ComparisonRequest       Comparison
GET  /v1/corrections          --                      CorrectionList
PUT  /v1/corrections/{id}     CorrectionRequest       Correction, in force; the same again changes nothing
DELETE /v1/corrections/{id}   --                      204, also where there is no such correction
GET  /health, /ready, /metrics
============================  ======================  =====================================

Spans are character offsets (Python string indices) into the text that was sent, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FALLBACK_INTENT = "nlu_fallback"
OUT_OF_SCOPE_INTENT = "out_of_scope"


@dataclass(frozen=True)
class IntentScore:
    """An intent and its calibrated probability in [0, 1]."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Entity:
    """One entity of a message. ``value`` is normalised, ``text`` is what the shopper wrote."""

    entity: str
    value: Any
    start: int
    end: int
    text: str
    confidence: float = 1.0
    extractor: str = "transformer"
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Request:
    """One of the things that a message asks for, said in its characters ``start`` to ``end``."""

    intent: IntentScore
    entities: tuple[Entity, ...]
    start: int
    end: int


@dataclass(frozen=True)
class ParseRequest:
    """``version`` None means the version that the service has as its default (the newest)."""

    text: str
    version: str | None = None


@dataclass(frozen=True)
class ParseResult:
    """``intent_ranking`` is sorted, its first row is ``intent``; ``is_fallback`` says that the
    confidence or the out-of-scope score misses the thresholds written into the model version. ``correction`` is
    the id of the correction that decided the intent, if one did: it is then never a fallback.

    ``intent`` is what the message as a whole is most about. ``requests`` are what it asks for, in its order, and each
    of ``entities`` belongs to the request in which it stands. One request, or none given, is the whole message."""

    text: str
    intent: IntentScore
    intent_ranking: tuple[IntentScore, ...]
    entities: tuple[Entity, ...]
    out_of_scope_score: float
    is_fallback: bool
    model_version: str
    requests: tuple[Request, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    correction: str | None = None

    def __post_init__(self) -> None:
        if len(self.requests) < 2:
            object.__setattr__(self, "requests", (Request(self.intent, self.entities, 0, len(self.text)),))


@dataclass(frozen=True)
class EntitySpan:
    """A labelled span of a training example."""

    start: int
    end: int
    entity: str
    value: str | None = None
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Example:
    """A labelled message. ``source`` is ``file:line`` where that is known, for error messages."""

    text: str
    intent: str
    entities: tuple[EntitySpan, ...] = ()
    source: str | None = None


@dataclass(frozen=True)
class TrainRequest:
    """``options`` are the fields of ``nlu_models.training.arguments.TrainingArguments``; unknown or
    impossible ones are refused with 422. ``synonyms`` maps a written value to the canonical one. ``base`` is a version
    to go on from: the training then learns what is new in ``examples`` and rehearses the others."""

    examples: tuple[Example, ...]
    validation: tuple[Example, ...] = ()
    test: tuple[Example, ...] = ()
    synonyms: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    base: str | None = None


@dataclass(frozen=True)
class TrainJob:
    """``state`` is queued, running, succeeded or failed; ``progress`` is in [0, 1]. A request whose
    fingerprint is known succeeds at once with the version that exists."""

    job_id: str
    state: str
    progress: float
    stage: str
    fingerprint: str
    version: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None


@dataclass(frozen=True)
class Recipe:
    """``digest`` changes with the service's training code and defaults: what it trained before is then out of date."""

    digest: str


@dataclass(frozen=True)
class ModelInfo:
    """``version`` is ``<UTC time>-<12 hex digits of the content hash>``, sortable by age."""

    version: str
    created_at: str
    fingerprint: str
    encoder: str
    intents: tuple[str, ...]
    entities: tuple[str, ...]
    metrics: dict[str, float]
    size_bytes: int


@dataclass(frozen=True)
class PinRequest:
    """``archive`` is the file name of a Rasa archive that needs this version."""

    archive: str


@dataclass(frozen=True)
class ComparisonRequest:
    """Two versions on the same labelled messages (usually the test set)."""

    old: str
    new: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class ComparisonItem:
    """A message that the two versions understood differently. ``verdict``: better, worse, other."""

    text: str
    expected: str
    old_intent: str
    old_confidence: float
    new_intent: str
    new_confidence: float
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """Metrics of both (``intent_accuracy``, ``intent_macro_f1``, ``entity_f1``, ...), and what changed."""

    old: str
    new: str
    old_metrics: dict[str, float]
    new_metrics: dict[str, float]
    changes: tuple[ComparisonItem, ...]


@dataclass(frozen=True)
class CorrectionRequest:
    """A label that holds at once, without a training, for ``text`` and its close paraphrases. ``by`` is who gave it."""

    text: str
    intent: str
    entities: tuple[EntitySpan, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Correction:
    """A correction that holds. ``at`` is when it came (ISO 8601, UTC), ``revision`` the memory's after that.

    ``state``, of the versions in memory: ``live`` (it is applied), ``learned`` (all were trained with it and need it
    no more), ``unknown_intent`` (one of them does not have the intent: train), ``waiting`` (none is loaded yet).
    """

    id: str
    text: str
    intent: str
    entities: tuple[EntitySpan, ...] = ()
    by: str = ""
    at: str = ""
    revision: int = 0
    state: str = "waiting"


@dataclass(frozen=True)
class CorrectionList:
    """All corrections that hold, oldest first. ``revision`` grows by one with each that comes, changes or goes.
    ``problems`` are sentences about lines of the memory's file that could not be read."""

    revision: int
    corrections: tuple[Correction, ...]
    problems: tuple[str, ...] = ()
