"""``POST /v1/parse``: the short way through the service gives what the long way gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.nlu import TrainJob
from nlu_models.serving.app import create_app
from nlu_models.serving.batcher import Batcher
from nlu_models.serving.service import Service as InnerService
from nlu_models.settings_access import without_secret
from tests.nlu_models.nlu_service_process import Service

TEXTS = ("hello there", "cancel the red dress and order #W1234567 ü 😊")


def in_pieces(text: str) -> Iterator[bytes]:
    """A body of unknown length, which only the long way reads."""
    body = json.dumps({"text": text}).encode()
    yield body[:5]
    yield body[5:]


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "timings_ms": sorted(answer["timings_ms"])}


@pytest.mark.parametrize("text", TEXTS)
def test_both_ways_give_the_same(service: Service, trained: TrainJob, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    short = service.client.post("/v1/parse", json={"text": text, "version": trained.version, "unknown": 1})
    long = service.client.post("/v1/parse", content=in_pieces(text), headers=headers)
    assert short.status_code == long.status_code == 200
    assert short.headers["content-type"] == long.headers["content-type"] == "application/json"
    assert without_times(short.json()) == without_times(long.json())


def test_a_body_that_is_named_otherwise_goes_the_long_way(service: Service, trained: TrainJob) -> None:
    body = json.dumps({"text": "hello"}).encode()
    utf8 = service.client.post("/v1/parse", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert utf8.status_code == 200
    other = service.client.post("/v1/parse", content=body, headers={"Content-Type": "text/plain"})
    assert (other.status_code, other.json()["error_type"]) == (400, "invalid_input")


def test_a_large_body_with_a_known_length_arrives_whole(service: Service, trained: TrainJob) -> None:
    text = "where is my parcel? " * 4000
    assert service.client.post("/v1/parse", json={"text": text}).json()["text"] == text


async def test_a_full_queue_refuses_before_it_reads(tmp_path: Path) -> None:
    settings = without_secret({"SHOPCLERK_VAR_DIR": str(tmp_path)})
    app, sent = create_app(settings), []
    service = app.state.service = InnerService(settings)
    service.batcher = Batcher(service._executor, limit=0)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"17")]
    scope = {"type": "http", "method": "POST", "path": "/v1/parse", "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 503 and (b"retry-after", b"1") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["error_type"] == "unavailable"
    assert b'nlu_errors_total{error_type="unavailable"} 1.0' in service.metrics.text()
