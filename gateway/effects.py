"""What an action may change about a conversation: identified, verified, handed over. Signed, or ignored."""

from __future__ import annotations

from sqlalchemy import Connection

from contract.conversation import Effect
from contract.signing import verify
from contract.wire import Unauthorised
from gateway import logs
from gateway.handoff_changes import Request
from gateway.metrics import Metrics
from gateway.reception import ASKED_FOR_PERSON, Reception
from gateway.store import conversations, deliveries, news
from gateway.store.conversations import Conversation
from gateway.store.inbox import InboxRow

MAX_IDENTIFIED = 20
MAX_AGE_S = 60.0

log = logs.get()


def accepted(tokens: tuple[str, ...], *, conversation_id: str, key: str, metrics: Metrics) -> list[Effect]:
    """The effects that we signed, that are fresh and that are meant for this conversation."""
    found = []
    for token in tokens:
        try:
            effect = verify(Effect, token, key=key, max_age_s=MAX_AGE_S)
        except Unauthorised:
            metrics.effects.labels("unknown", "forged").inc()
            log.warning("effect_refused", conversation=conversation_id, why="signature")
            continue
        if effect.conversation_id != conversation_id or not _is_complete(effect):
            metrics.effects.labels("unknown", "foreign").inc()
            log.warning("effect_refused", conversation=conversation_id, why="not for this conversation")
            continue
        metrics.effects.labels(effect.kind, "accepted").inc()
        found.append(effect)
    return found


def apply(
    db: Connection,
    conversation: Conversation,
    effects: list[Effect],
    *,
    row: InboxRow,
    reception: Reception,
    now: float,
) -> list[str]:
    """Writes the effects of one turn; returns what the shopper has to be told of them."""
    notes: list[str] = []
    for effect in effects:
        if effect.kind == "identified":
            _identify(db, conversations.get(db, conversation.id), str(effect.order_id), now=now)
        elif effect.kind == "verified":
            _verify(db, conversation, str(effect.customer_id), row=row, now=now)
        elif effect.kind == "forgotten":
            conversations.forget_identity(db, conversation.id, hide_up_to=row.seq - 1)
            news.forget(db, conversation.id)
            news.forget_customer(db, str(effect.customer_id))
        else:
            request = Request(str(effect.ticket_id), effect.reason or ASKED_FOR_PERSON, row.seq)
            note = reception.ask(db, conversation.id, request, now=now)
            notes += [note] if note else []
    return notes


def _identify(db: Connection, conversation: Conversation, order_id: str, *, now: float) -> None:
    kept = [known for known in conversation.identified_orders if known != order_id]
    conversations.change(db, conversation.id, identified_orders=tuple([*kept, order_id][-MAX_IDENTIFIED:]))
    if deliveries.find(db, conversation.id) is not None:
        news.follow(db, conversation.id, news.ORDER, order_id, now=now)


def _verify(db: Connection, conversation: Conversation, customer_id: str, *, row: InboxRow, now: float) -> None:
    """On the web a session is verified once its token is rotated, in the answer to ``row``."""
    if conversation.customer_id not in (None, customer_id):
        conversations.forget_identity(db, conversation.id, hide_up_to=row.seq - 1)
    if conversation.channel == "web":
        pending = {"pending_customer_id": customer_id, "pending_message_id": row.message_id, "pending_at": now}
        conversations.change(db, conversation.id, **pending)
    else:
        conversations.change(db, conversation.id, customer_id=customer_id, verified_at=now)
        if deliveries.find(db, conversation.id) is not None:
            news.follow_customer(db, conversation.id, customer_id, now=now)


def _is_complete(effect: Effect) -> bool:
    needed = {
        "identified": effect.order_id,
        "verified": effect.customer_id,
        "forgotten": effect.customer_id,
        "handoff": effect.ticket_id,
    }
    value = needed.get(effect.kind)
    return isinstance(value, str) and 0 < len(value) <= 64
