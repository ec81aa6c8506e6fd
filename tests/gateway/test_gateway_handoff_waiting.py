"""How long a shopper waits for a person, and what is said about it: hours, places in the queue, time-outs."""

import asyncio
import time
import uuid
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.settings import Settings
from contract.wire import InvalidInput
from gateway import services
from gateway.business_hours import FULL_DAYS, parse
from gateway.handoff import Handoffs
from gateway.handoff_changes import Request, change
from gateway.handoff_states import Event
from gateway.handoff_timeouts import HandoffTimeouts
from gateway.hub import Hub
from gateway.metrics import Metrics
from gateway.offers import Offers
from gateway.reception import ASKED_FOR_PERSON, ENOUGH_TAKES, Reception
from gateway.satisfaction import Satisfaction
from gateway.store import conversations, handoffs, items
from gateway.store.database import Database
from gateway.store.tables import metadata

OFFICE = "Mon-Fri 09:00-18:00, Sat 10:00-14:00"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=BERLIN).timestamp()  # a Wednesday
MINUTE = 60.0


def at(day: int, hour: int, minute: int = 0) -> float:
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(25, 8, 59), False),
        (at(25, 9), True),
        (at(25, 17, 59), True),
        (at(25, 18), False),
        (at(28, 9, 59), False),
        (at(28, 10), True),
        (at(28, 14), False),
        (at(29, 12), False),
    ],
)
def test_open_and_closed(moment, is_open):
    assert parse(OFFICE, "Europe/Berlin").is_open(moment) is is_open
    assert parse("", "Europe/Berlin").is_open(moment)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [(at(25, 8), at(25, 9)), (at(25, 18), at(26, 9)), (at(27, 20), at(28, 10)), (at(28, 14), at(30, 9))],
)
def test_when_the_team_is_back(moment, opens):
    assert parse(OFFICE, "Europe/Berlin").opens_next(moment).timestamp() == opens


def test_one_shift_a_week_and_midnight():
    hours = parse("Wed 20:00-24:00", "UTC")
    wednesday = datetime(2026, 11, 25, 23, 59, tzinfo=ZoneInfo("UTC"))
    assert hours.is_open(wednesday.timestamp())
    assert hours.opens_next(wednesday.timestamp() + 120).isoformat() == "2026-12-02T20:00:00+00:00"


@given(st.floats(1_600_000_000, 1_900_000_000), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]))
def test_the_team_is_there_when_it_is_said_to_be_back(moment, zone):
    """Also on the days on which clocks are changed."""
    hours = parse(OFFICE, zone)
    if not hours.is_open(moment):
        opens = hours.opens_next(moment).timestamp()
        assert moment < opens <= moment + 8 * 86400
        assert hours.is_open(opens)
        assert not hours.is_open(opens - 1)


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ("always", "'always' is not of that form"),
        ("Mon-Fri 9:00-18:00", "'Mon-Fri 9:00-18:00' is not of that form"),
        ("mon-fri 09:00-18:00", "is not of that form"),
        ("Mon-Fri 09:00-18:00,", "'' is not of that form"),
        ("Mon-Fri 09:00-18:00; Sat 10:00-14:00", "is not of that form"),
        ("Mon 18:00-09:00", "'Mon 18:00-09:00' ends before it begins"),
        ("Mon 09:00-09:00", "ends before it begins"),
        ("Fri-Mon 09:00-18:00", "goes backwards"),
        ("Mon 25:00-26:00", "no clock shows"),
        ("Mon 09:60-10:00", "no clock shows"),
        ("Mon-Fri 09:00-18:00, Fri 17:00-20:00", "Fri has hours that overlap"),
    ],
)
def test_hours_that_cannot_be_read_are_named(hours, says):
    with pytest.raises(InvalidInput, match="SHOPCLERK_BUSINESS_HOURS must be like") as refused:
        parse(hours, "UTC")
    assert says in refused.value.message


@pytest.mark.parametrize("zone", ["", "Berlin", "../etc/passwd", "/etc/passwd", "Europe", "a\x00b"])
def test_a_time_zone_that_is_none_is_named(zone):
    with pytest.raises(InvalidInput, match="SHOPCLERK_TIME_ZONE"):
        parse("", zone)


def test_a_gateway_with_hours_that_cannot_be_read_does_not_start(tmp_path):
    with pytest.raises(InvalidInput, match="BUSINESS_HOURS"):
        services.build(Settings(secret_key="k" * 40, var_dir=str(tmp_path), business_hours="soon"))


async def asked(database, *, hours="", now=NOW, reason=ASKED_FOR_PERSON, conversation_id=None):
    """A conversation in which a person is asked for, and what the shopper is told."""
    if conversation_id is None:
        conversation_id = await database.write(partial(conversations.create, channel="web", now=now))
    reception = Reception(parse(hours, "Europe/Berlin"), cool_down_s=15 * MINUTE)
    ask = partial(reception.ask, conversation_id=conversation_id, request=Request("T-1", reason), now=now)
    return conversation_id, await database.write(ask)


async def happens(database, conversation_id, event, now, **more):
    return await database.write(partial(change, conversation_id=conversation_id, event=event, now=now, **more))


async def test_the_place_in_the_queue(database):
    said = [(await asked(database))[1] for _ in range(3)]
    assert said == ["You are next.", "1 person is before you.", "2 people are before you."]


async def test_no_number_without_enough_takes_then_the_median(database):
    for number in range(ENOUGH_TAKES):
        conversation_id, said = await asked(database)
        assert "minute" not in said
        waited = [1, 2, 4, 30, 40][number] * MINUTE
        await happens(database, conversation_id, Event.TAKEN, NOW + waited, operator="Ana")
    _, said = await asked(database, now=NOW + 3600)
    assert said == "You are next. Lately it took about 4 minutes until somebody answered."
    _, said = await asked(database, now=NOW + 3 * 86400)
    assert said == "1 person is before you."


async def test_what_an_operator_took_unasked_was_no_wait(database):
    for _ in range(ENOUGH_TAKES):
        conversation_id = await database.write(partial(conversations.create, channel="web", now=NOW))
        await happens(database, conversation_id, Event.TAKEN, NOW, operator="Ana")
    assert (await asked(database))[1] == "You are next."


@pytest.mark.parametrize(
    ("now", "back"),
    [
        (at(25, 7), "today at 09:00"),
        (at(25, 19), "tomorrow at 09:00"),
        (at(28, 15), f"on {FULL_DAYS[0]} at 09:00"),
    ],
)
async def test_outside_the_hours(database, now, back):
    conversation_id, said = await asked(database, hours=OFFICE, now=now)
    assert said == (
        f"Our team is not here right now. It is back {back} (Europe/Berlin). Your ticket **T-1** is kept until then."
    )
    assert (await database.read(partial(conversations.get, conversation_id=conversation_id))).in_handoff


async def test_whoever_waits_already_is_told_nothing_new(database):
    conversation_id, _ = await asked(database)
    assert (await asked(database, conversation_id=conversation_id))[1] is None


async def test_the_bot_does_not_hand_over_again_for_what_nobody_had_time_for(database):
    conversation_id, _ = await asked(database, reason="the bot gave up")
    await happens(database, conversation_id, Event.QUEUE_TIMED_OUT, NOW + 900)
    again = partial(asked, database, conversation_id=conversation_id)
    _, said = await again(reason="the bot gave up", now=NOW + 960)
    assert said.startswith("Nobody from our team is free yet. Your ticket **T-1** is still open")
    assert not (await database.read(partial(conversations.get, conversation_id=conversation_id))).in_handoff
    assert (await again(reason=ASKED_FOR_PERSON, now=NOW + 970))[1] == "You are next."
    await happens(database, conversation_id, Event.QUEUE_TIMED_OUT, NOW + 1900)
    assert (await again(reason="the bot gave up", now=NOW + 1910))[1] == "You are next."


async def test_a_reason_that_nobody_had_time_for_counts_again_after_a_while(database):
    conversation_id, _ = await asked(database, reason="the bot gave up")
    await happens(database, conversation_id, Event.QUEUE_TIMED_OUT, NOW + 900)
    _, said = await asked(database, reason="the bot gave up", now=NOW + 1801, conversation_id=conversation_id)
    assert said == "You are next."


def timeouts(database):
    offers = Offers(key="k" * 40)
    asking = Satisfaction(offers, is_on=True)
    return HandoffTimeouts(database, Handoffs(database, Hub(Metrics()), offers, asking), Settings())


async def test_time_outs_are_counted_from_the_last_word_of_the_operator(database):
    clock = timeouts(database)
    conversation_id, _ = await asked(database)
    assert await clock.check(now=NOW + 14.9 * MINUTE) == 0
    await clock.handoffs.take(conversation_id, operator="Ana")  # by the real clock
    taken_at = (await database.read(partial(handoffs.current, conversation_id=conversation_id))).operator_at
    assert await clock.check(now=taken_at + 29 * MINUTE) == 0
    await database.write(partial(handoffs.touch, conversation_id=conversation_id, now=taken_at + 20 * MINUTE))
    assert await clock.check(now=taken_at + 49 * MINUTE) == 0
    assert await clock.check(now=taken_at + 51 * MINUTE) == 1
    assert await clock.check(now=taken_at + 52 * MINUTE) == 0
    assert [handoff.ticket_id for handoff in await database.read(handoffs.unanswered)] == ["T-1"]


async def test_two_gateways_on_one_database_end_a_handoff_once(postgres):
    """Both find it due; one ends it. Also when an operator takes it at the same moment."""
    url = Settings(gateway_database_url=postgres).database_url("gateway", driver="psycopg")
    both = [Database(url), Database(url)]
    for database in both:
        await database.start()
    try:
        clocks = [timeouts(database) for database in both]
        ids = [(await asked(both[0]))[0] for _ in range(12)]
        ended = await asyncio.gather(*(clock.check(now=NOW + 16 * MINUTE) for clock in clocks * 2))
        assert sum(ended) == 12
        for conversation_id in ids:
            (note,) = await both[0].read(partial(items.history, conversation_id=conversation_id))
            assert note.text.startswith("Nobody from our team is free right now: your ticket **T-1** stays open")
        ids = [(await asked(both[0]))[0] for _ in range(12)]
        taken = [clocks[1].handoffs.take(conversation_id, operator="Ana") for conversation_id in ids]
        await asyncio.gather(clocks[0].check(now=NOW + 16 * MINUTE), *taken)
        for conversation_id in ids:
            found = await both[0].read(partial(conversations.get, conversation_id=conversation_id))
            assert found.handoff_operator == "Ana"
    finally:
        await both[0].write(lambda db: [db.execute(table.delete()) for table in reversed(metadata.sorted_tables)])
        for database in both:
            await database.stop()


@pytest.fixture(scope="module")
def hasty(make_gateway):
    """A gateway with short waits (3.6 and 2.4 seconds)."""
    return make_gateway(handoff_wait_minutes=0.06, handoff_quiet_minutes=0.04)


def test_nobody_comes_and_the_bot_has_it_again(hasty, shopper, bot, eventually):
    someone, message_id = shopper(hasty.url), str(uuid.uuid4())
    answer = someone.post("handoff", message_id=message_id).json()
    assert [item["text"] for item in answer["items"]] == ["Done.", "You are next."]
    assert someone.post("handoff", message_id=message_id).json() == answer
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    note = eventually(lambda: (last := someone.history()[-1])["seq"] > answer["seq"] and last)
    assert (note["author"], "**T-1** stays open" in note["text"]) == ("system", True)
    assert someone.open()["handoff"] == {"active": False, "agent_name": None}
    assert someone.say("hello")[0]["text"].startswith("heard")
    time.sleep(4)
    assert [item["text"] for item in someone.history()].count(note["text"]) == 1
    kinds = [event["kind"] for event in bot.seen("heard", conversation_id=conversation_id)]
    assert kinds == ["bot_message", "handoff_ended"]


def test_the_operator_leaves_and_the_bot_has_it_again(hasty, shopper, bot, eventually):
    someone, message_id = shopper(hasty.url), str(uuid.uuid4())
    someone.say("handoff", message_id=message_id)
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    headers = {"Authorization": "Bearer a secret key for tests, long enough"}
    path = f"/v1/operator/conversations/{conversation_id}"
    assert someone.http.post(f"{path}/take", json={"operator": "Ana"}, headers=headers).status_code == 200
    assert someone.open()["handoff"]["active"]
    eventually(lambda: not someone.open()["handoff"]["active"])
    assert someone.history()[-1]["text"].startswith("Our colleague had to leave: your ticket **T-1** stays open")
