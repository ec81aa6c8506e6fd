"""Look-ups, and refusals that tell nothing."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from actions.access import NeedsIdentification, NeedsVerification
from actions.db.clock import utc_now
from actions.db.models import Attempt, Order
from actions.services import orders, tracking
from actions.services.money import Money
from actions.services.policy import Policy
from contract.settings import ROOT
from contract.wire import NotFound, TooMany

POLICY = Policy.load(ROOT / "data")
MIA, TOM = "demo-mia", "demo-tom"
PENDING, SHIPPED, DELIVERED, LATE = "#W0417301", "#W0411862", "#W0388120", "#W0402977"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("w2611340", "#W2611340"),
        ("2611340", "#W2611340"),
        ("#W2611340", "#W2611340"),
        (" # w 2611340.", "#W2611340"),
        ("order 2611340 please", "#W2611340"),
        ("２６１１３４０", "#W2611340"),
        ("w-0417301", "#W0417301"),
        ("357962501027", None),
        ("26113401", None),
        ("", None),
        ("W26113", None),
        ("'; DROP TABLE orders; --", None),
    ],
)
def test_normalise_order_id(text, number):
    assert orders.normalise_order_id(text) == number


@pytest.mark.parametrize("contact", ["mia.hansen@example.com", " MIA.Hansen@example.com. ", "97205", "97205-1234"])
def test_identify_by_mail_or_zip(session, contact):
    assert orders.identify(session, "w0417301", contact, conversation_id="t") == PENDING


def test_identify_by_foreign_zip(session):
    assert orders.identify(session, "0420118", "ls1 4dy", conversation_id="t") == "#W0420118"


@pytest.mark.parametrize(
    ("order_id", "contact"),
    [
        (PENDING, "tom.becker@example.com"),
        (PENDING, "97206"),
        (PENDING, ""),
        (PENDING, "%"),
        ("#W0999999", "mia.hansen@example.com"),
        ("#W0999999", ""),
        ("no number", "97205"),
    ],
)
def test_unknown_order_and_wrong_contact_read_the_same(session, order_id, contact):
    with pytest.raises(NotFound) as caught:
        orders.identify(session, order_id, contact, conversation_id="t")
    assert caught.value.message == orders.UNKNOWN_ORDER


def test_unknown_order_and_wrong_contact_take_the_same_time(shop):
    def probe(order_id: str, number: int) -> float:
        with shop.sessions() as session:
            start = time.perf_counter()
            with pytest.raises(NotFound):
                orders.identify(session, order_id, "x@example.com", conversation_id=f"{order_id}-{number}")
            return time.perf_counter() - start

    def difference(known: str, unknown: str) -> float:
        # In turns, so that a busy machine is unfair to neither; 15 are below the limit of an order.
        times = [(probe(known, number), probe(unknown, number)) for number in range(15)]
        return abs(statistics.median(one for one, _ in times) - statistics.median(other for _, other in times))

    rounds = ((PENDING, "#W0999999"), (SHIPPED, "#W0999998"), (DELIVERED, "#W0999997"))
    assert any(difference(known, unknown) < 0.010 for known, unknown in rounds)


def test_five_failures_close_the_conversation_even_for_the_right_answer(shop):
    for _ in range(5):
        with pytest.raises(NotFound), shop.sessions.begin() as session:
            orders.identify(session, PENDING, "wrong@example.com", conversation_id="t")
    with pytest.raises(TooMany), shop.sessions.begin() as session:
        orders.identify(session, PENDING, "97205", conversation_id="t")
    with shop.sessions.begin() as session:  # the owner, elsewhere, is not locked out
        assert orders.identify(session, PENDING, "97205", conversation_id="other") == PENDING


def test_failures_are_forgotten_after_a_while(shop):
    for _ in range(5):
        with pytest.raises(NotFound), shop.sessions.begin() as session:
            orders.identify(session, PENDING, "wrong", conversation_id="t")
    with shop.sessions.begin() as session:
        session.execute(update(Attempt).values(at=utc_now() - timedelta(minutes=16)))
    with shop.sessions.begin() as session:
        assert orders.identify(session, PENDING, "97205", conversation_id="t") == PENDING


def test_an_order_number_can_not_be_tried_from_many_conversations(shop):
    refused = []
    for number in range(25):
        try:
            with shop.sessions.begin() as session:
                orders.identify(session, PENDING, f"{number:05d}", conversation_id=f"talk-{number}")
        except (NotFound, TooMany) as error:
            refused.append(type(error))
    assert refused == [NotFound] * 20 + [TooMany] * 5


def test_parallel_guesses_are_counted_one_by_one(shop, at_once):
    def guess(number):
        with shop.sessions.begin() as session:
            return orders.identify(session, PENDING, f"{number:05d}", conversation_id="t")

    results = at_once(12, guess)
    assert sorted(type(result).__name__ for result in results) == ["NotFound"] * 5 + ["TooMany"] * 7


def test_get_order(session, people):
    view = orders.get_order(session, people.identified(PENDING), "0417301", POLICY)
    assert (view.order_id, view.status, view.possible) == (
        PENDING,
        "pending",
        ("cancel", "items", "quantity", "address", "payment"),
    )
    assert [item.name for item in view.items] == ["Tempo Road Running Shoes", "Spring Insulated Water Bottle"]
    assert view.total == Money(10900 + 2700, "USD")
    assert view.payment_method == "Visa ending in 4242"
    assert (view.shipping_city, view.country) == ("Portland", "USA")
    assert view.placed_at is not None and view.placed_at < utc_now()


def test_a_verified_customer_sees_only_own_orders(session, people):
    assert orders.get_order(session, people.verified(MIA), PENDING, POLICY).order_id == PENDING
    for order_id in (LATE, "#W0999999", "nonsense"):
        with pytest.raises(NotFound) as caught:
            orders.get_order(session, people.verified(MIA), order_id, POLICY)
        assert caught.value.message == orders.UNKNOWN_ORDER


def test_anonymous_and_unverified_see_nothing(session, people):
    for order_id in (PENDING, "#W0999999"):
        with pytest.raises(NeedsIdentification):
            orders.get_order(session, people.anonymous(), order_id, POLICY)
    with pytest.raises(NeedsIdentification):
        orders.get_order(session, people.identified(SHIPPED), PENDING, POLICY)


def test_list_orders(session, people):
    found = orders.list_orders(session, people.verified(MIA), POLICY)
    assert [order.order_id for order in found] == [PENDING, SHIPPED, DELIVERED]
    assert len(orders.list_orders(session, people.verified(MIA), POLICY, limit=1)) == 1
    for viewer in (people.anonymous(), people.identified(PENDING)):
        with pytest.raises(NeedsVerification):
            orders.list_orders(session, viewer, POLICY)


def test_tracking_of_a_late_parcel(session, people):
    view = tracking.tracking(session, people.identified(LATE), LATE)
    assert view.late and view.status == "shipped" and view.carrier
    assert "Delayed" in view.events[0].text
    assert [event.at for event in view.events] == sorted((event.at for event in view.events), reverse=True)
    assert view.eta is not None and view.eta < utc_now()


def test_tracking_of_parcels_that_are_not_late(session, people):
    on_its_way = tracking.tracking(session, people.identified(SHIPPED), SHIPPED)
    assert not on_its_way.late and on_its_way.tracking_number and on_its_way.delivered_at is None
    arrived = tracking.tracking(session, people.identified(DELIVERED), DELIVERED)
    assert not arrived.late and arrived.delivered_at is not None and arrived.events[0].text == "Delivered"
    not_yet = tracking.tracking(session, people.identified(PENDING), PENDING)
    assert (not_yet.carrier, not_yet.events, not_yet.late) == (None, (), False)


def test_tracking_of_an_overdue_order_that_never_left(shop, people):
    with shop.sessions.begin() as session:
        session.get_one(Order, PENDING).promised_at = utc_now().replace(year=2020)
    with shop.reading.begin() as session:
        assert tracking.tracking(session, people.identified(PENDING), PENDING).late
