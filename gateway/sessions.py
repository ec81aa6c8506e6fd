"""Browser sessions: minted by us, known by a cookie of which only the hash is kept, rotated on verification."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from contract.conversation import Reply
from contract.settings import Settings
from contract.wire import Forbidden, Unauthorised
from gateway import identity, sentences, tokens
from gateway.items import from_replies
from gateway.offers import Offers
from gateway.store import conversations, items
from gateway.store import offers as offer_store
from gateway.store import sessions as store
from gateway.store.conversations import Conversation
from gateway.store.database import Database
from gateway.store.sessions import SessionRow

RETRY_GRACE_S = 120.0
_NO_SESSION = "There is no session, or it has ended. Please reload the chat."


@dataclass(frozen=True)
class Access:
    """A session that was proved with its cookie. ``new_token`` has to be set as the cookie, if it is there."""

    session: SessionRow
    conversation: Conversation
    new_token: str | None = None


@dataclass
class Sessions:
    database: Database
    settings: Settings
    offers: Offers

    def csrf(self, session: SessionRow) -> str:
        """The session's CSRF token: stays the same when the cookie is rotated."""
        return tokens.derive("csrf", session.id, key=self.settings.secret_key)

    def tag(self, session: SessionRow) -> str:
        """By which a page sees that its cookie, changed in another tab, opens another session now."""
        return tokens.derive("tag", session.id, key=self.settings.secret_key)[:16]

    def check_csrf(self, access: Access, presented: str | None) -> None:
        """
        Raises:
            Forbidden: missing or wrong.
        """
        if presented is None or not tokens.equal(presented, self.csrf(access.session)):
            raise Forbidden("The header X-CSRF-Token is missing or wrong. Open the session again.")

    async def authenticate(self, token: str | None, *, message_id: str | None = None) -> Access:
        """The session of a cookie. With ``message_id``, also the cookie before the rotation that the answer
        to this message brought, for two minutes: the answer may have been lost on its way.

        Raises:
            Unauthorised: none, ended, rotated away or too old.
        """
        if not token or len(token) > 200:
            raise Unauthorised(_NO_SESSION)
        now = time.time()
        access = await self.database.read(
            partial(self._find, token_hash=tokens.digest(token), message_id=message_id, now=now)
        )
        if identity.has_lapsed(access.conversation, self.settings, now=now):
            current = partial(identity.current, conversation_id=access.conversation.id, settings=self.settings, now=now)
            access = replace(access, conversation=await self.database.write(current))
        return access

    async def open(self) -> Access:
        """A new session with a new conversation."""
        token = tokens.mint()
        return await self.database.write(partial(self._open, token=token, now=time.time()))

    async def vouch(self, access: Access, customer_id: str) -> Access:
        """The shop's login says who this is. Whoever was not known as this customer before gets a new token;
        another customer's conversation is left behind."""
        return await self.database.write(
            partial(self._vouch, access=access, customer_id=customer_id, token=tokens.mint(), now=time.time())
        )

    async def rotate(self, access: Access, old_token: str, *, message_id: str | None = None) -> Access:
        """A new token if an answer verified the shopper. It is derived from ``message_id`` (of the request in
        whose response it goes out), so that a retry of this request gets the same one."""
        session, known_as = access.session, message_id or "-"
        token = tokens.derive("rotation", f"{session.id}:{known_as}:{old_token}", key=self.settings.secret_key)
        if session.token_hash == tokens.digest(token):
            return replace(access, new_token=token)
        rotate = partial(self._rotate, access=access, known_as=known_as, token=token, now=time.time())
        return await self.database.write(rotate)

    async def end(self, access: Access) -> None:
        now = time.time()
        await self.database.write(partial(store.change, session_id=access.session.id, ended_at=now))

    def _find(self, db: Connection, *, token_hash: str, message_id: str | None, now: float) -> Access:
        found = store.with_conversation(db, token_hash)
        if found is None and message_id is not None:
            session = store.by_previous(db, token_hash, message_id=message_id, rotated_after=now - RETRY_GRACE_S)
            found = None if session is None else (session, conversations.get(db, session.conversation_id))
        if found is None or now - found[0].created_at > self.settings.session_max_hours * 3600:
            raise Unauthorised(_NO_SESSION)
        return Access(*found)

    def _open(self, db: Connection, *, token: str, now: float) -> Access:
        conversation_id = conversations.create(db, channel="web", now=now)
        self._greet(db, conversation_id, now=now)
        session = store.add(db, token_hash=tokens.digest(token), conversation_id=conversation_id, now=now)
        return Access(session, conversations.get(db, conversation_id), token)

    def _greet(self, db: Connection, conversation_id: str, *, now: float) -> None:
        reply = Reply(text=sentences.greeting(self.settings.shop_name), buttons=sentences.GREETING_BUTTONS)
        new, made = from_replies(
            (reply,), offers=self.offers, conversation_id=conversation_id, message_id=None, now=now
        )
        items.append(db, conversation_id, new, now=now)
        offer_store.add(db, made)

    def _vouch(self, db: Connection, *, access: Access, customer_id: str, token: str, now: float) -> Access:
        conversation = conversations.get(db, access.conversation.id)
        if conversation.customer_id not in (None, customer_id):
            store.change(db, access.session.id, ended_at=now)
            access = self._open(db, token=token, now=now)
            conversation = access.conversation
        elif conversation.customer_id is None:
            store.change(db, access.session.id, token_hash=tokens.digest(token), previous_hash=None)
            access = replace(access, new_token=token)
        conversations.change(
            db,
            conversation.id,
            customer_id=customer_id,
            verified_at=now,
            active_at=now,
            pending_customer_id=None,
            pending_message_id=None,
            pending_at=None,
        )
        return replace(access, conversation=conversations.get(db, conversation.id))

    def _rotate(self, db: Connection, *, access: Access, known_as: str, token: str, now: float) -> Access:
        conversation = conversations.get(db, access.conversation.id)
        session = store.get(db, access.session.id)
        if session is None or conversation.pending_customer_id is None:
            is_ours = session is not None and session.token_hash == tokens.digest(token)
            return replace(access, conversation=conversation, new_token=token if is_ours else None)
        conversations.change(
            db,
            conversation.id,
            customer_id=conversation.pending_customer_id,
            verified_at=conversation.pending_at,
            pending_customer_id=None,
            pending_message_id=None,
            pending_at=None,
        )
        hashes = {"token_hash": tokens.digest(token), "previous_hash": session.token_hash}
        store.change(db, session.id, **hashes, rotated_for=known_as, rotated_at=now)
        return Access(session, conversations.get(db, conversation.id), token)
