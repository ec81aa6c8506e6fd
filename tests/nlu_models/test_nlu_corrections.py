"""Corrections: a journal that survives, labels that hold at once, for close paraphrases and nothing else."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from contract.nlu import (
    Correction,
    CorrectionList,
    CorrectionRequest,
    Entity,
    EntitySpan,
    IntentScore,
    ModelInfo,
    ParseResult,
    Request,
    TrainJob,
)
from contract.wire import BrokenArchive, InvalidInput, Unavailable, from_json, to_json
from nlu_models.corrections.journal import Journal
from nlu_models.corrections.memory import Memory, label_key
from nlu_models.corrections.result import corrected
from nlu_models.inference.likeness import is_mistyped, is_negated, normal_form, without_manners
from nlu_models.inference.neighbours import Neighbours, spread, unit
from nlu_models.inference.parser import Parser
from tests.nlu_models.nlu_service_process import (
    HELD,
    LINES,
    Service,
    examples_of,
    start_service,
    stop_service,
    tiny_request,
)

SAID = "kindly make my whole purchase vanish into thin air"


def test_the_journal_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "corrections.jsonl"
    journal = Journal(path)
    assert (journal.revision, journal.corrections, path.exists()) == (0, [], False)
    first = journal.put("a", CorrectionRequest("one", "greet", by="kim"))
    assert journal.put("a", CorrectionRequest("one", "greet", by="kim")) == first, "the same again is no change"
    journal.put("b", CorrectionRequest("two", "greet", (EntitySpan(0, 3, "quantity", "2"),)))
    changed = journal.put("a", CorrectionRequest("one", "deny"))
    journal.put("c", CorrectionRequest("three", "deny"))
    journal.revoke("c")
    journal.revoke("never")
    again = Journal(path)
    assert again.revision == journal.revision == 5
    assert again.corrections == journal.corrections
    assert [c.id for c in again.corrections] == ["b", "a"] and again.corrections[1] == changed
    assert again.problems == []


def test_a_line_that_was_cut_off_is_told_and_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    journal = Journal(path)
    journal.put("a", CorrectionRequest("one", "greet"))
    with path.open("ab") as file:
        file.write(b'{"revision": 2, "put": {"id": "b", "te')
    torn = Journal(path)
    assert [c.id for c in torn.corrections] == ["a"]
    assert len(torn.problems) == 1 and torn.problems[0].startswith("corrections.jsonl:2 is no correction")
    torn.put("c", CorrectionRequest("three", "greet"))
    with path.open("ab") as file:
        file.write(b"[1]\n\xff\n" + json.dumps({"revision": "x", "revoke": "a"}).encode() + b"\n")
    after = Journal(path)
    assert [c.id for c in after.corrections] == ["a", "c"]
    assert [problem.split(" ")[0] for problem in after.problems] == [f"corrections.jsonl:{n}" for n in (2, 4, 5, 6)]


def test_a_journal_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal(tmp_path / "file" / "corrections.jsonl")
    with pytest.raises(Unavailable, match="not in force"):
        journal.put("a", CorrectionRequest("one", "greet"))
    assert (journal.corrections, journal.revision) == ([], 0)


@pytest.mark.parametrize(
    ("correction_id", "request_", "words"),
    [
        ("a b", CorrectionRequest("x", "greet"), "is no id"),
        ("a", CorrectionRequest("  ", "greet"), "1 to 10000 characters, not 0"),
        ("a", CorrectionRequest("x" * 10_001, "greet"), "not 10001"),
        ("a", CorrectionRequest("x", " "), "has no intent"),
        ("a", CorrectionRequest("x", "greet", (EntitySpan(0, 2, "color"),)), "color at 0 to 2 lies outside"),
    ],
)
def test_corrections_that_cannot_be_used(
    tmp_path: Path, correction_id: str, request_: CorrectionRequest, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        Journal(tmp_path / "j").put(correction_id, request_)


def test_when_two_texts_have_the_same_words() -> None:
    assert normal_form("  Where's my ORDER #W1234567?!") == "wheres my order w0" == normal_form("where’s my order, w9")
    assert normal_form("?!") == "?!"
    assert without_manners(normal_form("Hi, get lost, thank you!")) == "get lost"
    assert without_manners("thanks") == "thanks"
    assert is_mistyped("where is my refund", "were is my refnud") and is_mistyped("is it here", "it here")
    assert not is_mistyped("where is my refund", "where is my order")
    assert not is_mistyped("what is my balance", "what is my gift balance")
    assert is_negated(normal_form("I don't")) and is_negated("i never") and not is_negated("i want the consent")


RESULT = ParseResult(
    text="make it blue",
    intent=IntentScore("deny", 0.5),
    intent_ranking=(IntentScore("deny", 0.5), IntentScore("greet", 0.3), IntentScore("stop", 0.2)),
    entities=(Entity("color", "navy", 8, 12, "blue", 0.7),),
    out_of_scope_score=0.5,
    is_fallback=True,
    model_version="v",
    requests=(Request(IntentScore("deny", 0.5), (), 0, 4), Request(IntentScore("affirm", 0.9), (), 5, 12)),
)


@pytest.mark.parametrize("intent", ["greet", "refine_search", "deny", "out_of_scope"])
@pytest.mark.parametrize("closeness", [0.8, 1.0])
def test_a_corrected_result_is_consistent(intent: str, closeness: float) -> None:
    found = corrected(RESULT, Correction("c7", "other words", intent), closeness=closeness)
    shown = [score.confidence for score in found.intent_ranking]
    assert found.intent == found.intent_ranking[0] == IntentScore(intent, min(closeness, 0.99))
    assert shown == sorted(shown, reverse=True) and sum(shown) <= 1 + 1e-6
    assert len({score.name for score in found.intent_ranking}) == len(shown)
    assert (found.correction, found.is_fallback) == ("c7", False)
    assert (found.out_of_scope_score > 0.5) == (intent == "out_of_scope")
    assert [request.intent.name for request in found.requests] == [intent], "the whole message is one request"
    assert found.entities == RESULT.entities, "offsets of another text say nothing about this one"


def test_the_very_text_gets_the_corrections_entities() -> None:
    spans = (EntitySpan(8, 12, "color"), EntitySpan(5, 7, "product", "lamp"))
    found = corrected(RESULT, Correction("c7", RESULT.text, "greet", spans), closeness=1.0)
    assert [(e.entity, e.value, e.text, e.extractor) for e in found.entities] == [
        ("product", "lamp", "it", "correction"),
        ("color", "navy", "blue", "transformer"),
    ]


def test_neighbours_tell_what_lies_near(tmp_path: Path) -> None:
    vectors = unit(np.array([[1, 0], [1, 1], [0, 2]]))
    Neighbours(vectors, np.array([0, 2, 2])).save(tmp_path)
    bank = Neighbours.load(tmp_path)
    asked = unit(np.array([[1, 0], [0, 1]]))
    assert bank.nearest_by_intent(asked, 3).round(2).tolist() == pytest.approx(
        np.array([[1.0, -1.0, 0.71], [0.0, -1.0, 1.0]]), abs=0.01
    )
    assert bank.nearest_other(asked, np.array([0, 2])) == pytest.approx([0.707, 0.0], abs=0.001)
    (tmp_path / "neighbours.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(BrokenArchive, match="train again"):
        Neighbours.load(tmp_path)


def test_many_examples_of_an_intent_are_thinned_evenly() -> None:
    assert spread([0] * 5 + [1] * 2, per_intent=2) == [0, 3, 5, 6]


def memory_of(parser: Parser, *corrections: Correction) -> Memory:
    memory = Memory(parser.folder, parser.settings)
    memory.use(corrections, parser.vectors)
    return memory


def read(parser: Parser, memory: Memory, text: str) -> ParseResult:
    return memory.correct(parser.parse([text]), parser.vectors([text]))[0]


def test_a_memory_reaches_paraphrases_and_leaves_the_rest(parser: Parser) -> None:
    memory = memory_of(parser, Correction("c1", SAID, "greet"))
    for text in (SAID, f"Hi, {SAID.upper()}!!", SAID.replace("purchase", "puchrase"), f"{SAID}, thanks"):
        result = read(parser, memory, text)
        assert (result.intent.name, result.correction) == ("greet", "c1"), text
    for example in (*examples_of(LINES), *examples_of(HELD)):
        assert read(parser, memory, example.text).correction is None, example.text
    assert read(parser, memory, SAID.replace("make", "never make")).correction is None


def test_the_training_data_keeps_its_answers(parser: Parser) -> None:
    known = "please annul my purchase"
    near = memory_of(parser, Correction("c1", "please annul my purchases", "greet"))
    assert read(parser, near, known).correction is None
    assert read(parser, near, "please annul my purchasse").correction == "c1"
    very = memory_of(parser, Correction("c1", known, "greet"))
    assert read(parser, very, known).correction == "c1", "the operator's word counts more than an example's"


def test_of_two_corrections_the_nearer_one_decides(parser: Parser) -> None:
    memory = memory_of(parser, Correction("a", SAID, "greet"), Correction("b", f"{SAID} tomorrow", "track_order"))
    assert [read(parser, memory, text).correction for text in (SAID, f"{SAID} tomorrow")] == ["a", "b"]


def test_what_a_version_does_with_a_correction(parser: Parser) -> None:
    learned = dataclasses.replace(parser.settings, absorbed=(label_key(SAID, "greet"),))
    memory = Memory(parser.folder, learned)
    states = [memory.state(Correction("a", SAID, intent)) for intent in ("greet", "track_order", "fly_me")]
    assert states == ["learned", "live", "unknown_intent"]
    memory.use([Correction("a", SAID, "greet"), Correction("b", SAID, "fly_me")], parser.vectors)
    assert read(parser, memory, SAID).correction is None


def parse(service: Service, text: str) -> ParseResult:
    return from_json(ParseResult, service.client.post("/v1/parse", json={"text": text}).json())


def held(service: Service) -> CorrectionList:
    return from_json(CorrectionList, service.client.get("/v1/corrections").json())


def put(service: Service, correction_id: str, request: CorrectionRequest) -> Correction:
    answer = service.client.put(f"/v1/corrections/{correction_id}", json=to_json(request))
    assert answer.status_code == 200, answer.text
    return from_json(Correction, answer.json())


def test_over_http_a_label_holds_at_once_until_it_is_revoked(
    service: Service, trained: TrainJob, model: ModelInfo
) -> None:
    before = parse(service, SAID)
    wanted = next(name for name in ("greet", "track_order") if name != before.intent.name)
    correction = put(service, "c-1", CorrectionRequest(SAID, wanted, by="kim"))
    assert (correction.state, correction.by, correction.id) == ("live", "kim", "c-1")
    after = parse(service, f"{SAID}!")
    assert (after.intent.name, after.correction, after.is_fallback) == (wanted, "c-1", False)
    assert after.model_version == model.version
    assert put(service, "c-1", CorrectionRequest(SAID, wanted, by="kim")).revision == correction.revision
    assert put(service, "c-2", CorrectionRequest("beam me up", "fly_me")).state == "unknown_intent"
    assert [c.id for c in held(service).corrections] == ["c-1", "c-2"]
    assert "nlu_corrected_total" in service.client.get("/metrics").text
    for _ in range(2):
        assert service.client.delete("/v1/corrections/c-1").status_code == 204
    service.client.delete("/v1/corrections/c-2")
    assert parse(service, SAID).intent == before.intent and parse(service, SAID).correction is None
    refused = service.client.put("/v1/corrections/c-3", json={"text": " ", "intent": "greet"})
    assert (refused.status_code, refused.json()["error_type"]) == (400, "invalid_input")


def test_a_restart_keeps_corrections_and_a_training_absorbs_them(
    service: Service, model: ModelInfo, tmp_path: Path
) -> None:
    shutil.copytree(
        service.var_dir / "nlu_models" / model.version, tmp_path / "nlu_models" / model.version, dirs_exist_ok=True
    )
    first = start_service(tmp_path)
    put(first, "c-1", CorrectionRequest(SAID, "cancel_order"))
    put(first, "c-2", CorrectionRequest("beam me up now", "greet"))
    stop_service(first)
    second = start_service(tmp_path)
    try:
        assert second.client.post(f"/v1/models/{model.version}/load").status_code == 200
        assert [c.state for c in held(second).corrections] == ["live", "live"]
        assert from_json(ParseResult, _ask(second, SAID, model.version)).correction == "c-1"
        more = tuple(dataclasses.replace(example, text=SAID) for example in examples_of({"cancel_order": "x"}))
        job = second.train(dataclasses.replace(tiny_request(epochs=6), examples=(*tiny_request().examples, *more)))
        assert job.state == "succeeded" and job.version, job.error
        second.client.post(f"/v1/models/{job.version}/load")
        result = from_json(ParseResult, _ask(second, SAID, job.version))
        assert (result.intent.name, result.correction) == ("cancel_order", None), "learned: it needs no correction"
        assert from_json(ParseResult, _ask(second, SAID, model.version)).correction == "c-1", "the old version does"
        assert from_json(ParseResult, _ask(second, "beam me up now", job.version)).correction == "c-2"
    finally:
        stop_service(second)


def _ask(service: Service, text: str, version: str) -> object:
    return service.client.post("/v1/parse", json={"text": text, "version": version}).json()
