"""Bad input over HTTP: each gets a sentence, a type and a status."""

from __future__ import annotations

import pytest

from contract.nlu import TrainJob
from tests.nlu_models.nlu_service_process import Service


@pytest.mark.parametrize(
    ("body", "status", "kind", "words"),
    [
        ({"text": ""}, 400, "invalid_input", "empty"),
        ({"text": " \n\t"}, 400, "invalid_input", "empty"),
        ({"text": 7}, 400, "invalid_input", "body.text"),
        ({}, 400, "invalid_input", "body.text"),
        ({"text": "a" * 150_000}, 413, "too_large", "150000"),
        ({"text": "a" * 1_000_000}, 413, "too_large", "256 KiB"),
        ({"text": "hi", "version": "20260101T000000-0123456789ab"}, 404, "not_found", "20260101T000000"),
        ({"text": "hi", "version": "../../etc"}, 404, "not_found", "GET /v1/models"),
    ],
)
def test_messages_that_cannot_be_parsed(
    service: Service, trained: TrainJob, body: dict[str, object], status: int, kind: str, words: str
) -> None:
    answer = service.client.post("/v1/parse", json=body)
    assert (answer.status_code, answer.json()["error_type"]) == (status, kind)
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    "text",
    [
        "😊",
        "where is it\x00\x07",
        "أين طلبي #W1234567",
        "é" * 3 + " e\u0301 order",
        "<script>alert(1)</script>",
        '/cancel_order{"order_id": "#W1234567"}',
        "wo ist meine Bestellung? " * 400,
        "\u202ehello\u2066",
    ],
)
def test_strange_messages_are_understood_somehow(service: Service, trained: TrainJob, text: str) -> None:
    answer = service.client.post("/v1/parse", json={"text": text})
    assert answer.status_code == 200
    assert answer.json()["text"] == text
    for entity in answer.json()["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]


def test_a_body_that_is_no_json(service: Service) -> None:
    answer = service.client.post("/v1/parse", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error_type"] == "invalid_input"


def test_a_body_that_is_no_text(service: Service, trained: TrainJob) -> None:
    headers = {"Content-Type": "application/json"}
    for path in ("/v1/parse", "/v1/train"):
        answer = service.client.post(path, content=b'{"text": "caf\xe9"}', headers=headers)
        assert (answer.status_code, answer.json()["error_type"]) == (400, "invalid_input")
        assert "UTF-8" in answer.json()["error"]


def test_a_version_that_does_not_exist(service: Service, trained: TrainJob) -> None:
    missing = "20260101T000000-0123456789ab"
    labelled = [{"text": "hi", "intent": "greet"}]
    comparison = {"old": missing, "new": trained.version, "examples": labelled}
    for answer in (
        service.client.post(f"/v1/models/{missing}/load"),
        service.client.post(f"/v1/models/{missing}/pins", json={"archive": "a.tar.gz"}),
        service.client.delete(f"/v1/models/{missing}"),
        service.client.post("/v1/comparisons", json=comparison),
    ):
        assert (answer.status_code, answer.json()["error_type"]) == (404, "not_found")
        assert missing in answer.json()["error"] and "GET /v1/models lists" in answer.json()["error"]
    assert service.client.get("/ready").json()["model_version"] == trained.version


@pytest.mark.parametrize("text", ["a" * 10_000, "word " * 2_000, "\U0001f600" * 10_000])
def test_ten_thousand_characters_are_understood(service: Service, trained: TrainJob, text: str) -> None:
    answer = service.client.post("/v1/parse", json={"text": text})
    assert answer.status_code == 200 and answer.json()["text"] == text


def test_half_of_a_pair_is_no_text(service: Service, trained: TrainJob) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b'{"text": "a \\ud83d b"}', b'{"text": "hi", "version": "\\ud83d"}'):
        answer = service.client.post("/v1/parse", content=body, headers=headers)
        assert answer.status_code < 500 and answer.json()


def test_a_body_of_unknown_length_is_bounded(service: Service) -> None:
    pieces = (b" " * 65_536 for _ in range(8))
    answer = service.client.post("/v1/parse", content=pieces, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_type"]) == (413, "too_large")


def test_unknown_addresses_have_the_same_form(service: Service) -> None:
    for path in ("/nothing", "/v1/train/0", "/v1/models/x", "/v1/models/x/report", "/v1/models/x/secrets"):
        answer = service.client.get(path)
        assert answer.status_code == 404 and answer.json()["error_type"] == "not_found", path
    assert service.client.put("/v1/parse").json()["error_type"] == "invalid_input"


def test_every_endpoint_of_the_contract_is_described(service: Service) -> None:
    described = service.client.get("/openapi.json").json()
    paths = described["paths"]
    assert set(described["components"]["schemas"]["ErrorBody"]["properties"]) == {"error", "error_type"}
    assert set(paths["/v1/parse"]["post"]["responses"]) == {"200", "default"}
    assert {
        "/v1/parse",
        "/v1/train",
        "/v1/train/{job_id}",
        "/v1/recipe",
        "/v1/models",
        "/v1/models/{version}",
        "/v1/models/{version}/load",
        "/v1/models/{version}/pins",
        "/v1/models/{version}/pins/{archive}",
        "/v1/comparisons",
        "/v1/corrections",
        "/v1/corrections/{correction_id}",
        "/health",
        "/ready",
        "/metrics",
    } <= set(paths)


def test_what_happened_is_counted(service: Service, trained: TrainJob) -> None:
    service.client.post("/v1/parse", json={"text": "hello"})
    text = service.client.get("/metrics").text
    assert "nlu_batch_size_count" in text and "nlu_queue_length 0.0" in text


def test_an_archive_needs_a_file_name(service: Service, trained: TrainJob) -> None:
    answer = service.client.post(f"/v1/models/{trained.version}/pins", json={"archive": "../x"})
    assert answer.status_code == 400 and "file name" in answer.json()["error"]
