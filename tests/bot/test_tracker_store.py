"""The tracker store by itself, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import uuid

import pytest
import sqlalchemy as sa
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered

from bot.serving.events import FeedbackGiven
from bot.tracker_store import EVENTS, ShopclerkTrackerStore
from contract.conversation import ERASED
from contract.wire import InvalidInput, Unavailable

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [greet]
    slots:
      order_id: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    """
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'tracker.db'}"
    return "postgresql+psycopg2://" + request.getfixturevalue("postgres").partition("://")[2]


@pytest.fixture
def store(url):
    made = ShopclerkTrackerStore(DOMAIN, host=url)
    yield made
    made.close()


@pytest.fixture
def sender() -> str:
    return f"c-{uuid.uuid4().hex}"


async def test_what_is_saved_comes_back_in_order(store, sender):
    tracker = await store.get_or_create_tracker(sender)
    for event in (UserUttered("héllo 👋", {"name": "greet"}), SlotSet("order_id", "#W1"), BotUttered("hi")):
        tracker.update(event)
    tracker.update(FeedbackGiven(metadata={"shopclerk": {"value": 1}}))
    await store.save(tracker)
    again = await store.retrieve(sender)
    assert list(again.events) == list(tracker.events)
    assert again.get_slot("order_id") == "#W1"


async def test_saving_twice_writes_once(store, sender):
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(UserUttered("hello"))
    await store.save(tracker)
    await store.save(tracker)
    assert _count(store, sender) == 2


async def test_only_the_latest_session_is_read_whatever_the_clock_says(store, sender):
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(SessionStarted(timestamp=2e9))
    tracker.update(UserUttered("old", timestamp=2e9))
    await store.save(tracker)
    tracker.update(SessionStarted(timestamp=1e9))
    tracker.update(UserUttered("new", timestamp=1e9))
    await store.save(tracker)
    latest = await store.retrieve(sender)
    assert [event.text for event in latest.events if isinstance(event, UserUttered)] == ["new"]
    latest.update(ActionExecuted("action_listen"))
    await store.save(latest)
    whole = await store.retrieve_full_tracker(sender)
    assert len(whole.events) == 6
    assert sender in await store.keys()


async def test_nothing_is_left_of_what_was_erased_and_no_id_comes_again(store, sender):
    other = await store.get_or_create_tracker(f"c-{uuid.uuid4().hex}")
    for name in (other, await store.get_or_create_tracker(sender)):
        name.update(UserUttered("I am Noah Brown"))
        await store.save(name)
    highest = _rows(store, sender)[-1].id
    await store.erase(sender)
    (left,) = _rows(store, sender)
    assert left.type_name == ERASED and left.id > highest and "Noah" not in left.data
    assert _count(store, other.sender_id) == 2
    await store.erase(sender)
    assert _rows(store, sender) == [left], "twice is the same as once"
    assert await store.retrieve(sender) is None
    late = await store.get_or_create_tracker(sender)
    late.update(UserUttered("too late"))
    await store.save(late)
    await store.erase(sender)
    (again,) = _rows(store, sender)
    assert again.id > left.id, "the review store hears of it a second time"


async def test_what_was_never_there_is_erased_too(store, sender):
    await store.erase(sender)
    assert [row.type_name for row in _rows(store, sender)] == [ERASED]


async def test_nobody_is_not_a_conversation(store):
    assert await store.retrieve("nobody") is None


async def test_nul_is_refused_before_the_database_sees_it(store, sender):
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(UserUttered("nul \0 inside"))
    with pytest.raises(InvalidInput):
        await store.save(tracker)
    assert _count(store, sender) == 1


@pytest.mark.parametrize("text", [r"typed: \u0000", "a backslash \\", "\\\\u0000"])
async def test_what_only_looks_like_nul_is_stored(store, sender, text):
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(UserUttered(text))
    await store.save(tracker)
    assert (await store.retrieve(sender)).events[-1].text == text


@pytest.mark.parametrize("text", ["\0", "\\\0", "\\\\\0"])
async def test_nul_behind_backslashes_is_refused(store, sender, text):
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(UserUttered(text))
    with pytest.raises(InvalidInput):
        await store.save(tracker)


async def test_conversations_at_once(store):
    async def talk(name: str) -> None:
        for number in range(5):
            tracker = await store.get_or_create_tracker(name)
            tracker.update(UserUttered(str(number)))
            await store.save(tracker)

    names = [f"c-{uuid.uuid4().hex}" for _ in range(30)]
    await asyncio.gather(*map(talk, names))
    assert {_count(store, name) for name in names} == {6}


async def test_a_locked_table_is_unavailable_within_two_seconds(store, url, sender):
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(UserUttered("hello"))
    other = sa.create_engine(url)
    with other.connect() as connection:
        lock = "BEGIN IMMEDIATE" if url.startswith("sqlite") else "LOCK TABLE events IN ACCESS EXCLUSIVE MODE"
        connection.execute(sa.text(lock))
        started = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            await store.save(tracker)
        assert asyncio.get_running_loop().time() - started < 2.0
    other.dispose()
    await store.save(tracker)
    assert _count(store, sender) == 2


async def test_a_database_that_is_not_there_is_unavailable():
    with pytest.raises(Unavailable):
        ShopclerkTrackerStore(DOMAIN, host="postgresql+psycopg2://nobody@127.0.0.1:1/none")


async def test_a_folder_in_the_place_of_the_file_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        ShopclerkTrackerStore(DOMAIN, host=f"sqlite:///{tmp_path}")


async def test_sqlite_writes_ahead_on_one_kept_connection(tmp_path):
    made = ShopclerkTrackerStore(DOMAIN, host=f"sqlite:///{tmp_path / 't.db'}")
    with made.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 1
    made.close()


def test_rasas_own_commands_find_the_store(tmp_path, settings_environment, monkeypatch):
    from pathlib import Path

    from rasa.core.tracker_store import TrackerStore

    monkeypatch.setenv("SHOPCLERK_ACTIONS_URL", "http://127.0.0.1:9/webhook")
    root = Path(__file__).resolve().parents[2]
    endpoints = AvailableEndpoints.read_endpoints(str(root / "bot" / "endpoints.yml"))
    store = TrackerStore.create(endpoints.tracker_store, domain=DOMAIN)
    assert isinstance(store, ShopclerkTrackerStore)
    assert endpoints.action.url == "http://127.0.0.1:9/webhook"
    store.close()


def _rows(store: ShopclerkTrackerStore, sender: str) -> list:
    query = sa.select(EVENTS).where(EVENTS.c.sender_id == sender).order_by(EVENTS.c.id)

    def rows() -> list:
        with store.engine.connect() as connection:
            return connection.execute(query).fetchall()

    return store._threads.submit(rows).result()


def _count(store: ShopclerkTrackerStore, sender: str) -> int:
    query = sa.select(sa.func.count()).where(EVENTS.c.sender_id == sender)

    def count() -> int:
        with store.engine.connect() as connection:
            return connection.execute(query).scalar()

    return store._threads.submit(count).result()
