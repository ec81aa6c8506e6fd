"""The main job: train over HTTP, then understand, compare, pin, delete. Real encoder, real processes."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path

import httpx
import psutil

from contract.nlu import Comparison, ModelInfo, ParseResult, TrainJob, TrainRequest
from contract.wire import from_json, to_json
from nlu_models.inference import known_texts, tag_priors, transitions
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.neighbours import INTENTS_FILE, VECTORS_FILE
from nlu_models.inference.parser import MODEL_FILE, TOKENIZER_FILE
from nlu_models.inference.vocabulary import PAIRS_FILE, WORDS_FILE
from nlu_models.registry.store import Registry
from tests.nlu_models.nlu_service_process import (
    HELD,
    Service,
    examples_of,
    start_service,
    stop_service,
    tiny_request,
)


def parse(service: Service, text: str, version: str | None = None) -> ParseResult:
    answer = service.client.post("/v1/parse", json={"text": text, "version": version})
    assert answer.status_code == 200, answer.text
    return from_json(ParseResult, answer.json())


def test_without_a_model_it_says_so(empty_service_answers: dict[str, httpx.Response]) -> None:
    assert empty_service_answers["models"].json() == []
    for name in ("ready", "parse"):
        assert empty_service_answers[name].headers["retry-after"] == "1"
        assert empty_service_answers[name].status_code == 503
        assert empty_service_answers[name].json() == {
            "error": "There is no model yet: train one with `make train`.",
            "error_type": "unavailable",
        }


def test_a_training_ends_with_a_version_that_answers(service: Service, trained: TrainJob, model: ModelInfo) -> None:
    assert trained.progress == 1.0 and trained.stage == "done"
    assert model.fingerprint == trained.fingerprint
    assert model.intents == ("cancel_order", "greet", "out_of_scope", "track_order")
    assert model.entities == ("color", "order_id", "product")
    assert model.size_bytes < 80_000_000, "weights in fp32, graph in int8"
    assert trained.metrics["intent_accuracy"] >= 0.75
    wait_ready(service, model.version)


def test_it_understands_intents_and_entities(service: Service, model: ModelInfo) -> None:
    result = parse(service, "😊 where is order w7654321?")
    assert result.intent.name == "track_order"
    assert result.model_version == model.version
    assert [(e.entity, e.value, e.text, e.start, e.extractor) for e in result.entities] == [
        ("order_id", "#W7654321", "w7654321", 17, "rules")
    ]
    assert result.intent_ranking[0] == result.intent
    shown = [score.confidence for score in result.intent_ranking]
    assert shown == sorted(shown, reverse=True) and abs(sum(shown) - 1) < 1e-3
    assert 0 <= result.out_of_scope_score <= 1
    assert set(result.timings_ms) == {"queue", "model", "total"}


def test_two_requests_in_one_message_come_in_order_with_their_entities(service: Service, trained: TrainJob) -> None:
    text = "please cancel #W2223334. And where is order #W1234567?"
    result = parse(service, text)
    assert [request.intent.name for request in result.requests] == ["cancel_order", "track_order"]
    assert [[e.value for e in request.entities] for request in result.requests] == [["#W2223334"], ["#W1234567"]]
    assert [text[r.start : r.end] for r in result.requests] == [text[:24], text[25:]]
    assert result.intent == result.intent_ranking[0]
    assert result.intent.name in ("cancel_order", "track_order"), "the message as a whole is about both"


def test_one_request_is_the_whole_message(service: Service, trained: TrainJob) -> None:
    result = parse(service, "hello, where is order #W1234567?")
    assert [(r.intent, r.entities, r.start, r.end) for r in result.requests] == [
        (result.intent, result.entities, 0, len(result.text))
    ]


def test_the_same_request_again_trains_nothing(service: Service, trained: TrainJob) -> None:
    shuffled = TrainRequest(**{**vars(tiny_request()), "examples": tuple(reversed(tiny_request().examples))})
    began = time.monotonic()
    job = service.train(shuffled)
    assert (job.state, job.version, job.fingerprint) == ("succeeded", trained.version, trained.fingerprint)
    assert job.metrics == trained.metrics
    assert time.monotonic() - began < 5


def test_the_report_can_be_read(service: Service, model: ModelInfo) -> None:
    report = service.client.get(f"/v1/models/{model.version}/report").json()
    assert report["messages"] == 8 and report["part"] == "test"
    assert set(report["intents"]) >= {"greet", "track_order"}
    text = service.client.get(f"/v1/models/{model.version}/report.md").text
    assert text.startswith("# How it did on 8 test messages")
    picture = service.client.get(f"/v1/models/{model.version}/confusion.png")
    assert picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")


def publish_confused(service: Service, model: ModelInfo) -> str:
    """A second version: the same weights, the names of its intents moved on by one."""
    registry = Registry(service.var_dir / "nlu_models")
    staged = registry.stage()
    words = (TOKENIZER_FILE, WORDS_FILE, PAIRS_FILE, transitions.FILE, tag_priors.FILE)
    for name in (MODEL_FILE, *words, VECTORS_FILE, INTENTS_FILE, known_texts.FILE):
        shutil.copy(registry.folder(model.version) / name, staged / name)
    settings = ModelSettings.load(registry.folder(model.version))
    moved = (*settings.intents[1:], settings.intents[0])
    dataclasses.replace(settings, intents=moved).save(staged)
    return registry.publish(staged, fingerprint="f00d", metrics={}).version


def test_a_second_version_is_compared_pinned_and_deleted(service: Service, model: ModelInfo) -> None:
    other = publish_confused(service, model)
    assert service.client.post(f"/v1/models/{other}/load").json()["version"] == other
    assert parse(service, "hello", other).model_version == other
    assert parse(service, "hello", other).intent != parse(service, "hello", model.version).intent
    assert parse(service, "hello").model_version == model.version, "loading does not make it the default"
    for name in ("report", "report.md", "confusion.png"):
        untested = service.client.get(f"/v1/models/{other}/{name}")
        assert (untested.status_code, untested.json()["error_type"]) == (404, "not_found")

    body = {"old": other, "new": model.version, "examples": to_json(examples_of(HELD))}
    comparison = from_json(Comparison, service.client.post("/v1/comparisons", json=body).json())
    assert comparison.new_metrics["intent_accuracy"] > comparison.old_metrics["intent_accuracy"]
    assert {item.verdict for item in comparison.changes} >= {"better"}
    assert all(item.old_intent != item.new_intent for item in comparison.changes)

    pins = f"/v1/models/{other}/pins"
    for _ in range(2):
        assert service.client.post(pins, json={"archive": "a-1.tar.gz"}).status_code == 200
    refused = service.client.delete(f"/v1/models/{other}")
    assert refused.status_code == 409 and "a-1.tar.gz" in refused.json()["error"]
    for _ in range(2):
        assert service.client.delete(f"{pins}/a-1.tar.gz").status_code == 204
    assert service.client.delete(f"/v1/models/{other}").status_code == 204
    assert service.client.get(f"/v1/models/{other}").status_code == 404
    assert service.client.get("/ready").json()["model_version"] == model.version
    assert service.client.post(f"/v1/models/{model.version}/load").json()["version"] == model.version


def test_a_version_that_was_tampered_with_is_refused(service: Service, model: ModelInfo) -> None:
    version = publish_confused(service, model)
    settings = service.var_dir / "nlu_models" / version / "model.json"
    settings.write_text(settings.read_text().replace("cancel_order", "cancel_all"))
    for answer in (
        service.client.post(f"/v1/models/{version}/load"),
        service.client.post("/v1/parse", json={"text": "hello", "version": version}),
        service.client.get(f"/v1/models/{version}/report"),
    ):
        assert (answer.status_code, answer.json()["error_type"]) == (422, "broken_archive")
        assert "model.json was changed" in answer.json()["error"]
    assert parse(service, "hello").model_version == model.version
    assert service.client.delete(f"/v1/models/{version}").status_code == 204


def test_bad_training_data_is_refused_at_once(service: Service) -> None:
    good = to_json(tiny_request())
    broken = {
        "text": "red",
        "intent": "greet",
        "source": "data/nlu/x.yml:7",
        "entities": [{"start": 1, "end": 9, "entity": "color"}],
    }
    answer = service.client.post("/v1/train", json={**good, "examples": [*good["examples"], broken]})
    assert answer.status_code == 422
    assert answer.json()["error_type"] == "invalid_training_data"
    assert "data/nlu/x.yml:7" in answer.json()["error"] and "outside of the text" in answer.json()["error"]
    answer = service.client.post("/v1/train", json={**good, "options": {"epochs": 0}})
    assert answer.status_code == 422 and "epochs must be at least 1" in answer.json()["error"]
    answer = service.client.post("/v1/train", json={**good, "options": {"encoder": "no-such-folder/x"}})
    assert answer.status_code == 422 and "no-such-folder/x" in answer.json()["error"]


def test_a_training_that_is_cut_off_is_told_after_a_restart(tmp_path: Path) -> None:
    first = start_service(tmp_path)
    job = from_json(TrainJob, first.client.post("/v1/train", json=to_json(tiny_request(epochs=500))).json())
    while not (children := psutil.Process(first.process.pid).children()):
        time.sleep(0.05)
    assert first.client.post("/v1/train", json=to_json(tiny_request(epochs=500))).json()["job_id"] == job.job_id
    stop_service(first)
    assert psutil.wait_procs(children, timeout=10)[1] == []
    second = start_service(tmp_path)
    told = from_json(TrainJob, second.client.get(f"/v1/train/{job.job_id}").json())
    stop_service(second)
    assert (told.state, told.error) == ("failed", "The transformer service ended while it trained: train again.")


def test_the_service_stays_small(service: Service, trained: TrainJob) -> None:
    process = psutil.Process(service.process.pid)
    assert not any("libtorch" in item.path for item in process.memory_maps())
    assert process.memory_info().rss < 310 * 2**20


def wait_ready(service: Service, version: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        answer = service.client.get("/ready")
        if answer.status_code == 200 and answer.json()["model_version"] == version:
            return
        time.sleep(0.05)
    raise AssertionError(Path(service.var_dir / "service.log").read_text())
