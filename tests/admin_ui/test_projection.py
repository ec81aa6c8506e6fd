from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from admin_ui.review import dialogue
from admin_ui.review.database import Database
from admin_ui.review.projection.projector import SETTLED_AFTER_S, Projector
from admin_ui.review.tables import Conversation, Fault, Step, Turn
from admin_ui.review.tracker import TrackerReader
from contract.wire import NotFound, Unavailable


def turns(database):
    with database.session() as session:
        return list(session.scalars(select(Turn).order_by(Turn.id)))


def test_a_conversation_turn_by_turn(log, projector, database):
    log.add("s1", "session_started")
    log.user("s1", "where is order #W2611340 for Noah Brown?", entities=(("order_id", "#W2611340"),), channel="rest")
    log.action("s1", "action_track_order")
    log.slot("s1", "order_id", "#W2611340")
    log.bot("s1", "Order #W2611340 is on its way.", cards=[{"kind": "order", "title": "Water Bottle"}])
    log.action("s1", "action_listen")
    assert projector.run().events == 6
    with database.session() as session:
        conversation, exchanges = dialogue.load(session, "s1")
    assert conversation.channel == "rest"
    turn, steps = exchanges[-1].turn, exchanges[-1].steps
    assert turn is not None and turn.message_id == "m1"
    assert (turn.intent, turn.confidence, turn.understood_by) == ("track_order", 0.9, "transformer")
    assert turn.model_version == "20261101T120000-0123456789ab"
    assert turn.margin == pytest.approx(0.88)
    assert [step.kind for step in steps] == ["action", "slot", "answer"]
    assert exchanges[-1].answers[0].detail["cards"] == ["Water Bottle"]


def test_no_personal_data_gets_in_and_the_spans_follow(log, projector, database):
    log.user(
        "s1",
        "I am Noah Brown, find #W2611340 please 😀",
        entities=(("person_name", "Noah Brown"), ("order_id", "#W2611340")),
    )
    log.slot("s1", "person_name", "Noah Brown")
    log.bot("s1", "Dear Noah Brown, we write to noah.brown@gmail.com")
    projector.run()
    (turn,) = turns(database)
    with database.session() as session:
        everything = " ".join(
            [turn.text, str(turn.entities)] + [f"{s.text} {s.detail}" for s in session.scalars(select(Step))]
        )
    for secret in ("Noah", "Brown", "2611340", "gmail"):
        assert secret not in everything
    for entity in turn.entities:
        assert turn.text[entity["start"] : entity["end"]] == entity["text"]
    assert turn.text.endswith("please 😀")


def test_running_twice_changes_nothing(log, projector, database):
    log.user("s1", "hello")
    log.bot("s1", "Hi!")
    assert projector.run().events == 2
    assert projector.run().events == 0
    log.user("s1", "again")
    assert projector.run().events == 1
    assert [turn.text for turn in turns(database)] == ["hello", "again"]


def test_two_projectors_share_the_work(log, settings, database, masker):
    for number in range(30):
        log.user("s1", f"message {number}")
    pair = [
        Projector(database, TrackerReader(settings.database_url("tracker")), masker=masker, secret_key="k" * 32)
        for _ in range(2)
    ]
    pair[0].run()
    pair[1].run()
    assert len(turns(database)) == 30


def test_programs_that_begin_at_the_same_moment_share_a_new_database(log, settings, masker, tmp_path):
    for number in range(30):
        log.user("s1", f"message {number}")
    stores = [Database(f"sqlite:///{tmp_path / 'new.db'}") for _ in range(4)]

    def begin(store):
        store.migrate()
        tracker = TrackerReader(settings.database_url("tracker"))
        return Projector(store, tracker, masker=masker, secret_key="k" * 32).run().events

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, stores)) == 30
    assert len(turns(stores[0])) == 30
    for store in stores:
        store.close()


def test_an_answer_keeps_its_lines_and_a_card_its_parts(log, projector, database):
    card = {"kind": "product", "title": "Trail Shoes", "subtitle": "Shoes"}
    log.bot("s1", "Order **#W2611340**\n\n- left Reno\n- write to noah.brown@gmail.com", cards=[card, {"title": "Mat"}])
    projector.run()
    with database.session() as session:
        step = session.scalars(select(Step)).one()
    first, empty, second, third = step.text.split("\n")
    assert first.startswith("Order **#W") and (empty, second) == ("", "- left Reno")
    assert third.startswith("- write to ") and "noah" not in third
    assert step.detail["cards"] == ["Trail Shoes · Shoes", "Mat"]


def test_several_requests_in_a_message_are_turns_of_their_own(log, projector, database):
    text = "cancel #W2611340 and write to noah.brown@gmail.com"
    whole = log.user("s1", text, "cancel_order", entities=(("order_id", "#W2611340"),), message_id="m1", place=(0, 15))
    log.slot("s1", "requests", {"waiting": [{"text": "write to noah.brown@gmail.com"}]})
    log.slot("s1", "requests", None)
    log.user("s1", "write to noah.brown@gmail.com", "edit_account", message_id="m1", part=2)
    projector.run()
    first, second = turns(database)
    assert (first.id, first.message_id, second.message_id) == (whole, "m1", "m1:2")
    assert first.text.startswith("cancel ") and "write" not in first.text
    assert [row["entity"] for row in first.entities] == ["order_id"]
    with database.session() as session:
        waiting = session.scalars(select(Step).where(Step.kind == "slot").order_by(Step.id)).all()
    assert waiting[0].detail["value"].startswith("write to ") and waiting[1].detail["value"] is None
    assert "noah" not in first.text + second.text + waiting[0].detail["value"]


def test_broken_events_are_noted_and_skipped(log, projector, database):
    log.add("s1", "user", raw="{not json")
    log.add("s1", "user", raw="[]")
    log.add("s1", "user", text=None)
    log.add("s1", "slot")
    log.add("s1", "user", text="x", parse_data={"intent_ranking": [{"name": "a"}]})
    log.user("s1", "still here")
    assert projector.run().faults == 5
    assert [turn.text for turn in turns(database)] == ["still here"]
    with database.session() as session:
        assert all("was skipped" in fault.problem for fault in session.scalars(select(Fault)))


def test_a_young_gap_in_the_ids_is_waited_for(log, settings, database, masker):
    tracker = TrackerReader(settings.database_url("tracker"))
    log.user("s1", "one")
    log.add("s1", "user", event_id=3, text="three")
    early = Projector(database, tracker, masker=masker, secret_key="k" * 32, clock=lambda: log.now)
    assert early.run().events == 1
    log.add("s1", "user", event_id=2, text="two")
    assert early.run().events == 2
    log.add("s1", "user", event_id=9, text="nine")
    late = Projector(database, tracker, masker=masker, secret_key="k" * 32, clock=lambda: log.now + SETTLED_AFTER_S)
    assert late.run().events == 1


def test_feedback_belongs_to_the_answer_it_is_about(log, projector, database):
    log.user("s1", "first", message_id="a")
    log.user("s1", "second", message_id="b")
    log.feedback("s1", "a", -1)
    log.feedback("s1", "b", 1)
    projector.run()
    assert [turn.feedback for turn in turns(database)] == [-1, 1]


def test_a_handoff_by_effect_and_by_action(log, projector, database):
    log.user("s1", "a person please")
    log.bot("s1", None, effects=[log.handoff_effect("s1")])
    log.to_person("s1", "are you there?")
    log.add("s1", "bot", text="Hi, I'm Kim", metadata={"shopclerk": {"kind": "operator_message", "operator": "kim"}})
    log.user("s2", "agent!")
    log.action("s2", "action_handoff")
    log.add("s2", "shopclerk_handoff_ended", metadata={"shopclerk": {"kind": "handoff_ended", "operator": "kim"}})
    log.user("s3", "no person here")
    log.bot("s3", "ok", effects=["forged.token"])
    projector.run()
    found = {(turn.conversation_id, turn.kind): turn.handoff for turn in turns(database)}
    assert found == {
        ("s1", "message"): True,
        ("s1", "to_person"): False,
        ("s2", "message"): True,
        ("s3", "message"): False,
    }
    with database.session() as session:
        people = {c.id: c.with_person for c in session.scalars(select(Conversation))}
        assert people == {"s1": True, "s2": False, "s3": False}
        assert session.scalars(select(Step.detail).where(Step.kind == "operator")).one()["operator"] == "kim"


@pytest.mark.parametrize(
    ("ending", "abandoned"),
    [("filled", False), ("deactivated", True), ("stop", True), ("new session", True), ("idle", True)],
)
def test_a_form_that_is_left(log, settings, database, masker, ending, abandoned):
    log.user("s1", "cancel it", "cancel_order")
    log.action("s1", "cancel_form")
    log.loop("s1", "cancel_form")
    log.user("s1", "hmm", "stop" if ending == "stop" else "inform")
    if ending == "deactivated":
        log.action("s1", "action_deactivate_loop")
    if ending == "new session":
        log.add("s1", "session_started")
    elif ending != "idle":
        log.loop("s1", None)
    tracker = TrackerReader(settings.database_url("tracker"))
    Projector(database, tracker, masker=masker, secret_key="k" * 32, clock=lambda: log.now + 3600).run()
    assert [turn.form_abandoned for turn in turns(database)] == [False, abandoned]


def test_no_tracker_store_yet_is_empty_and_is_not_made(settings, database, masker, tmp_path):
    tracker = TrackerReader(f"sqlite:///{tmp_path / 'nothing.db'}")
    assert Projector(database, tracker, masker=masker, secret_key="k" * 32).run().events == 0
    assert not (tmp_path / "nothing.db").exists()


def test_a_broken_tracker_store_is_a_sentence(database, masker, tmp_path):
    (tmp_path / "broken.db").write_bytes(b"this is no database at all" * 50)
    tracker = TrackerReader(f"sqlite:///{tmp_path / 'broken.db'}")
    with pytest.raises(Unavailable, match="tracker store does not answer"):
        Projector(database, tracker, masker=masker, secret_key="k" * 32).run()


def test_an_unknown_conversation(database):
    with database.session() as session, pytest.raises(NotFound, match="no conversation 'x'"):
        dialogue.load(session, "x")
