"""The tables of the gateway database. Times are unix seconds (UTC), ids are UUIDs or hex hashes."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(36), primary_key=True),  # Rasa's sender id: no client ever sees it
    Column("channel", String(16), nullable=False),
    Column("owner_hash", String(64), unique=True),  # REST: hash of key and the client's own name for it
    Column("created_at", Float, nullable=False),
    Column("active_at", Float, nullable=False),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("visible_after", Integer, nullable=False, default=0),
    Column("customer_id", String(64)),
    Column("verified_at", Float),
    Column("identified_orders", Text, nullable=False, default="[]"),
    Column("pending_customer_id", String(64)),  # verified, but the session's token is not rotated yet
    Column("pending_message_id", String(36)),
    Column("pending_at", Float),
    Column("handoff_ticket", String(64)),
    Column("handoff_reason", String(200)),
    Column("handoff_since", Float),
    Column("handoff_operator", String(64)),
    Column("handoff_noted", Boolean, nullable=False, default=False),
    Index("ix_conversations_handoff_since", "handoff_since"),
    Index("ix_conversations_active_at", "active_at"),
)

known_as = Table(  # whom the shopper of a conversation was proved to be at any time, also before a pause
    "known_as",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # customer, or order: who knew its number and zip code
    Column("value", String(64), nullable=False),
    PrimaryKeyConstraint("conversation_id", "kind", "value"),
    Index("ix_known_as_value", "kind", "value"),
)

erasures = Table(  # conversations that are being erased; the row goes when nothing of them is left anywhere
    "erasures",
    metadata,
    Column("id", String(36), primary_key=True),  # of the conversation, which may be gone already
    Column("asked_at", Float, nullable=False),
    Column("erased_at", Float, index=True),  # from this database; null: not yet
    Column("attempts", Integer, nullable=False, default=0),  # to have the bot erase it
    Column("next_at", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("previous_hash", String(64), index=True),
    Column("rotated_for", String(36)),
    Column("rotated_at", Float),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
)

inbox = Table(
    "inbox",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("message_id", String(36), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("text", Text),
    Column("payload", Text),
    Column("state", String(8), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("done_at", Float),
    UniqueConstraint("conversation_id", "message_id"),
    Index("ix_inbox_state", "state", "position"),
)

items = Table(
    "items",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("id", String(36), nullable=False),
    Column("author", String(8), nullable=False),
    Column("at", Float, nullable=False),
    Column("text", Text),
    Column("body", Text, nullable=False),
    Column("message_id", String(36)),
    Column("feedback", Integer),  # 1 or -1: the shopper's thumb, the last one counts
    PrimaryKeyConstraint("conversation_id", "seq"),
    UniqueConstraint("conversation_id", "id"),
    Index("ix_items_message", "conversation_id", "message_id"),
)

offers = Table(
    "offers",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

faults = Table(
    "faults",
    metadata,
    Column("ticket_id", String(16), primary_key=True),  # the number in the apology
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("message_id", String(36), nullable=False),
    Column("cause", String(64), nullable=False),
    Column("action", String(100)),
    Column("at", Float, nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("ticket_id", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("asked_seq", Integer, nullable=False),  # what the shopper wrote after this is for the person
    Column("ended_seq", Integer),
    Column("asked_at", Float, nullable=False),
    Column("taken_at", Float, index=True),
    Column("operator", String(64)),
    Column("operator_at", Float),
    Column("ended_at", Float, index=True),
    Column("ended_as", String(32)),
    Column("is_unanswered", Boolean, nullable=False, default=False, index=True),
)

photos = Table(  # the pictures are files
    "photos",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("made_at", Float, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    Column("seq", Integer),  # of the item that it was sent with; null: not yet
    Column("sent_at", Float),
)

notes = Table(  # never shown to shoppers
    "notes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("operator", String(64), nullable=False),
    Column("text", Text, nullable=False),
)

ratings = Table(  # how satisfied a shopper was: one row for each time that it was asked
    "ratings",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # bot or person
    Column("operator", String(64)),
    Column("asked_at", Float, nullable=False),
    Column("value", Integer),  # 1 (very bad) to 5 (very good); null until the shopper says it
    Column("rated_at", Float, index=True),
    PrimaryKeyConstraint("conversation_id", "kind"),
)

news_readers = (
    Table(  # whom a messenger conversation may be told of: a customer, or an order that was named with its proof
        "news_readers",
        metadata,
        Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
        Column("kind", String(8), nullable=False),  # customer, order, or off: tell nothing here
        Column("ref", String(64), nullable=False),
        Column("at", Float, nullable=False),
        PrimaryKeyConstraint("conversation_id", "kind", "ref"),
        Index("ix_news_readers_ref", "kind", "ref"),
    )
)

news = Table(  # what was told without having been asked for, each once
    "news",
    metadata,
    Column("order_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("is_verified", Boolean, nullable=False),
    Column("is_refused", Boolean, nullable=False, default=False),  # the messenger did not take it
    PrimaryKeyConstraint("order_id", "kind"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("event", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Float, nullable=False),
)

chatwoot_links = Table(
    "chatwoot_links",
    metadata,
    Column("handoff_id", ForeignKey("handoffs.id"), primary_key=True),
    Column("chatwoot_id", Integer, unique=True),  # of Chatwoot's conversation
    Column("has_packet", Boolean, nullable=False, default=False),
    Column("forwarded_seq", Integer, nullable=False),
    Column("acked_id", Integer, nullable=False, default=0),  # Chatwoot's number of the last message that we put there
    Column("is_done", Boolean, nullable=False, default=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),  # since the last round that went through
    Column("next_at", Float, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("address", Text, nullable=False),  # JSON: where the messenger sends to
    Column("sent_through", Integer, nullable=False, default=0),
    Column("sent_bubbles", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Float, index=True),  # null: nothing to send
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)
