"""How satisfied shoppers were: asked once, where it may be asked, kept, and added up."""

import asyncio
import json
import time
import uuid
from functools import partial

import httpx
import pytest
from sqlalchemy import text

from contract.settings import Settings
from contract.wire import NotFound
from gateway.handoff_actions import release, say, take
from gateway.handoff_changes import Request, change
from gateway.handoff_states import Event
from gateway.hub import Hub
from gateway.items import render
from gateway.metrics import Metrics
from gateway.offers import Offers
from gateway.satisfaction import PERSON, Satisfaction, pressed, summary
from gateway.sentences import HOW_WAS_BOT, RATED, RATINGS
from gateway.silence import AT_ONCE, Silence
from gateway.store import conversations, items, ratings, schema
from gateway.store.database import Database
from gateway.store.items import NewItem
from gateway.store.tables import metadata
from tests.gateway.conftest import janitor_of

HEADERS = {"Authorization": "Bearer a secret key for tests, long enough"}
HOW_WAS_ANA = "How satisfied were you with the help of Ana?"
NOW, MINUTE, DAY = 1_790_000_000.0, 60.0, 86400.0


@pytest.fixture(scope="module")
def own(make_gateway):
    """A gateway whose answers nobody else counts, and which waits for no silence."""
    return make_gateway(satisfaction_silent_minutes=0)


@pytest.fixture
def desk(own):
    with httpx.Client(base_url=f"{own.url}/v1/operator", headers=HEADERS) as http:
        yield http


def does(desk, conversation_id, what, **body):
    """Ana does something with the conversation."""
    desk.post(f"/conversations/{conversation_id}/{what}", json={"operator": "Ana", **body}).raise_for_status()


def ratings_of(desk, **query):
    return desk.get("/satisfaction", params=query).json()


def texts(shown):
    return [item["text"] for item in shown]


def token(item, title):
    return next(button["token"] for button in item["buttons"] if button["title"] == title)


def served(shopper, own, bot):
    """Somebody for whom the bot did something, and the id of the conversation."""
    someone, message_id = shopper(own.url), str(uuid.uuid4())
    someone.say("understood track_order", message_id=message_id)
    return someone, bot.seen("turns", message_id=message_id)[0]["conversation_id"]


def test_a_shopper_who_says_thanks_is_asked_once_and_heard(own, shopper, bot, desk):
    someone, conversation_id = served(shopper, own, bot)
    message_id = str(uuid.uuid4())
    answer = someone.post("understood thanks", message_id=message_id).json()
    assert texts(answer["items"]) == ["understood thanks", HOW_WAS_BOT]
    question = answer["items"][1]
    assert [button["title"] for button in question["buttons"]] == list(RATINGS)
    assert question["author"] == "system"
    assert someone.post("understood thanks", message_id=message_id).json() == answer
    before = ratings_of(desk)["bot"]["count"]
    assert texts(someone.say(None, token=token(question, "Good"))) == [RATED]
    assert texts(someone.say(None, token=token(question, "Very bad"))) == [RATED]
    found = ratings_of(desk, days=1)
    assert (found["days"], found["bot"]["count"]) == (1, before + 1)
    assert found["bot"]["distribution"]["1"] >= 1
    assert not any(turn["payload"] for turn in bot.seen("turns", conversation_id=conversation_id))
    assert texts(someone.say("understood goodbye")) == ["understood goodbye"]


@pytest.mark.parametrize(
    "words",
    [
        ("understood greet", "understood goodbye"),
        ("understood thanks",),
        ("understood track_order", "understood nlu_fallback"),
        ("understood track_order", "hello"),
    ],
)
def test_nobody_is_asked_before_something_was_done_and_is_over(own, shopper, words):
    someone = shopper(own.url)
    for said in words:
        assert HOW_WAS_BOT not in texts(someone.say(said))


def test_a_machine_is_asked_too(own, bot):

    key = own.keys("create", f"kiosk-{uuid.uuid4().hex[:8]}").stdout.split()[-1]
    headers, name = {"Authorization": f"Bearer {key}"}, "c-1"

    def send(**body):
        body = {"conversation": name, "message_id": str(uuid.uuid4()), **body}
        return httpx.post(f"{own.url}/v1/rest/messages", json=body, headers=headers).json()["items"]

    send(text="understood track_order")
    _, question = send(text="understood goodbye")
    assert texts(send(token=token(question, "Okay"))) == [RATED]


def test_who_was_helped_by_a_person_is_asked_about_the_person(own, shopper, bot, desk):
    someone, message_id = shopper(own.url), str(uuid.uuid4())
    someone.say("handoff", message_id=message_id)
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    does(desk, conversation_id, "take")
    does(desk, conversation_id, "messages", text="You get your money back.")
    does(desk, conversation_id, "release")
    question = someone.history()[-1]
    assert (question["author"], question["text"]) == ("system", HOW_WAS_ANA)
    assert ratings_of(desk)["person"] == {
        "count": 0,
        "mean": None,
        "distribution": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0},
    }
    someone.say(None, token=token(question, "Very good"))
    person = ratings_of(desk)["person"]
    assert (person["count"], person["mean"], person["distribution"]["5"]) == (1, 5.0, 1)
    someone.say("understood track_order")
    assert texts(someone.say("understood thanks")) == ["understood thanks"], "not twice within a day"


def test_a_shopper_who_ends_the_handoff_is_asked_unless_nobody_said_a_word(own, shopper, bot, desk):
    asked = []
    for speaks in (True, False):
        someone, message_id = shopper(own.url), str(uuid.uuid4())
        someone.say("handoff", message_id=message_id)
        conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
        does(desk, conversation_id, "take")
        if speaks:
            does(desk, conversation_id, "messages", text="Hello!")
        someone.http.post("/v1/handoff/end").raise_for_status()
        asked.append(HOW_WAS_ANA in texts(someone.history()))
    assert asked == [True, False]


def test_a_rating_does_not_disturb_a_person(own, shopper, bot, desk):
    someone, conversation_id = served(shopper, own, bot)
    question = someone.say("understood thanks")[1]
    someone.say("handoff")
    assert texts(someone.say(None, token=token(question, "Bad"))) == [RATED]
    assert someone.open()["handoff"]["active"]
    assert not bot.seen("heard", conversation_id=conversation_id, kind="shopper_message")


def test_it_can_be_switched_off(make_gateway, shopper):
    quiet = make_gateway(satisfaction="false", satisfaction_silent_minutes=0.01)
    someone = shopper(quiet.url)
    someone.say("understood track_order")
    assert texts(someone.say("understood thanks")) == ["understood thanks"]


def test_who_falls_silent_is_asked_once_and_hears_it_live(make_gateway, shopper, eventually):
    hasty = make_gateway(satisfaction_silent_minutes=0.02)
    someone, greeted = shopper(hasty.url), shopper(hasty.url)
    someone.say("understood track_order")
    greeted.say("understood greet")
    question = eventually(lambda: (last := someone.history()[-1])["text"] == HOW_WAS_BOT and last, seconds=20)
    assert texts(someone.say(None, token=token(question, "Okay"))) == [RATED]
    someone.say("understood track_order")
    assert HOW_WAS_BOT not in texts(greeted.history())
    assert texts(someone.say("understood goodbye")) == ["understood goodbye"]


@pytest.mark.parametrize("days", ["0", "-1", "soon", "12345", "1.5"])
def test_days_that_cannot_be_are_refused(desk, days):
    refused = desk.get("/satisfaction", params={"days": days})
    assert (refused.status_code, refused.json()["error_type"]) == (400, "invalid_input")


def test_only_operators_may_ask(own, shopper):
    assert shopper(own.url).http.get("/v1/operator/satisfaction").status_code == 401


@pytest.mark.parametrize(
    "payload",
    [None, "", "/affirm", "gateway:person", "gateway:rating:bot:0", "gateway:rating:bot:6", "gateway:rating:me:3"],
)
def test_other_buttons_are_no_ratings(payload):
    assert pressed(payload) is None


SATISFACTION = Satisfaction(Offers(key="k" * 40), is_on=True)


def silence(database):
    return Silence(database, Hub(Metrics()), SATISFACTION, Settings())


def spoken(db, *, channel="web", at=NOW, intents=("track_order",)):
    """A conversation whose shopper said something then, and was answered."""
    conversation_id = conversations.create(db, channel=channel, now=at)
    items.append(db, conversation_id, [NewItem("shopper", "where is it?")], now=at, active_at=at)
    answer = NewItem("bot", "Here.", {"intents": list(intents)}, message_id="m")
    items.append(db, conversation_id, [answer], now=at)
    return conversation_id


def said(db, conversation_id):
    return [item.text for item in items.history(db, conversation_id)]


async def test_silence_is_ten_minutes_and_no_more_than_half_an_hour_longer(database):
    conversation_id, early = await database.write(lambda db: (spoken(db), spoken(db, at=NOW - 31 * MINUTE)))
    watch = silence(database)
    assert await watch.check(now=NOW + 9.9 * MINUTE) == 0
    assert await watch.check(now=NOW + 10 * MINUTE) == 1
    assert await watch.check(now=NOW + 11 * MINUTE) == 0
    assert await silence(database).check(now=NOW + 12 * MINUTE) == 0
    assert (await database.read(partial(said, conversation_id=conversation_id)))[-1] == HOW_WAS_BOT
    assert HOW_WAS_BOT not in await database.read(partial(said, conversation_id=early))


async def test_more_silent_shoppers_than_fit_one_look_are_all_asked(database):
    count = AT_ONCE + 5
    await database.write(lambda db: [spoken(db, at=NOW + number / 100) for number in range(count)])
    watch = silence(database)
    assert [await watch.check(now=NOW + 11 * MINUTE) for _ in range(3)] == [AT_ONCE, 5, 0]


def hand_over(db, conversation_id, now):
    change(db, conversation_id, Event.ASKED, request=Request("T-1", "asked"), now=now)


def unanswered_message(db, conversation_id, now):
    items.append(db, conversation_id, [NewItem("shopper", "hello?")], now=now)


def two_notes(db, conversation_id, now):
    items.append(db, conversation_id, [NewItem("system", "One."), NewItem("system", "Two.")], now=now)


@pytest.mark.parametrize("happens", [hand_over, unanswered_message, two_notes])
async def test_silence_is_no_reason_to_ask(database, happens):
    conversation_id = await database.write(spoken)
    await database.write(partial(happens, conversation_id=conversation_id, now=NOW + 1))
    assert await silence(database).check(now=NOW + 11 * MINUTE) == 0


async def test_a_slow_channel_and_small_talk_are_no_reason_to_ask(database):
    await database.write(partial(spoken, channel="email"))
    await database.write(partial(spoken, intents=("greet",)))
    assert await silence(database).check(now=NOW + 11 * MINUTE) == 0


def helped(db, conversation_id, *, now):
    """A person takes the conversation, says something and gives it back."""
    take(db, conversation_id, operator="Ana", now=now)
    say(db, conversation_id, operator="Ana", text="Hello!", item_id=None, now=now)
    changed, _ = release(db, conversation_id, operator="Ana", now=now)
    return SATISFACTION.after_handoff(db, changed, now=now)


async def test_one_question_a_day_and_each_once(database):
    conversation_id = await database.write(spoken)
    assert await silence(database).check(now=NOW + 10 * MINUTE) == 1
    help_again = partial(helped, conversation_id=conversation_id)
    assert (await database.write(partial(help_again, now=NOW + DAY))).question is None
    asked = await database.write(partial(help_again, now=NOW + 2 * DAY))
    assert asked.question.text == HOW_WAS_ANA
    assert (await database.write(partial(help_again, now=NOW + 4 * DAY))).question is None
    assert set(await database.read(partial(ratings.asked, conversation_id=conversation_id))) == {"bot", "person"}


@pytest.mark.parametrize(("notes", "is_asked"), [(0, True), (1, False)])
async def test_no_third_item_that_nobody_answered(database, notes, is_asked):
    """The note that the handoff is over is one, too."""

    def work(db):
        conversation_id = spoken(db)
        take(db, conversation_id, operator="Ana", now=NOW)
        say(db, conversation_id, operator="Ana", text="Hello!", item_id=None, now=NOW)
        items.append(db, conversation_id, [NewItem("system", "By the way.")] * notes, now=NOW)
        changed, _ = release(db, conversation_id, operator="Ana", now=NOW)
        return SATISFACTION.after_handoff(db, changed, now=NOW)

    assert ((await database.write(work)).question is not None) is is_asked


async def test_a_shopper_who_never_spoke_is_forgotten_with_the_question(database, tmp_path):
    conversation_id = await database.write(partial(conversations.create, channel="web", now=NOW))
    assert (await database.write(partial(helped, conversation_id=conversation_id, now=NOW))).question is not None
    settings = Settings(var_dir=str(tmp_path))
    await janitor_of(database, settings).clean()
    assert await database.read(partial(ratings.asked, conversation_id=conversation_id)) == {}
    with pytest.raises(NotFound):
        await database.read(partial(conversations.get, conversation_id=conversation_id))


async def test_answers_are_added_up_for_their_days(database):
    now = time.time()

    def rated(db):
        for value, at in ((1, now), (4, now), (4, now), (5, now - 8 * DAY)):
            conversation_id = spoken(db)
            ratings.ask(db, conversation_id, PERSON, operator="Ana", now=at)
            ratings.rate(db, conversation_id, PERSON, value=value, now=at)
        ratings.ask(db, spoken(db), "bot", operator=None, now=now)

    await database.write(rated)
    week, month = await summary(database, days=7), await summary(database, days=30)
    assert week["person"] == {"count": 3, "mean": 3.0, "distribution": {"1": 1, "2": 0, "3": 0, "4": 2, "5": 0}}
    assert (month["person"]["count"], month["person"]["mean"]) == (4, 3.5)
    assert (month["bot"]["count"], month["bot"]["mean"]) == (0, None)


async def test_two_gateways_on_one_database_ask_once(postgres):
    url = Settings(gateway_database_url=postgres).database_url("gateway", driver="psycopg")
    both = [Database(url), Database(url)]
    for database in both:
        await database.start()
    try:
        ids = [await both[0].write(spoken) for _ in range(12)]
        asked = await asyncio.gather(*(silence(database).check(now=NOW + 11 * MINUTE) for database in both * 2))
        assert sum(asked) == 12
        for conversation_id in ids:
            found = await both[1].read(partial(said, conversation_id=conversation_id))
            assert found.count(HOW_WAS_BOT) == 1
    finally:
        await both[0].write(lambda db: [db.execute(table.delete()) for table in reversed(metadata.sorted_tables)])
        for database in both:
            await database.stop()


async def test_a_database_of_an_older_gateway_gets_the_index(database):
    def older(db):
        db.execute(text("DROP INDEX ix_conversations_active_at"))
        db.execute(text("DROP TABLE ratings"))
        schema.upgrade(db)
        schema.upgrade(db)
        return [row.name for row in db.execute(text("PRAGMA index_list(conversations)"))]

    assert "ix_conversations_active_at" in await database.write(older)


async def test_what_the_bot_understood_is_not_shown(database):
    conversation_id = await database.write(spoken)
    (_, answer) = await database.read(partial(items.history, conversation_id=conversation_id))
    assert "track_order" not in json.dumps(render(answer, SATISFACTION.offers))
