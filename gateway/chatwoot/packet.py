"""The first, private notes in Chatwoot: what an agent needs to know before answering."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway import photos
from gateway.chatwoot.messages import words
from gateway.items import iso
from gateway.store import conversations, items
from gateway.store import photos as photo_store
from gateway.store.handoffs import Handoff
from gateway.store.items import StoredItem

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
    return "\n".join([*head, *map(_line, said)])


def earlier_photos(db: Connection, handoff: Handoff, *, after: int) -> list[StoredItem]:
    """What the shopper sent with a photo, after an item, in the hour before a person was asked for; the last few."""
    conversation = conversations.get(db, handoff.conversation_id)
    sent = photos.of_turn(db, conversation, seq=handoff.asked_seq, now=handoff.asked_at)
    seqs = [photo.seq for photo_id in sent if (photo := photo_store.find(db, photo_id)) and photo.seq]
    found = [items.at_seq(db, conversation.id, seq) for seq in seqs if seq > after]
    return [item for item in found if item]


def _line(item: StoredItem) -> str:
    parts = [words(item)[:LONGEST_LINE], "(a photo)" if item.body.get("photo") else ""]
    return f"{NAMES[item.author]}: {' '.join(filter(None, parts)) or '(a card)'}"
