"""Thumbs up and down: kept with the bubble, and told to the bot's log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from contract.wire import InvalidInput, NotFound
from gateway.store import conversations, items, outbox
from gateway.store.database import Database


@dataclass
class Feedback:
    database: Database

    async def give(self, conversation_id: str, *, seq: int, value: int) -> None:
        """Keeps 1 or -1 about a bubble of the bot; the last one counts.

        Raises:
            NotFound: the shopper has no such bubble. InvalidInput: it is no answer of the bot.
        """
        give = partial(_give, conversation_id=conversation_id, seq=seq, value=value, now=time.time())
        await self.database.write(give)


def _give(db: Connection, *, conversation_id: str, seq: int, value: int, now: float) -> None:
    item = items.at_seq(db, conversation_id, seq)
    if item is None or seq <= conversations.get(db, conversation_id).visible_after:
        raise NotFound(f"There is no message {seq} in this conversation.")
    if item.author != "bot" or item.message_id is None:
        raise InvalidInput("Only answers of the bot can be rated.")
    if item.feedback == value:
        return
    items.set_feedback(db, conversation_id, seq, value=value)
    event = {"kind": "feedback", "value": value, "about_message_id": item.message_id}
    outbox.add(db, conversation_id, event, now=now)
