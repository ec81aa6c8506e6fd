"""The first, private note in Chatwoot: what an agent needs to know before answering."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway.items import iso
from gateway.store import conversations, items
from gateway.store.handoffs import Handoff

LAST_LINES = 20
LONGEST_LINE = 500
NAMES = {"shopper": "Shopper", "bot": "Bot", "agent": "Colleague", "system": "Shopclerk"}


def packet(db: Connection, handoff: Handoff) -> str:
    """Ticket, reason, identity, orders, and the last things that were said before a person was asked for."""
    conversation = conversations.get(db, handoff.conversation_id)
    identity = "not verified"
    if conversation.customer_id and conversation.verified_at:
        identity = f"verified as customer {conversation.customer_id} since {iso(conversation.verified_at)}"
    head = [
        f"**Ticket {handoff.ticket_id}**: {handoff.reason}",
        f"Shopper: {identity}",
        f"Orders that the shopper proved: {', '.join(conversation.identified_orders) or 'none'}",
        f"Channel: {conversation.channel}",
        "",
    ]
    said = [item for item in items.history(db, conversation.id) if item.seq <= handoff.asked_seq][-LAST_LINES:]
    lines = [f"{NAMES[item.author]}: {(item.text or '(a card)')[:LONGEST_LINE]}" for item in said]
    return "\n".join([*head, *lines])
