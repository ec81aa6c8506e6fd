"""Why a message is in the review queue: small named reasons, each a condition in SQL and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from admin_ui.review.tables import Turn
from contract.nlu import OUT_OF_SCOPE_INTENT

LOW_MARGIN = 0.25


@dataclass(frozen=True)
class Reason:
    """``where`` selects turns; ``says`` tells an operator what happened with one of them."""

    name: str
    title: str
    where: ColumnElement[bool]
    holds: Callable[[Turn], bool]
    says: Callable[[Turn], str]


def _guess(turn: Turn) -> str:
    if not turn.ranking:
        return "nothing"
    return f"{turn.ranking[0]['name']} ({turn.ranking[0]['confidence']:.0%})"


def _is_close(turn: Turn) -> bool:
    return turn.margin is not None and turn.margin < LOW_MARGIN and not turn.is_fallback


def _close_call(turn: Turn) -> str:
    second = turn.ranking[1]["name"] if len(turn.ranking) > 1 else "nothing else"
    return f"Close call between {_guess(turn)} and {second}."


REASONS: tuple[Reason, ...] = (
    Reason(
        "thumbs_down",
        "Thumbs down",
        Turn.feedback == -1,
        lambda t: t.feedback == -1,
        lambda _: "The shopper gave the answer a thumbs down.",
    ),
    Reason(
        "handoff",
        "Handed over",
        Turn.handoff.is_(True),
        lambda t: t.handoff,
        lambda _: "After this message the conversation went to a person.",
    ),
    Reason(
        "form_abandoned",
        "Form abandoned",
        Turn.form_abandoned.is_(True),
        lambda t: t.form_abandoned,
        lambda t: f"The shopper left {t.form or 'a form'} unfinished here.",
    ),
    Reason(
        "fallback",
        "Not understood",
        Turn.is_fallback.is_(True),
        lambda t: t.is_fallback,
        lambda t: f"The bot was not sure; its best guess was {_guess(t)}.",
    ),
    Reason(
        "out_of_scope",
        "Out of scope",
        and_(Turn.intent == OUT_OF_SCOPE_INTENT, Turn.is_fallback.is_(False)),
        lambda t: t.intent == OUT_OF_SCOPE_INTENT and not t.is_fallback,
        lambda _: "The bot took this for something that a shop does not do.",
    ),
    Reason(
        "low_margin",
        "Close call",
        and_(Turn.margin < LOW_MARGIN, Turn.is_fallback.is_(False)),
        _is_close,
        _close_call,
    ),
)  # fmt: skip
BY_NAME = {reason.name: reason for reason in REASONS}


def reasons_of(turn: Turn) -> list[Reason]:
    """The reasons that hold for a turn, the weightiest first."""
    return [reason for reason in REASONS if turn.kind == "message" and reason.holds(turn)]


def has_reason(names: tuple[str, ...] = ()) -> ColumnElement[bool]:
    """The condition that any of the reasons ``names`` holds (of all, where none is named)."""
    chosen: Any = [reason.where for reason in REASONS if not names or reason.name in names]
    return and_(Turn.kind == "message", or_(*chosen))
