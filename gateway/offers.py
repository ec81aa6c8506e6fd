"""Buttons: a client sees an opaque token that this conversation was offered, never the intent behind it.

A token is derived from the offer's id and our key, so history shows the same one again although the
database holds only its hash. It is good for 24 hours, in its own conversation.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection

from contract.conversation import Button
from contract.wire import NotFound
from gateway import tokens
from gateway.store import offers as store
from gateway.text import scrub

LIFETIME_S = 24 * 3600.0
_PURPOSE = "offer"


class Offers:
    """Makes, shows and resolves the offers of conversations."""

    def __init__(self, *, key: str) -> None:
        self._key = key

    def make(self, button: Button, *, conversation_id: str, now: float) -> tuple[dict[str, str], store.Offer]:
        """What the item keeps of a button (title and offer id), and the row that resolves it."""
        offer_id, title = uuid.uuid4().hex, scrub(button.title)
        offer = store.Offer(
            token_hash=tokens.digest(self._token(offer_id)),
            conversation_id=conversation_id,
            title=title,
            payload=scrub(button.payload),
            expires_at=now + LIFETIME_S,
        )
        return {"title": title, "offer": offer_id}, offer

    def show(self, kept: dict[str, Any]) -> dict[str, str]:
        """A kept button as clients see it."""
        return {"title": kept["title"], "token": self._token(kept["offer"])}

    def resolve(self, db: Connection, token: str, *, conversation_id: str, now: float) -> store.Offer:
        """
        Raises:
            NotFound: this conversation was not offered it, or too long ago.
        """
        found = store.find(db, token_hash=tokens.digest(token), conversation_id=conversation_id, now=now)
        if found is None:
            raise NotFound("That button is no longer offered. Please ask again.")
        return found

    def _token(self, offer_id: str) -> str:
        return tokens.derive(_PURPOSE, offer_id, key=self._key)
