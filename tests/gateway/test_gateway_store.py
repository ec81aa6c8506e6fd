"""The store on SQLite and on a real PostgreSQL: the same behaviour, and nothing half written."""

import asyncio
import sqlite3
import time
import uuid
from functools import partial

import pytest
from sqlalchemy import select, text

from contract.conversation import Button, Effect, Reply
from contract.settings import Settings
from contract.wire import Conflict, NotFound, Unavailable
from gateway.answer_store import Outcome, store
from gateway.business_hours import parse
from gateway.handoff import Handoffs
from gateway.hub import Hub
from gateway.items import render
from gateway.metrics import Metrics
from gateway.offers import Offers
from gateway.reception import Reception
from gateway.satisfaction import Satisfaction
from gateway.sessions import Sessions
from gateway.store import conversations, inbox, items, outbox, schema
from gateway.store.database import Database
from gateway.store.items import NewItem
from gateway.store.tables import schema_version
from tests.gateway.conftest import janitor_of

OFFERS = Offers(key="k" * 40)
SATISFACTION = Satisfaction(OFFERS, is_on=True)
RECEPTION = Reception(parse("", "UTC"), cool_down_s=900)
SETTINGS = Settings(secret_key="k" * 40)


@pytest.fixture
def database(each_database):
    return each_database


async def _conversation(database, channel="web"):
    return await database.write(partial(conversations.create, channel=channel, now=time.time()))


async def _message(database, conversation_id, words="hello"):
    def add(db):
        (own,), _ = items.append(db, conversation_id, [NewItem("shopper", words)], now=1.0)
        ids = {"conversation_id": conversation_id, "message_id": str(uuid.uuid4()), "fingerprint": "f"}
        return inbox.add(db, **ids, text=words, payload=None, seq=own.seq, now=1.0)

    return await database.write(add)


async def test_an_answer_is_stored_once_with_everything_that_belongs_to_it(database):
    conversation_id = await _conversation(database)
    row = await _message(database, conversation_id)
    outcome = Outcome(
        "answered",
        replies=(Reply("Hi 😀 שלום", (Button("Yes", "/affirm"),)),),
        effects=(Effect("handoff", conversation_id, 1.0, ticket_id="T-1", reason="r"),),
        events=({"kind": "bot_message", "text": "Hi"},),
    )
    parts = {"offers": OFFERS, "reception": RECEPTION, "satisfaction": SATISFACTION}
    work = partial(store, row=row, outcome=outcome, now=2.0, **parts)
    first, second = await asyncio.gather(database.write(work), database.write(work))
    assert first == second
    assert first.in_handoff
    assert [item.text for item in await database.read(partial(items.history, conversation_id=conversation_id))] == [
        "hello",
        "Hi 😀 שלום",
        "You are next.",
    ]
    assert len(await database.read(partial(outbox.oldest_of_each, now=3.0))) == 1
    assert await database.read(inbox.unanswered) == []
    token = render(first.items[0], OFFERS)["buttons"][0]["token"]
    offer = await database.read(partial(OFFERS.resolve, token=token, conversation_id=conversation_id, now=3.0))
    assert offer.payload == "/affirm"
    with pytest.raises(NotFound):
        await database.read(partial(OFFERS.resolve, token=token, conversation_id=conversation_id, now=9e9))


async def test_a_failing_job_leaves_the_others_of_its_batch_alone(database):
    conversation_id = await _conversation(database)

    def fail(db):
        items.append(db, conversation_id, [NewItem("bot", "never")], now=1.0)
        raise Conflict("no")

    def say(db, number):
        return items.append(db, conversation_id, [NewItem("bot", f"{number}")], now=1.0)

    works = [partial(say, number=number) if number % 5 else fail for number in range(40)]
    results = await asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 8
    shown = await database.read(partial(items.history, conversation_id=conversation_id))
    assert sorted(int(item.text) for item in shown) == [number for number in range(40) if number % 5]
    assert [item.seq for item in shown] == list(range(1, 33))


async def test_events_of_one_conversation_keep_their_order(database):
    conversation_id = await _conversation(database)
    for number in range(3):
        event = {"kind": "feedback", "value": number}
        await database.write(partial(outbox.add, conversation_id=conversation_id, event=event, now=0.0))
    (first,) = await database.read(partial(outbox.oldest_of_each, now=1.0))
    assert first.event["value"] == 0
    await database.write(partial(outbox.postpone, row_id=first.id, next_at=100.0))
    assert await database.read(partial(outbox.oldest_of_each, now=1.0)) == []
    await database.write(partial(outbox.delivered, row_id=first.id))
    (second,) = await database.read(partial(outbox.oldest_of_each, now=1.0))
    assert second.event["value"] == 1


async def test_sessions_handoffs_and_the_janitor(database):
    sessions = Sessions(database, SETTINGS, OFFERS)
    access = await sessions.open()
    assert (await sessions.authenticate(access.new_token)).conversation.id == access.conversation.id
    handoffs = Handoffs(database, Hub(Metrics()), OFFERS, SATISFACTION)
    await handoffs.take(access.conversation.id, operator="Ana")
    assert [row["operator"] for row in await handoffs.open_ones()] == ["Ana"]
    await handoffs.release(access.conversation.id, operator="Ana")
    assert await handoffs.open_ones() == []
    silent, _ = await sessions.open(), await _message(database, access.conversation.id)
    await database.write(lambda db: db.execute(text("UPDATE sessions SET created_at = 0")))
    await janitor_of(database, SETTINGS).clean()
    assert (await database.read(partial(conversations.get, conversation_id=access.conversation.id))).last_seq == 4
    with pytest.raises(NotFound):
        await database.read(partial(conversations.get, conversation_id=silent.conversation.id))


async def test_the_schema_is_made_once_and_a_newer_one_is_refused(database):
    await database.write(schema.upgrade)
    assert await database.read(lambda db: db.execute(select(schema_version.c.version)).scalars().all()) == [1]
    await database.write(lambda db: db.execute(schema_version.update().values(version=99)))
    with pytest.raises(Unavailable, match="start the newer version"):
        await database.write(schema.upgrade)


async def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    await database.start()

    def pragmas(db):
        return [db.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert await database.write(pragmas) == ["wal", 2]
    await database.stop()


async def test_a_locked_database_is_refused_loudly_and_reading_goes_on(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    await database.start()
    conversation_id = await _conversation(database)
    lock = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    writing = asyncio.create_task(_conversation(database))
    await asyncio.sleep(0.1)
    assert (await database.read(partial(conversations.get, conversation_id=conversation_id))).last_seq == 0
    with pytest.raises(Unavailable, match="Nothing was lost"):
        await writing
    assert time.monotonic() - begun < 5
    lock.execute("ROLLBACK")
    assert await _conversation(database)
    lock.close()
    await database.stop()
