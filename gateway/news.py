"""Tells shoppers what they did not ask for: once, in one chat, and only where they and the messenger allow it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from contract.conversation import Button, News, NewsResult, Reply
from contract.settings import Settings
from contract.wire import InvalidInput
from gateway import identity, sentences
from gateway.channels.messengers.messages import Channel
from gateway.hub import Event, Hub
from gateway.items import from_replies, render
from gateway.offers import Offers
from gateway.store import conversations, deliveries, items, outbox
from gateway.store import news as store
from gateway.store import offers as offer_store
from gateway.store.conversations import Conversation
from gateway.store.database import Database
from gateway.store.inbox import InboxRow
from gateway.store.items import StoredItem
from gateway.store.news import Reader, ToldNews

NONE, WAITING, TOLD = "none", "waiting", "told"
FOLLOWED_S = 60 * 24 * 3600.0
SPARE_S = 600.0  # what a messenger allows must still be allowed when the news is sent
MAX_ID = 64
_WISHES = {"no parcel news": False, "parcel news please": True}
_PAYLOADS = {"gateway:news:off": False, "gateway:news:on": True}


@dataclass(frozen=True)
class _Placed:
    """``item`` is new; None where nothing was stored now."""

    result: NewsResult
    item: StoredItem | None = None


@dataclass
class NewsDesk:
    """``channels`` are the messengers that are set up; ``wake`` tells their sender that there is something to send."""

    database: Database
    hub: Hub
    offers: Offers
    settings: Settings
    channels: Mapping[str, Channel]
    wake: Callable[[], None]

    async def tell(self, news: News) -> NewsResult:
        """Stores the news in the chat that takes it; the same news again says how far it is.

        Raises:
            InvalidInput: it names no order or no customer. Unavailable: the database does not answer.
        """
        if not all(0 < len(name) <= MAX_ID for name in (news.order_id, news.customer_id, news.kind)):
            raise InvalidInput("News need a kind, an order and a customer.")
        place = partial(self._place, news=news, heard=self.hub.heard(), now=time.time())
        placed: _Placed = await self.database.write(place)
        if placed.item is not None:
            self.hub.publish(placed.item.conversation_id, Event("item", render(placed.item, self.offers)))
            self.wake()
        return placed.result

    def _place(self, db: Connection, *, news: News, heard: frozenset[str], now: float) -> _Placed:
        known = store.find(db, order_id=news.order_id, kind=news.kind)
        if known is not None:
            return _Placed(_result(db, known))
        reader = self._reader(db, news, heard, now)
        if reader is None:
            return _Placed(NewsResult(NONE))
        item = self._say(db, reader.conversation.id, news, now)
        told = ToldNews(news.order_id, news.kind, item.conversation_id, item.seq, now, reader.is_verified, False)
        store.add(db, told)
        return _Placed(_result(db, told), item)

    def _reader(self, db: Connection, news: News, heard: frozenset[str], now: float) -> Reader | None:
        """An open web chat in which the customer is verified, else the messenger in which the customer was, else one
        in which the order was named."""
        idle_s = self.settings.session_idle_minutes * 60
        for chat in store.in_web_chat(db, customer_id=news.customer_id, active_since=now - idle_s):
            if chat.id in heard and not identity.has_lapsed(chat, self.settings, now=now):
                return Reader(chat, True)
        names = {"order_id": news.order_id, "customer_id": news.customer_id}
        found = store.of_order(db, **names, since=now - FOLLOWED_S)
        return next((reader for reader in found if self._is_in_reach(reader.conversation, now)), None)

    def _is_in_reach(self, conversation: Conversation, now: float) -> bool:
        channel = self.channels.get(conversation.channel)
        return channel is not None and now - conversation.active_at < channel.writes_within_s - SPARE_S

    def _say(self, db: Connection, conversation_id: str, news: News, now: float) -> StoredItem:
        conversations.locked(db, conversation_id)
        reply = Reply(news.text, (*news.buttons, Button(sentences.NO_NEWS, "gateway:news:off")))
        new, made = from_replies(
            (reply,), offers=self.offers, conversation_id=conversation_id, message_id=None, now=now
        )
        (stored,), _ = items.append(db, conversation_id, new, now=now)
        offer_store.add(db, made)
        outbox.add(db, conversation_id, {"kind": "bot_message", "text": news.text}, now=now)
        return stored


def wish(row: InboxRow) -> bool | None:
    """Whether a message says that news are wanted in its chat, or that they are not; None for every other message."""
    if row.payload is not None:
        return _PAYLOADS.get(row.payload)
    words = re.findall(r"\w+", (row.text or "").casefold()[:100])
    return _WISHES.get(" ".join(words))


def about_wish(is_wanted: bool) -> Reply:
    """What the shopper is told who has said so."""
    if is_wanted:
        return Reply(sentences.NEWS_ON, (Button(sentences.NO_NEWS, "gateway:news:off"),))
    return Reply(sentences.NEWS_OFF, (Button(sentences.NEWS_PLEASE, "gateway:news:on"),))


def _result(db: Connection, told: ToldNews) -> NewsResult:
    if told.is_refused:
        return NewsResult(NONE)
    delivery = deliveries.find(db, told.conversation_id)
    is_sent = delivery is None or delivery.sent_through >= told.seq
    return NewsResult(TOLD if is_sent else WAITING, told.is_verified)
