"""The transformer service as the training sees it: blocking calls, patient with a busy machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, TypeVar

import requests

from contract.nlu import ModelInfo, ParseRequest, ParseResult, PinRequest, Recipe, TrainJob, TrainRequest
from contract.wire import Unavailable, dumps, error_from_body, from_json

T = TypeVar("T")
START_COMMAND = "python -m nlu_models.serving"
POLL_S = 0.5
PATIENCE_S = 120.0


class NluService:
    """``url`` is the service's address; ``timeout_s`` bounds one call."""

    def __init__(self, url: str, *, timeout_s: float = 60.0) -> None:
        self._url, self._timeout_s = url.rstrip("/"), timeout_s
        self._session = requests.Session()
        self._session.trust_env = False

    def is_alive(self) -> bool:
        """Whether the service answers at all."""
        try:
            return self._session.get(f"{self._url}/health", timeout=2.0).status_code == 200
        except requests.RequestException:
            return False

    def train(self, request: TrainRequest) -> TrainJob:
        """Asks for a version trained on ``request``; an old one with the same fingerprint comes back at once."""
        return self._call("POST", "/v1/train", TrainJob, request)

    def follow(self, job: TrainJob) -> Iterator[TrainJob]:
        """The job's states until it has succeeded or failed.

        Raises:
            Unavailable: the service has not answered for two minutes.
        """
        silent_since: float | None = None
        yield job
        while job.state not in ("succeeded", "failed"):
            time.sleep(POLL_S)
            try:
                job = self._call("GET", f"/v1/train/{job.job_id}", TrainJob)
                silent_since = None
            except Unavailable:
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since > PATIENCE_S:
                    raise
            yield job

    def recipe(self) -> Recipe:
        """What changes when the service would train the same data differently."""
        return self._call("GET", "/v1/recipe", Recipe)

    def parse(self, text: str, version: str | None) -> ParseResult:
        return self._call("POST", "/v1/parse", ParseResult, ParseRequest(text=text, version=version))

    def model(self, version: str) -> ModelInfo:
        """
        Raises:
            NotFound: the service does not have this version.
        """
        return self._call("GET", f"/v1/models/{version}", ModelInfo)

    def pin(self, version: str, archive: str) -> ModelInfo:
        """Keeps ``version`` as long as ``archive`` needs it."""
        return self._call("POST", f"/v1/models/{version}/pins", ModelInfo, PinRequest(archive=archive))

    def _call(self, method: str, path: str, kind: type[T], body: Any = None) -> T:
        data = dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._session.request(
                method, self._url + path, data=data, headers=headers, timeout=self._timeout_s
            )
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unavailable(unavailable_sentence(self._url)) from error
        if answer.status_code >= 400:
            raise error_from_body(answer.status_code, content)
        return from_json(kind, content)


def unavailable_sentence(url: str) -> str:
    """What to do where no service answers."""
    return (
        f"No transformer service answers at {url}. Start one with `{START_COMMAND}`, "
        "or train with `make train`, which starts it itself."
    )
