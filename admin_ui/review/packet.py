"""What a person needs to know before they take a conversation over: a summary made by rules from the review store."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from admin_ui.review import dialogue
from admin_ui.review.dialogue import Exchange
from admin_ui.review.tables import Turn
from contract.wire import NotFound

ANSWERS = frozenset({"affirm", "deny", "inform", "verify_identity"})  # belong to the wish before them
SMALL_TALK = frozenset({"greet", "thanks", "goodbye", "how_are_you", "bot_challenge", "help", "stop", "insult"})
PERSON_INTENT = "contact_human_agent"
ACTION = "action_"
INNER_ACTIONS = tuple(
    f"{ACTION}{name}" for name in ("ask_", "leave_form", "fallback", "out_of_scope", "handoff", "deactivate_loop")
)
ORDER = "order_id"
NEWEST_WISHES = 6
UNCLEAR = "Unclear"
NOT_UNDERSTOOD, FAILED, LEFT = "not understood", "failed", "left half-way"
DISLIKED, ANSWERED, NOTHING = "thumbs down", "answered", "no answer"
ENDINGS = {
    NOT_UNDERSTOOD: "was not understood",
    FAILED: "failed",
    LEFT: "was left half-way",
    DISLIKED: "got a thumbs down",
    ANSWERED: "was answered",
    NOTHING: "got no answer",
}


@dataclass(frozen=True)
class Wish:
    """Something that the shopper wanted. ``words`` are masked; ``tried`` are titles of what the bot did;
    ``turn_ids`` are the messages that belong to it."""

    title: str
    words: str
    tried: tuple[str, ...]
    outcome: str
    turn_ids: tuple[int, ...]


@dataclass(frozen=True)
class Packet:
    """``orders`` and ``entities`` (kind, value) are masked where they are personal; the newest stands last."""

    wishes: tuple[Wish, ...] = ()
    orders: tuple[str, ...] = ()
    entities: tuple[tuple[str, str], ...] = ()

    @property
    def ended(self) -> str:
        """How it ended, in one sentence."""
        if not self.wishes:
            return "The bot was asked for nothing but a person."
        last = self.wishes[-1]
        return f"The last wish, “{last.title}”, {ENDINGS[last.outcome]}."


def load(session: Session, conversation_id: str) -> Packet:
    """The summary; an empty one where the review store knows nothing of the conversation yet."""
    try:
        _, exchanges = dialogue.load(session, conversation_id)
    except NotFound:
        return Packet()
    return summarise(exchanges)


def summarise(exchanges: list[Exchange]) -> Packet:
    """Messages in a row about one wish are one; small talk, asking for a person and talk with one are none."""
    wishes: list[Wish] = []
    turns = [exchange.turn for exchange in exchanges if exchange.turn is not None]
    for exchange in exchanges:
        _add(wishes, exchange)
    orders = [value for kind, value in _entities(turns) if kind == ORDER]
    others = [entity for entity in _entities(turns) if entity[0] != ORDER]
    return Packet(tuple(wishes[-NEWEST_WISHES:]), tuple(orders), tuple(others))


def title(name: str) -> str:
    """``action_track_order`` or ``track_order`` as ``Track order``."""
    return name.removeprefix(ACTION).replace("_", " ").strip().capitalize()


def _add(wishes: list[Wish], exchange: Exchange) -> None:
    turn = exchange.turn
    if turn is None or turn.intent is None or turn.intent == PERSON_INTENT:
        return
    if turn.intent in SMALL_TALK and not turn.is_fallback:
        return
    name = UNCLEAR if turn.is_fallback else title(turn.intent)
    made = Wish(name, turn.text, _tried(exchange), _outcome(turn, exchange), (turn.id,))
    last = wishes[-1] if wishes else None
    if last is not None and (turn.intent in ANSWERS or last.title == made.title):
        tried = tuple(dict.fromkeys([*last.tried, *made.tried]))
        wishes[-1] = replace(last, tried=tried, outcome=made.outcome, turn_ids=(*last.turn_ids, turn.id))
    else:
        wishes.append(made)


def _tried(exchange: Exchange) -> tuple[str, ...]:
    names = [step.text for step in exchange.steps if step.kind == "action" and step.text.startswith(ACTION)]
    return tuple(dict.fromkeys(title(name) for name in names if not name.startswith(INNER_ACTIONS)))


def _outcome(turn: Turn, exchange: Exchange) -> str:
    if any(step.kind == "action" and step.detail.get("failed") for step in exchange.steps):
        return FAILED
    if turn.is_fallback:
        return NOT_UNDERSTOOD
    if turn.form_abandoned:
        return LEFT
    if turn.feedback == -1:
        return DISLIKED
    return ANSWERED if exchange.answers else NOTHING


def _entities(turns: list[Turn]) -> list[tuple[str, str]]:
    """Each once, in the order in which it was named last."""
    found: dict[tuple[str, str], None] = {}
    for turn in turns:
        for row in turn.entities:
            pair = (str(row["entity"]), str(row["value"]))
            found.pop(pair, None)
            found[pair] = None
    return list(found)
