"""What is due, on SQLite and on a real PostgreSQL."""

import time
from functools import partial

import pytest

from gateway.store import conversations, deliveries, items, schema
from gateway.store.items import NewItem
from gateway.store.tables import metadata

TELEGRAM = partial(deliveries.due, channel="telegram", busy=(), limit=10)


@pytest.fixture
def database(each_database):
    return each_database


async def _conversation(database, channel="telegram"):
    def make(db):
        made = conversations.create(db, channel=channel, now=time.time())
        deliveries.put(db, made, {"chat": "1"})
        return made

    return await database.write(make)


async def _say(database, conversation_id, author, now=1.0):
    said = [NewItem(author, "words")]
    return await database.write(partial(items.append, conversation_id=conversation_id, new=said, now=now))


async def test_only_what_is_said_to_the_shopper_makes_a_conversation_due(database):
    conversation_id = await _conversation(database)
    await _say(database, conversation_id, "shopper")
    assert await database.read(partial(TELEGRAM, now=9.0)) == []
    await _say(database, conversation_id, "agent", now=2.0)
    (row,) = await database.read(partial(TELEGRAM, now=9.0))
    assert (row.conversation_id, row.address, row.sent_through) == (conversation_id, {"chat": "1"}, 0)
    assert await database.read(partial(TELEGRAM, now=1.5)) == []
    assert await database.read(partial(TELEGRAM, now=9.0, busy=[conversation_id])) == []
    assert await database.read(partial(TELEGRAM, now=9.0, channel="slack")) == []


async def test_a_conversation_without_a_messenger_is_never_due(database):
    conversation_id = await database.write(partial(conversations.create, channel="web", now=1.0))
    await _say(database, conversation_id, "bot")
    assert await database.read(partial(TELEGRAM, now=9.0, channel="web")) == []


async def test_a_pause_after_a_failure_is_not_cut_short_by_what_comes_meanwhile(database):
    conversation_id = await _conversation(database)
    await _say(database, conversation_id, "bot")
    await database.write(partial(deliveries.postpone, conversation_id=conversation_id, attempts=1, next_at=100.0))
    await _say(database, conversation_id, "bot", now=2.0)
    assert await database.read(partial(TELEGRAM, now=99.0)) == []
    assert [row.attempts for row in await database.read(partial(TELEGRAM, now=100.0))] == [1]


async def test_what_came_while_it_was_sent_stays_due(database):
    conversation_id = await _conversation(database)
    for author in ("bot", "shopper", "bot"):
        await _say(database, conversation_id, author)
    await database.write(partial(deliveries.advance, conversation_id=conversation_id, sent_through=1))
    await database.write(partial(deliveries.finish, conversation_id=conversation_id, now=5.0))
    (row,) = await database.read(partial(TELEGRAM, now=9.0))
    assert (row.sent_through, row.attempts) == (1, 0)
    await database.write(partial(deliveries.advance, conversation_id=conversation_id, sent_through=3))
    await database.write(partial(deliveries.finish, conversation_id=conversation_id, now=5.0))
    assert await database.read(partial(TELEGRAM, now=9.0)) == []


async def test_an_address_that_changes_keeps_what_was_sent(database):
    conversation_id = await _conversation(database)
    await database.write(partial(deliveries.advance, conversation_id=conversation_id, sent_through=3))
    await database.write(partial(deliveries.put, conversation_id=conversation_id, address={"chat": "2"}))
    found = await database.read(partial(deliveries.find, conversation_id=conversation_id))
    assert (found.address, found.sent_through) == ({"chat": "2"}, 3)


async def test_a_database_from_before_the_messengers_gets_their_table(database):
    await database.write(lambda db: metadata.tables["deliveries"].drop(db))
    await database.write(schema.upgrade)
    await _say(database, await _conversation(database), "bot")
    assert len(await database.read(partial(TELEGRAM, now=9.0))) == 1
