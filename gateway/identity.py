"""When a verified or identified shopper becomes anonymous again: after a pause, or after the longest session."""

from __future__ import annotations

from sqlalchemy import Connection

from contract.settings import Settings
from gateway.store import conversations
from gateway.store.conversations import Conversation


def has_lapsed(conversation: Conversation, settings: Settings, *, now: float) -> bool:
    """Whether what this conversation knows about the shopper must be forgotten."""
    if not conversation.has_identity:
        return False
    idle = now - conversation.active_at > settings.session_idle_minutes * 60
    verified_at = conversation.verified_at
    return idle or (verified_at is not None and now - verified_at > settings.session_max_hours * 3600)


def current(db: Connection, conversation_id: str, settings: Settings, *, now: float) -> Conversation:
    """The conversation, after forgetting an identity that has lapsed. Needs the writer's connection."""
    conversation = conversations.get(db, conversation_id)
    if not has_lapsed(conversation, settings, now=now):
        return conversation
    conversations.forget_identity(db, conversation.id, hide_up_to=conversation.last_seq)
    return conversations.get(db, conversation_id)
