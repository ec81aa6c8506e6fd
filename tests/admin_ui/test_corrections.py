"""An approved label is in force at once, and no later than the transformer service is there again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from admin_ui.review.clients import NluClient
from admin_ui.review.corrections import Corrections, id_of
from admin_ui.review.decisions import newest_annotation
from admin_ui.review.tables import Turn
from contract.nlu import CorrectionRequest, ParseResult
from contract.wire import from_json
from tests.admin_ui.contract_server import ContractServer, World
from tests.nlu_models.nlu_service_process import start_service, stop_service, tiny_request

KEY = "0123456789abcdef0123456789abcdef"
SAID = "kindly make my whole purchase vanish into thin air"


@pytest.fixture
def world():
    return World(KEY)


@pytest.fixture
def up(settings, world):
    server = ContractServer(world)
    yield replace(settings, nlu_url=server.url)
    server.close()


@pytest.fixture
def turn_id(log, projector):
    found = log.user("s1", SAID, "greet", 0.3, is_fallback=True)
    projector.run()
    return found


def corrections_of(settings, database, decisions):
    return Corrections(database, decisions.files, NluClient(settings))


def test_one_text_has_one_id_however_it_is_written():
    assert id_of("Where  IS [it]") == id_of("where is (it)") != id_of("where is it not")


def test_labels_are_sent_replaced_and_revoked(up, world, turn_id, decisions, database):
    corrections = corrections_of(up, database, decisions)
    corrections.keep_up()
    assert world.corrections == {} and corrections.standing.in_force == 0
    assert "as soon as that answers" in corrections.says(SAID)
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    corrections.send_now(SAID)
    (sent,) = world.corrections.values()
    assert (sent.id, sent.text, sent.intent, sent.by) == (id_of(SAID), SAID, "track_order", "kim")
    assert "is in force" in corrections.says(SAID) and corrections.standing.in_force == 1
    decisions.approve(turn_id, intent="greet", spans=[], operator="lee")
    corrections.keep_up()
    (sent,) = world.corrections.values()
    assert (sent.intent, sent.by) == ("greet", "lee")
    decisions.revoke(turn_id, operator="kim")
    corrections.keep_up()
    assert world.corrections == {}


def test_nothing_is_asked_while_nothing_has_changed(up, world, turn_id, decisions, database):
    corrections = corrections_of(up, database, decisions)
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    corrections.keep_up()
    asked = len(world.asked)
    corrections.keep_up()
    assert len(world.asked) == asked


def test_a_label_by_hand_counts_and_what_others_put_there_stays(up, world, decisions, database):
    NluClient(up).put_correction("mine", CorrectionRequest("x", "greet"))
    decisions.files.folder.mkdir()
    (decisions.files.folder / "greet.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - oi\n", "utf-8")
    corrections_of(up, database, decisions).keep_up()
    assert set(world.corrections) == {"mine", id_of("oi")}


def test_a_label_that_is_refused_does_not_hold_up_the_others(up, world, log, projector, decisions, database):
    ids = [log.user("s1", text, "greet") for text in ("one thing", "another thing")]
    projector.run()
    decisions.approve(ids[0], intent="cancel_order", spans=[], operator="kim")
    decisions.approve(ids[1], intent="track_order", spans=[], operator="kim")
    corrections = corrections_of(up, database, decisions)
    corrections.keep_up()
    assert [c.text for c in world.corrections.values()] == ["another thing"]
    assert corrections.standing.problem == "This label cannot be used."


def test_the_example_speaks_for_the_messages_that_say_the_same(log, projector, decisions, database):
    first, second = (log.user(f"s{n}", f"where is #W261134{n}", "greet") for n in (1, 2))
    projector.run()
    decisions.approve(first, intent="track_order", spans=[], operator="kim")
    with database.session() as session:
        texts = [session.get_one(Turn, turn_id).text for turn_id in (first, second)]
        held = newest_annotation(session, second)
    assert texts[0] != texts[1] and held.text == texts[1]
    assert decisions.example_text(held) == texts[0]


def test_with_the_real_service_a_label_holds_within_the_call_and_survives_its_absence(
    settings, tmp_path, turn_id, decisions, database
):
    var_dir = tmp_path / "nlu"
    var_dir.mkdir()
    service = start_service(var_dir)
    corrections = corrections_of(replace(settings, nlu_url=service.url), database, decisions)
    try:
        assert service.train(tiny_request(epochs=1)).state == "succeeded"
        decisions.approve(turn_id, intent="greet", spans=[], operator="kim")
        corrections.send_now(SAID)
        assert "is in force" in corrections.says(SAID)
        found = _parse(service, f"{SAID} please")
        assert (found.intent.name, found.correction) == ("greet", id_of(SAID))
    finally:
        stop_service(service)
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    corrections.send_now(SAID)
    assert "not in force yet" in corrections.says(SAID) and "does not answer" in corrections.standing.problem
    service = start_service(var_dir)
    try:
        back = corrections_of(replace(settings, nlu_url=service.url), database, decisions)
        back.keep_up()
        service.client.post(f"/v1/models/{service.client.get('/v1/models').json()[0]['version']}/load")
        assert _parse(service, SAID).intent.name == "track_order"
        decisions.revoke(turn_id, operator="kim")
        back.keep_up()
        assert _parse(service, SAID).correction is None
    finally:
        stop_service(service)


def _parse(service, text):
    version = service.client.get("/v1/models").json()[0]["version"]
    return from_json(ParseResult, service.client.post("/v1/parse", json={"text": text, "version": version}).json())
