"""Takes a messenger's message in: finds its conversation and hands it to the inbox, durable when it returns."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection

from contract.conversation import Reply
from contract.settings import Settings
from contract.wire import Conflict, InvalidInput, NotFound, ShopclerkError, TooLarge, TooMany, Unavailable
from gateway import logs, sentences, tokens
from gateway.channels.messengers.messages import ChannelMessage, Look, PhotoSource
from gateway.channels.messengers.photos import PhotoDesk
from gateway.channels.messengers.rendering import Answer
from gateway.inbox import Inbox, Incoming
from gateway.items import from_replies
from gateway.offers import Offers
from gateway.store import conversations, deliveries, inbox, items
from gateway.store import offers as offer_store
from gateway.store.database import Database
from gateway.store.deliveries import Address
from gateway.store.items import NewItem
from gateway.text import clean, scrub

ONLY_TEXT = "Sorry, I can only take text and photos. Please write what you need."
ANSWER_WITHIN_S = 2.5  # Slack waits for three seconds, WeChat for five
ANSWER_ITEMS = 100
_NUMBER = re.compile(r"\s*#?(\d{1,3})\s*[.)]?\s*")
_NAMES = uuid.UUID("3f0c0d66-7d0c-5f43-9f57-5b1d0f6a2c11")

log = logs.get()


@dataclass
class Receiver:
    """``looks`` by channel; ``wake`` tells the sender that there is something to send. ``stop`` belongs to the event
    loop that uses it."""

    database: Database
    inbox: Inbox
    offers: Offers
    settings: Settings
    looks: Mapping[str, Look]
    photos: PhotoDesk
    wake: Callable[[], None]
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def take(self, message: ChannelMessage) -> None:
        """A provider's retry changes nothing. What cannot be taken is answered with a sentence that says why.

        Raises:
            Unavailable: it could not be written, or its photo is not here yet; the provider has to send it again.
        """
        if message.photo is None:
            await self._take(message)
        else:
            await self._take_in_time(message)

    async def stop(self) -> None:
        """Leaves the photos that are on their way to the provider's retry."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_in_time(self, message: ChannelMessage) -> None:
        """A photo may take longer than its provider waits: the work goes on, and a retry joins it."""
        key = message_uuid(message)
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._take(message))
            task.add_done_callback(lambda done: self._forget(key, done))
        await asyncio.wait({task}, timeout=ANSWER_WITHIN_S)
        if not task.done() or task.cancelled():
            raise Unavailable("The photo is not here yet. Please send it again.", retry_after=1)
        task.result()

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen: nobody may be waiting

    async def _take(self, message: ChannelMessage) -> None:
        conversation_id = await self._conversation(message)
        message_id = message_uuid(message)
        if await self.database.read(partial(_is_known, conversation_id=conversation_id, message_id=message_id)):
            return
        if message.is_start:
            await self._say(conversation_id, message_id, self._greeting())
            return
        try:
            await self._accept(await self._incoming(message, conversation_id, message_id))
        except Conflict:  # two copies at once of which one was read differently: one of them is in the inbox
            log.warning("message_repeated", channel=message.channel, conversation=conversation_id)
        except (InvalidInput, TooLarge, TooMany, NotFound) as error:
            await self._tell(conversation_id, message_id, error)

    async def _accept(self, message: Incoming) -> None:
        ticket = await self.inbox.accept(message)
        ticket.future.add_done_callback(lambda _: self.wake())
        await self.inbox.wait(ticket, timeout_s=0)  # raises what another copy of it was refused for

    async def _incoming(self, message: ChannelMessage, conversation_id: str, message_id: str) -> Incoming:
        if message.token is not None:
            return Incoming(conversation_id, message_id, token=message.token)
        if message.photo is not None:
            return await self._with_photo(message, message.photo, conversation_id, message_id)
        if message.text is None:
            raise InvalidInput(ONLY_TEXT)
        text = clean(message.text, max_length=self.settings.max_text_length)
        number = _NUMBER.fullmatch(text)
        if number is not None:
            token = await self._numbered(conversation_id, int(number[1]), self.looks[message.channel])
            if token is not None:
                return Incoming(conversation_id, message_id, token=token)
        return Incoming(conversation_id, message_id, text=text)

    async def _with_photo(
        self, message: ChannelMessage, photo: PhotoSource, conversation_id: str, message_id: str
    ) -> Incoming:
        """Words beside a photo that cannot be had are a message all the same."""
        said = message.text or ""
        words = clean(said, max_length=self.settings.max_text_length) if scrub(said).strip() else None
        photo_id = str(uuid.uuid5(_NAMES, f"photo\0{message_id}"))
        try:
            await self.photos.keep(photo, channel=message.channel, conversation_id=conversation_id, photo_id=photo_id)
        except (InvalidInput, TooLarge, TooMany) as error:
            if words is None:
                raise
            await self._tell(conversation_id, photo_id, error)
            return Incoming(conversation_id, message_id, text=words)
        return Incoming.with_photo(conversation_id, message_id, photo_id, words)

    async def _numbered(self, conversation_id: str, number: int, look: Look) -> str | None:
        """The token of the button that the last answer showed under ``number``, if that was the last word."""
        said = await self.database.read(partial(_last_answer, conversation_id=conversation_id))
        if not said or said[-1].author == "agent":
            return None
        answer = Answer(look, self.offers)
        for item in said:
            answer.bubbles(item)
        return answer.numbered[number - 1].token if 0 < number <= len(answer.numbered) else None

    async def _conversation(self, message: ChannelMessage) -> str:
        owner = owner_hash(message.channel, message.sender)
        known = await self.database.read(partial(_find, owner=owner))
        if known is not None and known[1] == message.address:
            return known[0]
        return await self.database.write(
            partial(_open, channel=message.channel, owner=owner, address=message.address, now=time.time())
        )

    async def _tell(self, conversation_id: str, item_id: str, error: ShopclerkError) -> None:
        """Why something was not taken; that there was too much once a minute."""
        if isinstance(error, TooMany):
            item_id = str(uuid.uuid5(_NAMES, f"{conversation_id}\0{int(time.time() // 60)}"))
        await self._say(conversation_id, item_id, Reply(error.message))

    async def _say(self, conversation_id: str, item_id: str, reply: Reply) -> None:
        say = partial(_say_once, conversation_id=conversation_id, item_id=item_id, reply=reply, offers=self.offers)
        await self.database.write(partial(say, now=time.time()))
        self.wake()

    def _greeting(self) -> Reply:
        return Reply(sentences.greeting(self.settings.shop_name), sentences.GREETING_BUTTONS)


def message_uuid(message: ChannelMessage) -> str:
    """The same for every copy of a message that the provider sends."""
    return str(uuid.uuid5(_NAMES, f"{message.channel}\0{message.sender}\0{message.id}"))


def owner_hash(channel: str, sender: str) -> str:
    return tokens.digest(f"{channel}\0{sender}")


def _is_known(db: Connection, *, conversation_id: str, message_id: str) -> bool:
    in_inbox = inbox.find(db, conversation_id, message_id) is not None
    return in_inbox or items.find(db, conversation_id, message_id) is not None


def _find(db: Connection, *, owner: str) -> tuple[str, Address] | None:
    conversation = conversations.find_owned(db, owner)
    delivery = deliveries.find(db, conversation.id) if conversation else None
    return None if delivery is None else (delivery.conversation_id, delivery.address)


def _open(db: Connection, *, channel: str, owner: str, address: Address, now: float) -> str:
    """Two first messages at once begin one conversation."""
    found = conversations.find_owned(db, owner)
    conversation_id = found.id if found else conversations.create(db, channel=channel, now=now, owner_hash=owner)
    deliveries.put(db, conversation_id, address)
    return conversation_id


def _last_answer(db: Connection, *, conversation_id: str) -> list[items.StoredItem]:
    """What was sent since the shopper's last message."""
    delivery = deliveries.find(db, conversation_id)
    conversation = conversations.get(db, conversation_id)
    if delivery is None:
        return []
    asked = items.last_of_shopper(db, conversation_id, up_to=conversation.last_seq)
    said = items.following(db, conversation_id, after=asked, limit=ANSWER_ITEMS)
    begun = delivery.sent_through + (1 if delivery.sent_bubbles else 0)
    return [item for item in said if item.seq <= begun]


def _say_once(db: Connection, *, conversation_id: str, item_id: str, reply: Reply, offers: Offers, now: float) -> None:
    """A sentence of the gateway itself; the same ``item_id`` again says nothing twice."""
    if items.find(db, conversation_id, item_id) is not None:
        return
    (new,), made = from_replies((reply,), offers=offers, conversation_id=conversation_id, message_id=None, now=now)
    items.append(db, conversation_id, [NewItem("system", new.text, new.body, id=item_id)], now=now)
    offer_store.add(db, made)
