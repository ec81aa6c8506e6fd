"""The review store: what was said (masked), what was understood and done, and what people decided about it.

``conversations``, ``turns`` and ``steps`` are a projection of Rasa's tracker store and can be made again
from it at any time; ``annotations`` and ``audit`` are only ever appended to.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Times are unix seconds, as in Rasa's events."""


class Conversation(Base):
    """One shopper's conversation; ``id`` is Rasa's sender id.

    ``form``, ``last_turn_id``, ``last_action`` and ``with_person`` are where the projection stands in it.
    """

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    channel: Mapped[str] = mapped_column(String(64), default="web")
    started_at: Mapped[float] = mapped_column(Float, index=True)
    last_at: Mapped[float] = mapped_column(Float, index=True)
    form: Mapped[str | None] = mapped_column(String(128), index=True)
    last_turn_id: Mapped[int | None] = mapped_column(Integer)
    last_action: Mapped[str | None] = mapped_column(String(255))
    with_person: Mapped[bool] = mapped_column(Boolean, default=False)


class Turn(Base):
    """Something a shopper said and what the bot made of it. ``id`` is the event's id in the tracker store.

    ``kind``: ``message`` (typed), ``button`` or ``to_person`` (said to an operator, not understood by the bot).
    ``ranking`` is ``[{name, confidence}]``; ``entities`` are ``[{entity, start, end, value, text, confidence}]``
    with offsets into the masked ``text``; ``masked`` are ``[{start, end, kind}]``, where stand-ins are.
    ``text_key`` is the same for turns that say the same. ``form`` is the one that ran when it was said.
    ``feedback`` is 1, -1 or none. ``label`` is the state of the newest annotation, kept here so that lists are fast.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("turns_by_conversation", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    at: Mapped[float] = mapped_column(Float, index=True)
    kind: Mapped[str] = mapped_column(String(16), default="message")
    message_id: Mapped[str | None] = mapped_column(String(128), index=True)
    text: Mapped[str] = mapped_column(Text)
    text_key: Mapped[str] = mapped_column(String(64), index=True)
    intent: Mapped[str | None] = mapped_column(String(128), index=True)
    confidence: Mapped[float | None] = mapped_column(Float)
    margin: Mapped[float | None] = mapped_column(Float)
    ranking: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    entities: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    masked: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    out_of_scope_score: Mapped[float | None] = mapped_column(Float)
    is_fallback: Mapped[bool] = mapped_column(Boolean, default=False)
    understood_by: Mapped[str | None] = mapped_column(String(32))
    model_version: Mapped[str | None] = mapped_column(String(128))
    handoff: Mapped[bool] = mapped_column(Boolean, default=False)
    form: Mapped[str | None] = mapped_column(String(128))
    form_abandoned: Mapped[bool] = mapped_column(Boolean, default=False)
    feedback: Mapped[int | None] = mapped_column(Integer)
    label: Mapped[str | None] = mapped_column(String(16), index=True)


class Step(Base):
    """What the bot or a person did after a turn. ``id`` is the event's id.

    ``kind``: ``answer`` (of the bot), ``operator``, ``action``, ``slot``, ``form``, ``feedback``, ``handoff``,
    ``session``.
    """

    __tablename__ = "steps"
    __table_args__ = (Index("steps_by_conversation", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    turn_id: Mapped[int | None] = mapped_column(Integer, index=True)
    at: Mapped[float] = mapped_column(Float)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Annotation(Base):
    """One decision about a turn: append-only. ``state``: approved, rejected or revoked.

    ``text`` is what stands in the training data, without personal data; ``spans`` are ``[{start, end, entity}]``
    into it. ``is_example`` says that it was written there: of turns that say the same, one is. Where the conversation
    was erased, only the text of what is an example still is kept.
    """

    __tablename__ = "annotations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    turn_id: Mapped[int] = mapped_column(Integer, index=True)
    at: Mapped[float] = mapped_column(Float)
    operator: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    text_key: Mapped[str] = mapped_column(String(64), index=True)
    intent: Mapped[str] = mapped_column(String(128))
    spans: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(16), index=True)
    is_example: Mapped[bool] = mapped_column(Boolean, default=False)


class Operator(Base):
    """A local account. ``name`` is lower case; ``password_hash`` is argon2id."""

    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(32))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[float] = mapped_column(Float, default=0.0)
    created_at: Mapped[float] = mapped_column(Float)


class SetupCode(Base):
    """The code with which the first administrator is made. Only its argon2id hash is stored."""

    __tablename__ = "setup_codes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[float] = mapped_column(Float)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[float | None] = mapped_column(Float)


class LoginSession(Base):
    """A login. Only the SHA-256 of its token is stored."""

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"))
    created_at: Mapped[float] = mapped_column(Float)
    seen_at: Mapped[float] = mapped_column(Float)


class Audit(Base):
    """Who did what to what: append-only."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[float] = mapped_column(Float, index=True)
    operator: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(255), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Fault(Base):
    """An event of the tracker store that could not be read. It is skipped, and shown."""

    __tablename__ = "faults"

    event_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[float] = mapped_column(Float)
    problem: Mapped[str] = mapped_column(Text)


class Mark(Base):
    """Small numbers about the store itself: ``schema`` version, ``projected`` and ``erased`` (last event ids)."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(Integer)
