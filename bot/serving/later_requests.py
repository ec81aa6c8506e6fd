"""Several requests in one message: each is taken as a message of its own, one after another, and none is forgotten.

What waits stands in the slot ``requests`` from the moment when the message is stored: ``{"waiting": [parse data],
"asked": [words]}``. A request waits while a form asks for something, after an action that failed, and where the turn's
time is up. What was ``asked`` for together is summed up when all of it is done, if that took more than one turn.
Inside a form the form itself says what of a message is its answer, and puts the rest into the slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.understanding.parse_data import KEY, PLACE, WHOLE
from contract.conversation import PARTS, REQUESTS

PERSON_INTENT, HANDOFF_ACTION = "contact_human_agent", "action_handoff"
ParseData = dict[str, Any]


def split(parse_data: ParseData) -> list[ParseData]:
    """The message's requests, each as parse data of its own; the message itself where it has one request.

    The first keeps the message's text; ``place`` says where it stands in it, ``whole`` what was understood of it all.
    Who wants a person among other things gets one: the person reads the rest.
    """
    requests = (parse_data.get(KEY) or {}).get("requests") or []
    if len(requests) < 2:
        return [parse_data]
    for_a_person = [request for request in requests if request["intent"]["name"] == PERSON_INTENT]
    if for_a_person:
        return [{**parse_data, "intent": for_a_person[0]["intent"]}]
    return [_first(parse_data, requests[0]), *(_alone(parse_data, request) for request in requests[1:])]


def inside_a_form(parse_data: ParseData) -> ParseData:
    """The message for the form that asks: whole, with each of its requests beside it."""
    first, *further = split(parse_data)
    if not further:
        return first
    requests = parse_data[KEY]["requests"]
    return {**parse_data, KEY: {**parse_data[KEY], PARTS: [_alone(parse_data, request) for request in requests]}}


def waiting(tracker: DialogueStateTracker) -> list[ParseData]:
    """The requests that were not taken yet, in their order."""
    value = tracker.get_slot(REQUESTS) if can_wait(tracker) else None
    return list(value.get("waiting", [])) if isinstance(value, dict) else []


def asked(tracker: DialogueStateTracker) -> list[str]:
    """The words of the requests that were made together and are not all done yet."""
    value = tracker.get_slot(REQUESTS) if can_wait(tracker) else None
    return list(value.get("asked", [])) if isinstance(value, dict) else []


def words_of(part: ParseData) -> str:
    """A request in the shopper's own words."""
    begin, end = (part.get(KEY) or {}).get(PLACE) or (0, len(part["text"]))
    return str(part["text"][begin:end])


def can_wait(tracker: DialogueStateTracker) -> bool:
    """Whether the domain has the slot."""
    return REQUESTS in tracker.slots


def waiting_event(requests: Sequence[ParseData], asked: Sequence[str] = ()) -> SlotSet:
    """What makes exactly these ``requests`` wait, of those that were ``asked`` for together."""
    return SlotSet(REQUESTS, {"waiting": list(requests), "asked": list(asked)} if requests or asked else None)


def is_with_a_person(tracker: DialogueStateTracker) -> bool:
    """Whether the bot has just handed the conversation over: the person reads the whole message."""
    names = [name for event in reversed(tracker.events) if (name := getattr(event, "action_name", None))]
    return next((name for name in names if name != "action_listen"), None) == HANDOFF_ACTION


def _first(parse_data: ParseData, request: Mapping[str, Any]) -> ParseData:
    whole = {name: parse_data[name] for name in WHOLE}
    return {
        **parse_data,
        "intent": request["intent"],
        "entities": _within(parse_data["entities"], request),
        "intent_ranking": [request["intent"]],
        KEY: {**parse_data[KEY], PLACE: _place(parse_data["text"], request), "whole": whole},
    }


def _alone(parse_data: ParseData, request: Mapping[str, Any]) -> ParseData:
    begin, end = _place(parse_data["text"], request)
    own = {name: value for name, value in parse_data[KEY].items() if name != "timings_ms"}
    entities = _within(parse_data["entities"], request)
    return {
        "text": parse_data["text"][begin:end],
        "intent": request["intent"],
        "entities": [{**row, "start": row["start"] - begin, "end": row["end"] - begin} for row in entities],
        "intent_ranking": [request["intent"]],
        KEY: {**own, "is_fallback": False, "requests": []},
    }


def _place(text: str, request: Mapping[str, Any]) -> list[int]:
    """Where the request's words begin and end."""
    written = text[request["start"] : request["end"]]
    begin = request["start"] + len(written) - len(written.lstrip())
    return [begin, begin + len(written.strip())]


def _within(entities: Sequence[Mapping[str, Any]], request: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in entities if request["start"] <= row["start"] < request["end"]]
