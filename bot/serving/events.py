"""Events of ours in Rasa's tracker: they are kept and shown, and no policy looks at them.

In the table ``events`` their ``type_name`` is ``shopclerk_feedback`` or ``shopclerk_handoff_ended``, and ``data``
holds, beside ``event`` and ``timestamp``, ``{"metadata": {"shopclerk": {...}}}`` with ``message_id`` and:

* feedback: ``value`` (1 or -1) and ``about_message_id``;
* handoff ended: ``operator``.

``shopclerk_erased`` stands alone: it is all that is left of a conversation.

What a person or the gateway said is a ``bot`` event with ``metadata.shopclerk`` = ``{"kind": "operator_message" or
"bot_message", "message_id", "operator"}``. What the shopper said meanwhile is a ``user`` event with intent null.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.shared.core.events import Event

from contract.conversation import ERASED

KEY = "shopclerk"


class SilentEvent(Event):
    """Base of events that leave the tracker's state as it is."""

    type_name = "shopclerk_event"

    def as_story_string(self) -> str | None:
        return None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.type_name, self.timestamp, json.dumps(self.metadata, sort_keys=True)))

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.metadata.get(KEY)})"


class FeedbackGiven(SilentEvent):
    """A thumb up or down about one answer."""

    type_name = "shopclerk_feedback"


class HandoffEnded(SilentEvent):
    """The conversation is the bot's again."""

    type_name = "shopclerk_handoff_ended"


class ConversationErased(SilentEvent):
    """All that is left of a conversation that was erased: without words, so that the review store erases it too."""

    type_name = ERASED


def notes(event: Any) -> dict[str, Any]:
    """Our part of an event's metadata, empty where there is none."""
    found = (getattr(event, "metadata", None) or {}).get(KEY)
    return found if isinstance(found, dict) else {}
