"""The transformer service: versions, their metrics, and comparisons (``contract/nlu.py``)."""

from __future__ import annotations

from urllib.parse import quote

from admin_ui.review.clients.http import Service
from contract.nlu import (
    Comparison,
    ComparisonRequest,
    Correction,
    CorrectionList,
    CorrectionRequest,
    Example,
    ModelInfo,
)
from contract.settings import Settings
from contract.wire import from_json, to_json

COMPARISON_S = 300.0


class NluClient:
    """Every method raises ``Unavailable`` where the service does not answer, and what it refuses with."""

    def __init__(self, settings: Settings) -> None:
        self._service = Service(
            name="The transformer service",
            url=settings.nlu_url,
            start="python -m nlu_models.serving",
            secret_key=settings.secret_key,
        )

    def models(self) -> list[ModelInfo]:
        """All versions, as the service sorts them."""
        return from_json(list[ModelInfo], self._service.get("/v1/models"))

    def model(self, version: str) -> ModelInfo:
        """One version.

        Raises:
            NotFound: the service does not have it.
        """
        return from_json(ModelInfo, self._service.get(f"/v1/models/{quote(version, safe='')}"))

    def compare(self, old: str, new: str, examples: list[Example]) -> Comparison:
        """Both versions on the same labelled messages; takes up to minutes on a CPU."""
        body = to_json(ComparisonRequest(old, new, tuple(examples)))
        return from_json(Comparison, self._service.post("/v1/comparisons", body, timeout_s=COMPARISON_S))

    def corrections(self) -> CorrectionList:
        """The labels that hold without a training."""
        return from_json(CorrectionList, self._service.get("/v1/corrections"))

    def put_correction(self, correction_id: str, request: CorrectionRequest) -> Correction:
        """A label that holds from now on.

        Raises:
            InvalidInput: the label cannot be used.
            TooMany: too many hold already.
        """
        return from_json(Correction, self._service.put(_correction(correction_id), to_json(request)))

    def revoke(self, correction_id: str) -> None:
        """The label holds no more."""
        self._service.delete(_correction(correction_id))

    def confusion_picture(self, version: str) -> bytes:
        """A PNG: which intents were taken for which.

        Raises:
            NotFound: this version was trained without a test set.
        """
        return self._service.get_bytes(f"/v1/models/{quote(version, safe='')}/confusion.png")


def _correction(correction_id: str) -> str:
    return f"/v1/corrections/{quote(correction_id, safe='')}"
