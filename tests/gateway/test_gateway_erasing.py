"""What is left of a conversation that was erased: nothing, in any table, whoever asked and whatever went wrong."""

import io
import json
import time
import uuid
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from PIL import Image
from sqlalchemy import Boolean, Float, Integer, insert, select

from contract.conversation import AccountErased
from contract.settings import Settings
from contract.wire import NotFound
from gateway.bot_client import BotClient
from gateway.breaker import Breaker
from gateway.deployment import DeploymentWatcher
from gateway.erasures import GRACE_S, LONGEST_S, SETTLED_S, Erasures
from gateway.http_client import HttpClient
from gateway.hub import Hub
from gateway.janitor import DAY_S, Janitor
from gateway.metrics import Metrics
from gateway.photos import Photos
from gateway.store import conversations, erasures, handoffs, inbox, items, known_as, schema
from gateway.store.items import NewItem
from gateway.store.tables import chatwoot_links, metadata
from gateway.store.tables import conversations as held
from gateway.tickets import Tickets
from tests.gateway.conftest import SECRET

WORDS = "Noah Brown, 12 Elm Street"
NOW = 1_000_000_000.0
OWN = [table for table in metadata.sorted_tables if "conversation_id" in table.c]


@asynccontextmanager
async def _parts(database, bot, folder, **changed):
    """The erasing parts of a gateway that has just been started."""
    settings = replace(Settings(secret_key=SECRET, var_dir=str(folder), control_url=bot.url), **changed)
    http = HttpClient()
    await http.start()
    watcher = DeploymentWatcher(http, settings, on_change=Breaker().reset)
    await watcher.refresh()
    photos = Photos(database, settings)
    made = Erasures(database, BotClient(http), watcher, Hub(Metrics()), photos, settings)
    yield made, Janitor(database, photos, made, Tickets(http, settings), settings)
    photos.stop()
    await http.stop()


async def _conversation(database, *, at=NOW, channel="telegram", **who):
    conversation_id = await database.write(partial(conversations.create, channel=channel, now=at))
    if who:
        await database.write(partial(conversations.change, conversation_id=conversation_id, **who))
    return conversation_id


def _fill(db, conversation_id):
    """A row in every table that can name the conversation, with the shopper's words wherever they fit."""
    for table in OWN:
        values = {column.name: _value(column) for column in table.c if not column.primary_key or column.nullable}
        values |= {column.name: _value(column) for column in table.primary_key if column.autoincrement is not True}
        values |= {"conversation_id": conversation_id}
        if table.name == "inbox":
            values |= {"state": "done"}
        db.execute(insert(table), values)
    (handoff,) = db.execute(select(handoffs.table.c.id).where(handoffs.table.c.conversation_id == conversation_id))
    db.execute(insert(chatwoot_links), {"handoff_id": handoff.id, "forwarded_seq": 0, "next_at": 0.0})


def _value(column):
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Float):
        return NOW
    if isinstance(column.type, Integer):
        return 1
    length = getattr(column.type, "length", None)
    return f"{uuid.uuid4().hex[:6]} {WORDS}"[:length]


async def _everything(database):
    """Every row of every table, as text."""

    def read(db):
        return {table.name: [str(tuple(row)) for row in db.execute(select(table))] for table in metadata.sorted_tables}

    return await database.read(read)


async def _ids(database):
    return set(await database.read(lambda db: db.execute(select(held.c.id)).scalars().all()))


async def test_nothing_is_left_in_any_table_and_the_neighbours_keep_all(each_database, bot, tmp_path):
    database = each_database
    mine = await _conversation(database, customer_id="C-1")
    empty = await _everything(database)
    await database.write(partial(_fill, conversation_id=mine))
    full = await _everything(database)
    for table in (*OWN, chatwoot_links):
        assert len(full[table.name]) > len(empty[table.name]), table.name
    other = await _conversation(database, customer_id="C-2")
    await database.write(partial(items.append, conversation_id=other, new=[NewItem("shopper", "of others")], now=NOW))
    async with _parts(database, bot, tmp_path) as (erasing, _):
        assert await erasing.ask(AccountErased("C-1"), now=NOW) == [mine]
        assert await erasing.ask(AccountErased("C-1"), now=NOW) == [mine], "twice is the same as once"
        await erasing.run(now=NOW + GRACE_S)
        after = await _everything(database)
        for name, rows in after.items():
            assert not [row for row in rows if "Elm Street" in row or "C-1" in row], name
            assert name == "erasures" or not [row for row in rows if mine in row], name
        assert not bot.seen("erased", conversation_id=mine), "something may still be on its way to the bot"
        await erasing.run(now=NOW + GRACE_S + SETTLED_S)
        assert len(bot.seen("erased", conversation_id=mine)) == 1
        assert await database.read(erasures.waiting) == 0
    assert await _ids(database) == {other}
    assert not bot.seen("erased", conversation_id=other)
    assert "of others" in str(await _everything(database))


async def test_whoever_was_the_customer_at_any_time_and_nobody_else(each_database, bot, tmp_path):
    database = each_database
    was = await _conversation(database, customer_id="C-1")
    await database.write(partial(conversations.forget_identity, conversation_id=was, hide_up_to=0))
    expected = {
        was,
        await _conversation(database, pending_customer_id="C-1"),
        await _conversation(database, identified_orders=("#W1",)),
        await _conversation(database, identified_orders=("#W9", "#W2")),
    }
    for who in ({}, {"customer_id": "C-11"}, {"customer_id": "#W1"}, {"identified_orders": ("#W9", "C-1")}):
        await _conversation(database, **who)
    before = await _ids(database)
    async with _parts(database, bot, tmp_path) as (erasing, _):
        assert set(await erasing.ask(AccountErased("C-1", ("#W1", "#W2")), now=NOW)) == expected
        await erasing.run(now=NOW + GRACE_S)
    assert before - await _ids(database) == expected


async def test_whom_an_older_gateway_had_known_is_found(each_database):
    database = each_database
    named = await _conversation(database, customer_id="C-1", identified_orders=("#W1",))
    await _conversation(database)
    await database.write(lambda db: db.execute(known_as.table.delete()))
    for _ in range(2):
        await database.write(schema.upgrade)
    of = partial(known_as.conversations_of, order_ids=())
    assert await database.read(partial(of, customer_id="C-1")) == [named]
    assert len((await _everything(database))["known_as"]) == 2


@pytest.mark.parametrize(
    ("goes_on", "after_s", "is_gone"),
    [
        ("shopper", GRACE_S - 1, False),
        ("shopper", GRACE_S, True),
        ("person", LONGEST_S - 1, False),
        ("person", LONGEST_S, True),
        ("message", LONGEST_S, False),
        ("nobody", 0, True),
    ],
)
async def test_a_conversation_that_goes_on_has_a_while(each_database, bot, tmp_path, goes_on, after_s, is_gone):
    """The farewell can be read; whoever talks on loses the conversation in the end; no message loses its answer."""
    database = each_database
    channel = "web" if goes_on == "nobody" else "telegram"
    mine = await _conversation(database, customer_id="C-1", channel=channel)

    def go_on(db):
        if goes_on == "person":
            conversations.change(db, mine, handoff_since=NOW)
        if goes_on == "message":
            ids = {"conversation_id": mine, "message_id": str(uuid.uuid4()), "fingerprint": "f", "payload": None}
            inbox.add(db, **ids, text="wait", seq=1, now=NOW)

    await database.write(go_on)
    async with _parts(database, bot, tmp_path) as (erasing, _):
        await erasing.ask(AccountErased("C-1"), now=NOW)
        await erasing.run(now=NOW + after_s)
    assert (mine not in await _ids(database)) is is_gone


async def test_a_bot_that_is_away_is_told_when_it_is_back(each_database, bot, tmp_path):
    database = each_database
    mine = await _conversation(database, customer_id="C-1")
    gone_at = NOW + GRACE_S
    async with _parts(database, bot, tmp_path) as (erasing, _):
        await erasing.ask(AccountErased("C-1"), now=NOW)
    bot.fault("none", refuses_events=True)
    async with _parts(database, bot, tmp_path) as (erasing, _):  # the gateway was restarted between any two steps
        await erasing.run(now=gone_at)
        await erasing.run(now=gone_at + SETTLED_S)
    assert not bot.seen("erased", conversation_id=mine)
    bot.fault("none")
    async with _parts(database, bot, tmp_path) as (erasing, _):
        await erasing.run(now=gone_at + SETTLED_S + 1)
        assert not bot.seen("erased", conversation_id=mine), "a pause after a failure"
        await erasing.run(now=gone_at + SETTLED_S + 60)
        assert len(bot.seen("erased", conversation_id=mine)) == 1
        await erasing.run(now=gone_at + SETTLED_S + 90)
    assert len(bot.seen("erased", conversation_id=mine)) == 1


async def test_who_comes_a_moment_too_late_is_told_so(each_database):
    mine = await _conversation(each_database)
    await each_database.write(partial(erasures.erase, conversation_ids=[mine], now=NOW))
    say = partial(items.append, conversation_id=mine, new=[NewItem("shopper", WORDS)], now=NOW)
    with pytest.raises(NotFound):
        await each_database.write(say)
    assert WORDS not in str(await _everything(each_database))


class Actions:
    """An action server that knows of tickets; ``open`` are the conversations that have one."""

    def __init__(self):
        self.open, self.keys = set(), []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.keys.append((self.path, self.headers["Authorization"]))
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["conversation_ids"]
                body = json.dumps({"conversation_ids": [each for each in asked if each in outer.open]}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def actions():
    made = Actions()
    yield made
    made.close()


async def test_silence_erases_after_the_days_of_the_settings(each_database, bot, tmp_path, actions):
    database, old = each_database, NOW - 31 * DAY_S
    gone = {await _conversation(database, at=old), await _conversation(database, at=old, customer_id="C-1")}
    kept = {
        "young": await _conversation(database, at=NOW - 29 * DAY_S),
        "answered": await _conversation(database, at=old),
        "handed over": await _conversation(database, at=old, handoff_since=old),
        "unanswered": await _conversation(database, at=old),
        "ticket of the shop": await _conversation(database, at=old),
        "message": await _conversation(database, at=old),
    }
    actions.open = {kept["ticket of the shop"]}

    def prepare(db):
        items.append(db, kept["answered"], [NewItem("agent", "we found it")], now=NOW - DAY_S)
        handoffs.begin(db, kept["unanswered"], ticket_id="T-1", reason="r", seq=0, now=old)
        handoffs.end(db, kept["unanswered"], ended_as="nobody", is_unanswered=True, seq=0, now=old)
        ids = {"conversation_id": kept["message"], "message_id": str(uuid.uuid4()), "fingerprint": "f"}
        inbox.add(db, **ids, text="wait", payload=None, seq=1, now=old)

    await database.write(prepare)
    async with _parts(database, bot, tmp_path, conversation_days=0, actions_url=actions.url) as (_, janitor):
        assert await janitor.erase_silent(now=NOW) == 0, "0 is for ever"
    async with _parts(database, bot, tmp_path, conversation_days=30, actions_url=actions.url) as (erasing, janitor):
        assert await janitor.erase_silent(now=NOW) == 2
        assert await _ids(database) == set(kept.values())
        assert actions.keys[-1] == ("/tickets/open", f"Bearer {SECRET}")
        await erasing.run(now=NOW + SETTLED_S)
        assert all(bot.seen("erased", conversation_id=each) for each in gone)
        actions.open = set()
        await database.write(partial(handoffs.answer, conversation_id=kept["unanswered"]))
        assert await janitor.erase_silent(now=NOW) == 2, "the tickets are closed now"


async def test_without_word_of_the_tickets_nothing_is_erased(each_database, bot, tmp_path):
    mine = await _conversation(each_database, at=NOW - 400 * DAY_S)
    for url in ("http://127.0.0.1:9/webhook", f"{bot.url}/webhook"):  # away; knows nothing of tickets
        async with _parts(each_database, bot, tmp_path, actions_url=url) as (_, janitor):
            assert await janitor.erase_silent(now=NOW) == 0
    assert await _ids(each_database) == {mine}


async def test_more_than_one_batch(database, bot, tmp_path, actions):
    def make(db):
        return [conversations.create(db, channel="rest", now=1.0) for _ in range(450)]

    made = await database.write(make)
    actions.open = set(made[::3])
    async with _parts(database, bot, tmp_path, actions_url=actions.url) as (_, janitor):
        assert await janitor.erase_silent(now=NOW) == 300
    assert await _ids(database) == actions.open


def test_only_a_program_of_ours_says_that_an_account_was_deleted(gateway, operator):
    with httpx.Client(base_url=gateway.url) as http:
        body = {"customer_id": "C-1", "order_ids": []}
        assert http.post("/v1/erasures", json=body).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert http.post("/v1/erasures", json=body, headers=wrong).status_code == 401
    address = f"{gateway.url}/v1/erasures"
    for bad in ({}, {"customer_id": ""}, {"customer_id": "x" * 65}, {"customer_id": "C", "order_ids": ["nul \0"]}):
        assert operator.post(address, json=bad).status_code == 400
    assert operator.post(address, json={"customer_id": "nobody"}).json() == {"conversations": []}


def test_the_shopper_reads_the_farewell_and_a_restart_loses_nothing(make_gateway, shopper, bot, operator, eventually):
    """The whole way in a gateway of its own, killed in between; what takes minutes is made old in the database."""
    gateway = make_gateway()
    someone, other = shopper(gateway.url), shopper(gateway.url)
    other.say("hello from another")
    someone.say("verify C-77")
    someone.say(f"I am {WORDS}")
    (turn,) = bot.seen("turns", text=f"I am {WORDS}")
    photo = someone.http.post("/v1/photos", content=_jpeg(), headers={"Content-Type": "image/jpeg"}).json()["photo_id"]
    someone.say("look", photo_id=photo)
    assert (gateway.folder / "photos" / f"{photo}.jpg").is_file()
    assert someone.say("forget C-77")[0]["text"] == "Done."
    answer = operator.post(f"{gateway.url}/v1/erasures", json={"customer_id": "C-77"})
    assert (answer.status_code, answer.json()) == (202, {"conversations": [turn["conversation_id"]]})
    gateway.stop(kill=True)
    gateway.start()
    assert [item["text"] for item in someone.history()] == ["forget C-77", "Done."], "the farewell is there"
    assert "from nobody" in someone.say("bye")[0]["text"]
    gateway.stop()
    _make_old(gateway.folder, "UPDATE conversations SET active_at = active_at - 601")
    gateway.start()
    eventually(lambda: someone.http.get("/v1/messages").status_code == 401)
    gateway.stop()
    _make_old(gateway.folder, "UPDATE erasures SET erased_at = erased_at - 121")
    gateway.start()
    eventually(lambda: bot.seen("erased", conversation_id=turn["conversation_id"]))
    gateway.stop()
    left = b"".join(path.read_bytes() for path in sorted(gateway.folder.rglob("*")) if path.is_file())
    for word in ("Elm Street", "C-77", turn["conversation_id"], photo):
        assert word.encode() not in left.replace(gateway.log.encode(), b""), word
    assert "Elm Street" not in gateway.log and "C-77" not in gateway.log
    gateway.start()
    assert other.history()[-2]["text"] == "hello from another"
    assert someone.open()["is_verified"] is False, "the chat begins anew"


def _jpeg():
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "JPEG")
    return file.getvalue()


def _make_old(folder: Path, statement: str) -> None:
    import sqlite3

    with closing(sqlite3.connect(folder / "gateway.db")) as db:
        db.execute(statement)
        db.commit()


async def test_what_a_person_said_to_a_shopper_who_never_spoke_goes_everywhere(each_database, bot, tmp_path):
    helped, unseen = [await _conversation(each_database, channel="web") for _ in range(2)]

    def help_(db):
        handoffs.begin(db, helped, ticket_id="T-1", reason="r", seq=0, now=NOW)
        handoffs.end(db, helped, ended_as="released", is_unanswered=False, seq=0, now=NOW)

    await each_database.write(help_)
    async with _parts(each_database, bot, tmp_path, conversation_days=0) as (erasing, janitor):
        await janitor.clean()
        await erasing.run(now=time.time() + SETTLED_S)
    assert await _ids(each_database) == set()
    assert bot.seen("erased", conversation_id=helped) and not bot.seen("erased", conversation_id=unseen)


async def test_the_files_of_its_photos_are_gone_too(database, bot, tmp_path):
    mine, other = await _conversation(database), await _conversation(database)
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    async with _parts(database, bot, tmp_path) as (erasing, _):
        photos = [await erasing.photos.store(each, picture.getvalue()) for each in (mine, mine, other)]
        assert {path.stem for path in (tmp_path / "photos").iterdir()} == set(photos)
        assert await erasing.erase(lambda db: [mine], now=NOW) == 1
        assert [path.stem for path in (tmp_path / "photos").iterdir()] == photos[2:]
