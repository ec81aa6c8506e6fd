"""The state machine of a handoff: every state with every event, and long sequences on a real database."""

import itertools
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from contract.conversation import Reply
from gateway.answer_store import FOR_PERSON, HandoffIsOver, Outcome, store
from gateway.business_hours import parse
from gateway.handoff_changes import Request, change
from gateway.handoff_states import TRANSITIONS, Event, State, next_state, state_of
from gateway.handoff_timeouts import Limits, time_out
from gateway.offers import Offers
from gateway.reception import Reception
from gateway.satisfaction import Satisfaction
from gateway.store import conversations, handoffs, inbox, items, outbox, schema
from gateway.store.engine import begin_immediate, make_engine
from gateway.store.items import NewItem
from gateway.store.tables import handoffs as handoff_table
from gateway.store.tables import outbox as outbox_table

B, W, P = State.BOT, State.WAITING, State.PERSON
EXPECTED = {  # the whole table again, row by row: None means that nothing changes
    Event.ASKED: {B: W, W: None, P: None},
    Event.TAKEN: {B: P, W: P, P: None},
    Event.RELEASED: {B: None, W: B, P: B},
    Event.ENDED_BY_SHOPPER: {B: None, W: B, P: B},
    Event.QUEUE_TIMED_OUT: {B: None, W: B, P: None},
    Event.OPERATOR_WENT_QUIET: {B: None, W: None, P: B},
}
EVERY_PAIR = list(itertools.product(State, Event))
OFFERS = Offers(key="k" * 40)
SATISFACTION = Satisfaction(OFFERS, is_on=True)
RECEPTION = Reception(parse("", "UTC"), cool_down_s=900)


@pytest.fixture
def db(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'gateway.db'}", connections=1)
    begin_immediate(engine)
    with engine.begin() as connection:
        schema.upgrade(connection)
        yield connection
    engine.dispose()


def put(db, conversation_id, state, *, now=1.0):
    """Brings a new conversation into a state."""
    if state is not State.BOT:
        change(db, conversation_id, Event.ASKED, request=Request("T-1", "asked"), now=now)
    if state is State.PERSON:
        change(db, conversation_id, Event.TAKEN, operator="Ana", now=now)


@pytest.mark.parametrize(("state", "event"), EVERY_PAIR)
def test_every_event_in_every_state(state, event):
    assert next_state(state, event) == EXPECTED[event][state]


def test_every_state_is_reached_and_left():
    assert set(TRANSITIONS.values()) == set(State)
    assert {before for before, _ in TRANSITIONS} == set(State)
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize(("state", "event"), EVERY_PAIR)
def test_what_is_stored_is_what_the_table_says(db, state, event):
    conversation_id = conversations.create(db, channel="web", now=0.0)
    put(db, conversation_id, state)
    before = conversations.get(db, conversation_id)
    said, logged = items.history(db, conversation_id), db.execute(select(outbox_table)).all()
    done = change(db, conversation_id, event, operator="Bob", request=Request("T-2", "again"), now=2.0)
    after = conversations.get(db, conversation_id)
    expected = EXPECTED[event][state]
    assert state_of(after) is (expected or state)
    if expected is None:
        assert done is None
        assert after == before
        assert (items.history(db, conversation_id), db.execute(select(outbox_table)).all()) == (said, logged)
        return
    assert done.conversation == after
    assert (done.note is None) == (event is Event.ASKED)
    assert (handoffs.current(db, conversation_id) is None) == (expected is State.BOT)
    if expected is State.BOT:
        ended = handoffs.last_ended(db, conversation_id)
        assert (ended.ticket_id, ended.ended_as, ended.ended_at) == ("T-1", event.value, 2.0)
        assert ended.is_unanswered == (event in (Event.QUEUE_TIMED_OUT, Event.OPERATOR_WENT_QUIET))
        assert (after.handoff_ticket, after.handoff_reason, after.handoff_operator) == (None, None, None)
        assert outbox.oldest_of_each(db, now=3.0)[0].event["kind"] == "handoff_ended"


@pytest.mark.parametrize("event", [Event.QUEUE_TIMED_OUT, Event.OPERATOR_WENT_QUIET])
def test_a_ticket_that_nobody_answered_stays_open_until_somebody_takes_it(db, event):
    conversation_id = conversations.create(db, channel="web", now=0.0)
    put(db, conversation_id, W if event is Event.QUEUE_TIMED_OUT else P)
    note = change(db, conversation_id, event, now=2.0).note
    assert "**T-1** stays open" in note.text
    assert [handoff.ticket_id for handoff in handoffs.unanswered(db)] == ["T-1"]
    change(db, conversation_id, Event.TAKEN, operator="Ana", now=3.0)
    assert handoffs.unanswered(db) == []


def test_handoffs_of_an_older_gateway_are_adopted_once(db):
    waiting, taken, free = (conversations.create(db, channel="web", now=0.0) for _ in range(3))
    for conversation_id, operator in ((waiting, None), (taken, "Ana")):
        values = {"handoff_ticket": "T-7", "handoff_reason": "asked", "handoff_since": 5.0}
        conversations.change(db, conversation_id, **values, handoff_operator=operator)
    for _ in range(2):
        schema.upgrade(db)
    assert db.execute(select(func.count()).select_from(handoff_table)).scalar_one() == 2
    assert handoffs.current(db, waiting).taken_at is None
    assert handoffs.current(db, taken).operator_at == 5.0
    assert handoffs.current(db, free) is None
    assert change(db, waiting, Event.QUEUE_TIMED_OUT, now=6.0)
    assert handoffs.last_ended(db, waiting).ticket_id == "T-7"


def test_what_was_meant_for_a_person_who_left_is_not_stored(db):
    """So that it is decided again, and the bot answers it."""
    conversation_id = conversations.create(db, channel="web", now=0.0)
    put(db, conversation_id, W)
    ids = {"conversation_id": conversation_id, "message_id": str(uuid.uuid4()), "fingerprint": "f", "seq": 1}
    row = inbox.add(db, **ids, text="words", payload=None, now=1.0)
    outcome = Outcome(FOR_PERSON, events=({"kind": "shopper_message", "text": "words"},))
    change(db, conversation_id, Event.QUEUE_TIMED_OUT, now=2.0)
    savepoint = db.begin_nested()
    with pytest.raises(HandoffIsOver):
        store(db, row=row, outcome=outcome, offers=OFFERS, reception=RECEPTION, satisfaction=SATISFACTION, now=3.0)
    savepoint.rollback()
    assert inbox.unanswered(db) == [row]
    assert [event.event["kind"] for event in outbox.oldest_of_each(db, now=4.0)] == ["handoff_ended"]


class Life(RuleBasedStateMachine):
    """One conversation in which anything happens in any order. Every message has exactly one receiver: the bot, who
    answers it, or a person, who reads it."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.engine = make_engine(f"sqlite:///{Path(self.folder.name) / 'gateway.db'}", connections=1)
        begin_immediate(self.engine)
        self.now, self.asked, self.decided, self.changes = 1.0, {}, [], 0
        with self.engine.begin() as db:
            schema.upgrade(db)
            self.id = conversations.create(db, channel="web", now=0.0)

    def happens(self, event, **more):
        with self.engine.begin() as db:
            before = state_of(conversations.get(db, self.id))
            done = change(db, self.id, event, now=self.now, **more)
            assert (done is not None) == ((before, event) in TRANSITIONS)

    @rule(seconds=st.sampled_from([1, 60, 1000, 4000]))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def asked_for_a_person(self):
        self.happens(Event.ASKED, request=Request(f"T-{self.now}", "asked"))

    @rule(operator=st.sampled_from(["Ana", "Bob"]))
    def taken(self, operator):
        self.happens(Event.TAKEN, operator=operator)

    @rule(event=st.sampled_from([Event.RELEASED, Event.ENDED_BY_SHOPPER]))
    def ended(self, event):
        self.happens(event)

    @rule()
    def clock_is_looked_at(self):
        """Twice, as two gateways do: the second finds nothing to end."""
        limits = Limits(self.now - 900, self.now - 1800)
        with self.engine.begin() as db:
            time_out(db, self.id, limits=limits, now=self.now)
            assert time_out(db, self.id, limits=limits, now=self.now) is None

    @rule()
    def shopper_writes(self):
        """Accepted, and decided on what the gateway knows then; stored later."""
        with self.engine.begin() as db:
            message_id = str(uuid.uuid4())
            (own,), _ = items.append(db, self.id, [NewItem("shopper", "words", {}, message_id)], now=self.now)
            ids = {"conversation_id": self.id, "message_id": message_id, "fingerprint": "f", "seq": own.seq}
            row = inbox.add(db, **ids, text="words", payload=None, now=self.now)
            self.decided.append((row, self.decide(db, row)))

    def decide(self, db, row):
        if conversations.get(db, self.id).in_handoff:
            event = {"kind": "shopper_message", "text": row.text, "about_message_id": row.message_id}
            return Outcome(FOR_PERSON, events=(event,))
        return Outcome("answered", replies=(Reply("Here you are."),))

    @rule()
    def answer_is_stored(self):
        for row, outcome in self.decided:
            self.keep(row, outcome)
        self.decided = []

    def keep(self, row, outcome):
        try:
            with self.engine.begin() as db:
                parts = {"offers": OFFERS, "reception": RECEPTION, "satisfaction": SATISFACTION}
                store(db, row=row, outcome=outcome, now=self.now, **parts)
                somebody = conversations.get(db, self.id).in_handoff
                assert outcome.kind != FOR_PERSON or somebody, "a message went to nobody"
        except HandoffIsOver:
            with self.engine.begin() as db:
                again = self.decide(db, row)
            assert again.kind != FOR_PERSON  # deciding again ends: nothing else changed meanwhile
            self.keep(row, again)

    @invariant()
    def the_two_records_agree(self):
        with self.engine.begin() as db:
            conversation, open_one = conversations.get(db, self.id), handoffs.current(db, self.id)
            assert conversation.in_handoff == (open_one is not None)
            if open_one:
                assert open_one.operator == conversation.handoff_operator
                assert open_one.ticket_id == conversation.handoff_ticket

    def teardown(self):
        if not hasattr(self, "folder"):
            return
        self.answer_is_stored()
        self.now += 10_000
        with self.engine.begin() as db:
            heard = [row.event for row in db.execute(select(outbox_table.c.event))]
            assert inbox.unanswered(db) == []
            for item in items.history(db, self.id):
                if item.author == "shopper":
                    answered = [other for other in items.answers(db, self.id, item.message_id) if other.author == "bot"]
                    read = [event for event in heard if item.message_id in event]
                    assert len(answered) + len(read) == 1, "a message is lost or doubled"
            limits = Limits(self.now - 900, self.now - 1800)
            time_out(db, self.id, limits=limits, now=self.now)
            assert state_of(conversations.get(db, self.id)) is State.BOT, "a shopper waits for ever"
            assert [time_out(db, self.id, limits=limits, now=self.now + day) for day in range(3)] == [None] * 3
        self.engine.dispose()
        self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
