from __future__ import annotations

import uuid
from typing import Any

import pytest
from nlu_double import parse_result

from bot.serving.later_requests import inside_a_form, split
from bot.understanding.parse_data import BY_TRANSFORMER, from_result, to_result
from contract.nlu import ParseResult
from contract.wire import from_json

TRACK, CANCEL = "where is order #W2611340", "please cancel #W7654321"


@pytest.fixture
def conversation() -> str:
    return f"c-{uuid.uuid4().hex}"


def parsed(rig, *pieces: tuple[str, str], between: str = " and ") -> str:
    """Makes the service find these (text, intent) in a message, and gives the message."""
    text = between.join(piece for piece, _ in pieces)
    rig.nlu.raw_parse = several(text, pieces, next(iter(rig.nlu.versions)))
    return text


def several(text: str, pieces: tuple[tuple[str, str], ...], version: str) -> dict[str, Any]:
    whole = parse_result(text, pieces[0][1], version)
    rows = []
    for piece, intent in pieces:
        start = text.index(piece)
        own = [row for row in whole["entities"] if start <= row["start"] < start + len(piece)]
        score = {"name": intent, "confidence": 0.9}
        rows.append({"intent": score, "entities": own, "start": start, "end": start + len(piece)})
    return {**whole, "requests": rows}


def test_every_request_of_a_message_is_done_in_its_order(bot, rig, conversation):
    text = parsed(rig, (TRACK, "track_order"), (CANCEL, "cancel_order"))
    result = bot.turn(conversation, text)
    assert [reply.text for reply in result.replies] == [
        "Done: action_track_order #W2611340",
        f"Next: {CANCEL}",
        "Done: action_cancel_order #W7654321",
    ]
    assert [row[0::2] for row in rig.actions.done] == [
        ("action_track_order", "#W2611340"),
        ("action_cancel_order", "#W7654321"),
    ]


def test_the_answer_tells_what_was_understood_of_the_whole_message(bot, rig, conversation):
    text = parsed(rig, (TRACK, "track_order"), (CANCEL, "cancel_order"))
    found = bot.turn(conversation, text).prediction
    assert (found.text, [request.intent.name for request in found.requests]) == (text, ["track_order", "cancel_order"])
    assert [[e.text for e in request.entities] for request in found.requests] == [["#W2611340"], ["#W7654321"]]
    assert [entity.text for entity in found.entities] == ["#W2611340", "#W7654321"]


def test_the_same_message_again_does_none_of_its_requests_again(bot, rig, conversation):
    text = parsed(rig, (TRACK, "track_order"), (CANCEL, "cancel_order"))
    first = bot.turn(conversation, text, message_id="m-1")
    second = bot.turn(conversation, text, message_id="m-1")
    assert first == second and len(rig.actions.done) == 2


def test_a_request_waits_while_a_form_asks(bot, rig, conversation):
    text = parsed(rig, ("where is my order", "track_order"), (CANCEL, "cancel_order"), ("bye", "goodbye"))
    assert [reply.text for reply in bot.turn(conversation, text).replies] == ["Which order?"]
    assert rig.actions.done == []
    rig.nlu.raw_parse = None
    result = bot.turn(conversation, "it is #W2611340")
    assert [reply.text for reply in result.replies] == [
        "Done: action_track_order #W2611340",
        f"Next: {CANCEL}",
        "Done: action_cancel_order #W7654321",
        "Next: bye",
        "Goodbye!",
        f"All done: “where is my order”; “{CANCEL}”; “bye”",
    ]
    assert result.prediction.text == "it is #W2611340"
    assert [reply.text for reply in bot.turn(conversation, "bye").replies] == ["Goodbye!"], "nothing is left"


def test_a_request_waits_for_the_next_message_where_the_one_before_failed(bot, rig, conversation):
    text = parsed(rig, (TRACK, "track_order"), ("bye", "goodbye"))
    rig.actions.fault = "500"
    result = bot.turn(conversation, text)
    assert (result.failed_action, result.replies) == ("action_track_order", ())
    rig.actions.reset()
    rig.nlu.raw_parse = None
    result = bot.turn(conversation, "hello")
    summary = f"All done: “{TRACK}”; “bye”"
    assert [reply.text for reply in result.replies] == ["Hello! What can I do?", "Next: bye", "Goodbye!", summary]


def test_a_message_inside_a_form_is_one_answer(bot, rig, conversation):
    bot.turn(conversation, "where is my order")
    text = parsed(rig, ("it is #W2611340", "inform"), ("bye", "goodbye"))
    assert [reply.text for reply in bot.turn(conversation, text).replies] == ["Done: action_track_order #W2611340"]


def test_what_a_form_puts_off_is_taken_up_when_nothing_asks_any_more(bot, rig, conversation):
    bot.turn(conversation, "where is my order")
    rig.actions.puts_off = True
    text = parsed(rig, ("it is #W2611340", "inform"), ("hello", "greet"), ("bye", "goodbye"))
    replies = [reply.text for reply in bot.turn(conversation, text).replies]
    assert replies == [
        "Done: action_track_order #W2611340",
        "Next: hello",
        "Hello! What can I do?",
        "Next: bye",
        "Goodbye!",
    ]
    rig.nlu.raw_parse, rig.actions.puts_off = None, False
    assert [reply.text for reply in bot.turn(conversation, "bye").replies] == ["Goodbye!"], "nothing is left"


def test_who_wants_a_person_inside_a_form_gets_one():
    text = "#W7654321 and get me a person"
    pieces = (("#W7654321", "inform"), ("get me a person", "contact_human_agent"))
    result = from_json(ParseResult, several(text, pieces, "v"))
    assert inside_a_form(from_result(result, understood_by=BY_TRANSFORMER))["intent"]["name"] == "contact_human_agent"


def test_requests_are_cut_to_their_own_words():
    text = "where is #W2611340 ?  and  cancel #W7654321 !"
    pieces = (("where is #W2611340 ?  ", "track_order"), ("cancel #W7654321 !", "cancel_order"))
    result = from_json(ParseResult, several(text, pieces, "v"))
    first, second = split(from_result(result, understood_by=BY_TRANSFORMER))
    assert first["text"] == text and first["shopclerk"]["place"] == [0, 20]
    assert [row["value"] for row in first["entities"]] == ["#W2611340"]
    assert [row["name"] for row in first["intent_ranking"]] == ["track_order"]
    assert to_result(first) == result
    assert (second["text"], second["intent"]["name"]) == ("cancel #W7654321 !", "cancel_order")
    [row] = second["entities"]
    assert second["text"][row["start"] : row["end"]] == "#W7654321"
    assert split(second) == [second]


def test_who_wants_a_person_gets_one_at_once():
    text = "cancel #W7654321 and get me a person"
    pieces = (("cancel #W7654321", "cancel_order"), ("get me a person", "contact_human_agent"))
    result = from_json(ParseResult, several(text, pieces, "v"))
    [only] = split(from_result(result, understood_by=BY_TRANSFORMER))
    assert (only["intent"]["name"], only["text"], len(only["entities"])) == ("contact_human_agent", text, 1)
    assert to_result(only) == result
