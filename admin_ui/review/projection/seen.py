"""One event of Rasa's log as the projection needs it, already without personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from admin_ui.review.tables import Turn

IGNORED = "ignored"


@dataclass(frozen=True)
class Seen:
    """``kind`` is a kind of turn (message, button, to_person) or of step, ``ignored``, or ``shopclerk_erased``.

    ``turn`` is set where a shopper said something. ``hands_over`` and ``leaves_form`` are what it means for the
    conversation; ``about_message_id`` and ``value`` belong to feedback.
    """

    id: int
    conversation_id: str
    at: float
    kind: str
    text: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    channel: str | None = None
    turn: Turn | None = None
    hands_over: bool = False
    about_message_id: str | None = None
    value: int | None = None
