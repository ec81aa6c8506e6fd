"""What agents do in Chatwoot, in the conversation that it is about."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway.handoff import Handoffs
from gateway.handoff_actions import Said, join
from gateway.handoff_changes import Change, change
from gateway.handoff_states import Event
from gateway.store import chatwoot, conversations, handoffs
from gateway.store.database import Database


@dataclass
class Replies:
    database: Database
    handoffs: Handoffs

    async def say(self, chatwoot_id: int, *, agent: str, text: str, item_id: str) -> bool:
        """An agent's reply: whoever answers has the conversation. False: it is about none of ours.

        Raises:
            Conflict: the id has another text.
        """
        say = partial(_say, chatwoot_id=chatwoot_id, agent=agent, text=text, item_id=item_id, now=time.time())
        said = await self.database.write(say)
        if said is not None:
            self.handoffs.tell_said(said)
        return said is not None

    async def resolve(self, chatwoot_id: int, *, agent: str) -> bool:
        """The conversation is resolved there: the bot has ours again. False: it is none of ours, or was over."""
        now = time.time()

        def resolve(db: Connection) -> Change | None:
            changed = _resolve(db, chatwoot_id=chatwoot_id, agent=agent, now=now)
            return self.handoffs.satisfaction.after_handoff(db, changed, now=now)

        changed = await self.database.write(resolve)
        self.handoffs.tell(changed)
        return changed is not None


def _say(db: Connection, *, chatwoot_id: int, agent: str, text: str, item_id: str, now: float) -> Said | None:
    link = chatwoot.by_chatwoot_id(db, chatwoot_id)
    if link is None:
        return None
    conversation = conversations.locked(db, handoffs.get(db, link.handoff_id).conversation_id)
    said = join(db, conversation.id, operator=agent, text=text, item_id=item_id, now=now)
    current = handoffs.current(db, conversation.id)
    if said.taken and current is not None and current.id != link.handoff_id:
        chatwoot.go_on(db, link.handoff_id, with_handoff=current, now=now)
    return said


def _resolve(db: Connection, *, chatwoot_id: int, agent: str, now: float) -> Change | None:
    link = chatwoot.by_chatwoot_id(db, chatwoot_id)
    if link is None:
        return None
    conversation = conversations.locked(db, handoffs.get(db, link.handoff_id).conversation_id)
    handoffs.answer(db, conversation.id)
    current = handoffs.current(db, conversation.id)
    if current is None or current.id != link.handoff_id:
        return None
    chatwoot.change(db, link.handoff_id, is_done=True)
    return change(db, conversation.id, Event.RELEASED, operator=agent, now=now)
