"""What a message says beside its answer to a form's question: "#W1234567, and when is my refund coming?".

It is put off, and the bot takes it up as a message of its own when nothing asks any more. Where only one part is in
doubt, the message stays one answer: a correction must not become a request that is done later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rasa_sdk.events import SlotSet

from actions.forms import reading
from actions.intent_titles import INTENT_TITLES
from actions.message import Message, Part
from actions.turn import Event, Turn
from contract.conversation import REQUESTS


def put_off(turn: Turn, is_wish: Callable[[Message], bool]) -> list[Event]:
    """Leaves in ``turn.message`` what the form shall look at, and gives what makes the rest wait.

    Args:
        is_wish: whether a part is something else than an answer to the form.
    """
    wishes = [_is_clear(part) and is_wish(part.message) for part in turn.parts]
    first = wishes.index(True) if True in wishes else len(wishes)
    if len(wishes) < 2 or first == len(wishes) or not all(wishes[first:]):
        return []
    now = 0 if first else _acted_on(turn)
    rest, meant = [part for part in turn.parts[first:] if part is not turn.parts[now]], turn.parts[now].message
    turn.message = turn.message.up_to(turn.parts[first].start, meant) if first else meant
    value = turn.slots.get(REQUESTS) or {"waiting": [], "asked": []}
    turn.say(f"I'll come to {_listed(rest)} after that.")
    return [SlotSet(REQUESTS, {**value, "waiting": [*value["waiting"], *(dict(part.parse_data) for part in rest)]})]


def _acted_on(turn: Turn) -> int:
    """Of several wishes the one by whose intent the rules go on: that of the whole message."""
    intents = [part.message.intent for part in turn.parts]
    return intents.index(turn.message.intent) if turn.message.intent in intents else 0


def _is_clear(part: Part) -> bool:
    return part.message.intent in INTENT_TITLES and part.message.confidence >= reading.SURE


def _listed(parts: Sequence[Part]) -> str:
    return " and ".join(f"“{part.message.text.strip()}”" for part in parts)
