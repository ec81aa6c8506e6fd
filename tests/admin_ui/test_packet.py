"""The summary for the person, from the events that Rasa logs."""

import pytest

from admin_ui.review import packet
from admin_ui.review.packet import Packet


@pytest.fixture
def summary(log, projector, database):
    """Projects the log and summarises the conversation s1."""

    def make() -> Packet:
        projector.run()
        with database.session() as session:
            return packet.load(session, "s1")

    return make


def test_a_conversation_that_nobody_knows_yet(summary):
    found = summary()
    assert found == Packet()
    assert found.ended == "The bot was asked for nothing but a person."


def test_wishes_with_what_was_tried_and_how_each_ended(log, summary):
    log.user("s1", "hi", "greet")
    log.bot("s1", "Hello.")
    log.user("s1", "where is my parcel", message_id="a")
    log.action("s1", "action_ask_order_id")
    log.action("s1", "action_track_order")
    log.bot("s1", "On its way.")
    log.user("s1", "and now?")
    log.action("s1", "action_track_order")
    log.bot("s1", "Still on its way.")
    log.user("s1", "cancel it", "cancel_order", message_id="b")
    log.add("s1", "shopclerk_note", metadata={"shopclerk": {"failed_action": "action_make_change"}})
    log.user("s1", "yes", "affirm")
    log.action("s1", "action_make_change")
    log.bot("s1", "Done.")
    log.feedback("s1", "b", -1)
    log.user("s1", "whatever", "greet", 0.2, is_fallback=True)
    log.user("s1", "I want a person", "contact_human_agent")
    log.action("s1", "action_handoff")
    log.to_person("s1", "are you there")
    found = summary()
    assert [(wish.title, wish.tried, wish.outcome, len(wish.turn_ids)) for wish in found.wishes] == [
        ("Track order", ("Track order",), packet.ANSWERED, 2),
        ("Cancel order", ("Make change",), packet.ANSWERED, 2),
        (packet.UNCLEAR, (), packet.NOT_UNDERSTOOD, 1),
    ]
    assert found.ended == "The last wish, “Unclear”, was not understood."


@pytest.mark.parametrize(
    ("say", "outcome"),
    [
        (lambda log: log.bot("s1", "Here."), packet.ANSWERED),
        (lambda log: None, packet.NOTHING),
        (lambda log: (log.bot("s1", "Here."), log.feedback("s1", "a", -1)), packet.DISLIKED),
        (lambda log: (log.loop("s1", "order_form"), log.action("s1", "action_deactivate_loop"), log.loop("s1", None)),
         packet.LEFT),
        (lambda log: log.add("s1", "x", metadata={"shopclerk": {"failed_action": "action_track_order"}}),
         packet.FAILED),
    ],
)  # fmt: skip
def test_how_a_wish_ended(log, summary, say, outcome):
    log.user("s1", "where is my parcel", message_id="a")
    say(log)
    (wish,) = summary().wishes
    assert wish.outcome == outcome


def test_personal_data_stays_masked_and_entities_are_named_once(log, summary):
    log.user("s1", "I am Noah Brown, where is #W2611340", entities=(("order_id", "#W2611340"),))
    log.user("s1", "in red", "refine_search", entities=(("color", "red"),))
    log.user("s1", "in red please", "refine_search", entities=(("color", "red"),))
    found = summary()
    assert found.entities == (("color", "red"),)
    (order,) = found.orders
    assert order != "#W2611340"
    assert "Noah" not in str(found)
    assert "2611340" not in str(found)


def test_a_long_conversation_shows_its_newest_wishes(log, summary):
    for number in range(20):
        log.user("s1", f"message {number}", ("track_order", "cancel_order")[number % 2])
    found = summary()
    assert len(found.wishes) == packet.NEWEST_WISHES
    assert "19" in found.wishes[-1].words
