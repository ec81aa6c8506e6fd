"""Something went wrong with an order: what the bot knows of it, and the ticket that holds the order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.db.clock import utc_now
from actions.db.models import Order, OrderItem, Payment, Shipment, Ticket, Variant

MIA, TOM = "demo-mia", "demo-tom"
PENDING, SHIPPED, DELIVERED, LATE = "#W0417301", "#W0411862", "#W0388120", "#W0402977"


def report(talk, text, intent, **entities):
    talk.hear(text, intent, **entities)
    found = talk.act("action_report")
    assert talk.slots["next_flow"] == "order", found.text
    talk.begin("order_form")


def facts(talk):
    assert talk.form is None
    return talk.act("action_report_facts")


@pytest.mark.parametrize("intent", ["missing_parcel", "missing_item", "wrong_charge", "payment_issue", "price_match"])
def test_what_to_do_in_such_a_case_is_answered(talk, intent):
    talk.hear("what do I do when that happens?", intent)
    answer = talk.act("action_report")
    assert answer.sources and "Open a ticket about this" in answer.buttons and talk.slots["next_flow"] is None


def test_a_payment_that_fails_needs_no_order(talk):
    talk.hear("my payment does not go through", "payment_issue")
    assert talk.act("action_report").sources and talk.slots["next_flow"] is None


def test_a_parcel_that_is_said_to_be_there_and_the_ticket(talk):
    talk.customer_id = MIA
    report(talk, f"{DELIVERED} says delivered but I don't have it", "missing_parcel", order_id=DELIVERED)
    said = facts(talk)
    assert "was delivered" in said.text and "neighbours" in said.text
    talk.press(said.buttons["Open a ticket about this"])
    talk.act("action_complaint")
    talk.begin("ticket_form")
    talk.hear("The neighbours have nothing either, please search for it.", "inform").validate()
    talk.act("action_open_ticket")
    with talk.shop.reading.begin() as session:
        (ticket,) = session.scalars(select(Ticket)).all()
        assert (ticket.order_id, ticket.subject) == (DELIVERED, "My parcel is missing")


def test_a_stranger_must_know_the_order(talk):
    report(talk, f"my parcel {DELIVERED} never came", "missing_parcel", order_id=DELIVERED)
    assert talk.asks == "contact"
    talk.hear("97205", "inform", zip_code="97205").validate()
    assert "was delivered" in facts(talk).text


def test_somebody_elses_order_is_no_ones(talk):
    talk.customer_id = TOM
    talk.hear(f"my parcel {DELIVERED} never came", "missing_parcel", order_id=DELIVERED)
    talk.act("action_report")
    assert "can't find an order" in talk.begin("order_form").text
    assert talk.act("action_report_facts").text == ""


@pytest.mark.parametrize(
    ("customer", "order", "words"),
    [
        (MIA, PENDING, "can't be there yet"),
        (MIA, SHIPPED, "still has time"),
        (TOM, LATE, "has the carrier search for it"),
        ("demo-aisha", "#W0420118", "is cancelled"),
    ],
)
def test_every_state_has_its_own_advice(talk, customer, order, words):
    talk.customer_id = customer
    report(talk, f"where is my parcel, it is lost {order}", "missing_parcel", order_id=order)
    assert words in facts(talk).text


def test_what_is_in_which_parcel(talk):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        parcel = session.scalars(select(Shipment).where(Shipment.order_id == DELIVERED)).one()
        parcel.lines = [1]
        session.add(Shipment(order_id=DELIVERED, carrier="Post", tracking_number="PX1", lines=[2], shipped_at=None))
    report(talk, f"the leggings are missing from {DELIVERED}", "missing_item", order_id=DELIVERED)
    said = facts(talk).text
    assert "comes in 2 parcels" in said and "PX1 (on its way): " in said and "Leggings" in said
    assert "is missing, open a ticket and name it" in said


def test_a_part_that_is_still_to_come(talk):
    talk.customer_id = TOM
    with talk.shop.writing.begin() as session:
        session.scalars(select(Shipment).where(Shipment.order_id == LATE)).one().lines = []
    report(talk, f"something is missing in {LATE}", "missing_item", order_id=LATE)
    assert "not shipped yet: " in facts(talk).text


def test_nothing_was_shipped_so_nothing_can_be_missing(talk):
    talk.customer_id = MIA
    report(talk, f"an item of {PENDING} is missing", "missing_item", order_id=PENDING)
    assert "Nothing of order **#W0417301** has been shipped yet" in facts(talk).text


def test_what_was_booked_for_an_order(talk):
    talk.customer_id = MIA
    report(talk, f"I was charged wrongly for {DELIVERED}", "wrong_charge", order_id=DELIVERED)
    said = facts(talk)
    assert "with Visa ending in 4242: paid on" in said.text and "reservation" in said.text
    assert "Pay another way" not in said.buttons, "it is delivered"


def test_a_charge_that_was_made_twice_is_seen(talk):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        paid = session.scalars(select(Payment).where(Payment.order_id == DELIVERED)).one()
        session.add(
            Payment(
                order_id=DELIVERED,
                payment_method_id=paid.payment_method_id,
                amount_minor=paid.amount_minor,
                currency=paid.currency,
                paid_at=paid.paid_at,
            )
        )
    report(talk, f"you took the money twice for {DELIVERED}", "wrong_charge", order_id=DELIVERED)
    assert "was booked twice" in facts(talk).text


def test_a_payment_that_is_still_due(talk):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        session.scalars(select(Payment).where(Payment.order_id == PENDING)).one().state = "due"
    report(talk, f"the payment for {PENDING} failed", "payment_issue", order_id=PENDING)
    said = facts(talk)
    assert "not collected yet" in said.text and "Pay another way" in said.buttons


def test_it_of_the_order_that_was_spoken_of(talk):
    talk.customer_id = MIA
    talk.slots["last_order"] = DELIVERED
    report(talk, "it never arrived", "missing_parcel")
    assert "was delivered" in facts(talk).text


@pytest.mark.parametrize(
    ("days_ago", "less", "words"),
    [
        (1, 500, "we pay the difference: open a ticket"),
        (40, 500, "older than 14 days"),
        (1, 0, "costs less today than you paid"),
    ],
)
def test_a_price_that_fell(talk, days_ago, less, words):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        order, line = session.get_one(Order, PENDING), session.get_one(OrderItem, (PENDING, 2))
        order.placed_at = utc_now() - timedelta(days=days_ago)
        for item in session.scalars(select(OrderItem).where(OrderItem.order_id == PENDING)):
            session.get_one(Variant, item.variant_id).price_minor = item.unit_price_minor
        session.get_one(Variant, line.variant_id).price_minor -= less
    report(talk, f"the price of what I bought in {PENDING} fell", "price_match", order_id=PENDING)
    said = facts(talk)
    assert words in said.text and "Open a ticket about this" in said.buttons
    assert ("**$5.00** less" in said.text) is bool(less)
