"""Internal notes: operators see them beside the conversation; shoppers, machines and the bot never do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contract.wire import Conflict
from gateway.items import iso
from gateway.store import conversations, handoffs, notes
from gateway.store.database import Database
from gateway.store.notes import Note


@dataclass
class Notes:
    database: Database

    async def write(self, conversation_id: str, *, operator: str, text: str, note_id: str) -> dict[str, Any]:
        """Keeps a note; the same ``note_id`` again keeps nothing twice.

        Raises:
            NotFound: there is no such conversation. Conflict: the id was used for another note.
        """
        note = Note(note_id, conversation_id, time.time(), operator, text)
        return shown(await self.database.write(partial(_write, note=note)))


def shown(note: Note) -> dict[str, Any]:
    """A note as operators see it."""
    return {"id": note.id, "at": iso(note.at), "operator": note.operator, "text": note.text}


def _write(db: Connection, *, note: Note) -> Note:
    conversation = conversations.locked(db, note.conversation_id)
    known = notes.find(db, note.id)
    if known is None:
        notes.add(db, note)
        if conversation.handoff_operator == note.operator:
            handoffs.touch(db, conversation.id, now=note.at)
        return note
    if (known.conversation_id, known.operator, known.text) != (note.conversation_id, note.operator, note.text):
        raise Conflict("This message id was used for another note.")
    return known
