"""More or fewer pieces of an item: stock and money move with it, and what goes wrong."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from actions.changes.quantities import pieces_in
from actions.db.models import GiftCard, Order, OrderChange, OrderItem, Payment, Refund, Variant

MIA, PENDING = "demo-mia", "#W0417301"


@pytest.fixture
def mia(talk):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        variant_id = session.get_one(OrderItem, (PENDING, 2)).variant_id
        session.get_one(Variant, variant_id).stock = 5
        session.get_one(GiftCard, "gift_card_demo-mia").balance_minor = 0
    return talk


def start(talk, text, **entities):
    return talk.hear(text, "change_order_items", order_id=PENDING, **entities).begin("change_form")


def order(talk):
    with talk.shop.reading.begin() as session:
        row, line = session.get_one(Order, PENDING), session.get_one(OrderItem, (PENDING, 2))
        return row.total_minor, line.quantity, session.get_one(Variant, line.variant_id).stock


def pay(talk):
    """Picks the card where it is asked for."""
    if talk.asks == "method":
        talk.hear("with my visa", "inform", payment_method="visa").validate()


def agree(talk):
    talk.hear("yes", "affirm").validate()
    assert talk.form is None
    return talk.act("action_make_change")


def test_two_more(mia):
    total, pieces, _ = order(mia)
    start(mia, f"2 more of the water bottle in {PENDING} please", product="water bottle", quantity="2")
    pay(mia)
    said = mia.act("action_ask_confirm").text
    assert (
        f"**{pieces + 2} × Spring Insulated Water Bottle** instead of {pieces}" in said
        and "Visa ending in 4242" in said
    )
    assert "Done: order **#W0417301** has 3 × Spring" in agree(mia).text
    now, after, stock = order(mia)
    assert after == pieces + 2 and stock == 3 and now > total
    with mia.shop.reading.begin() as session:
        rows = session.scalars(select(OrderItem).where(OrderItem.order_id == PENDING)).all()
        assert now == sum(row.unit_price_minor * row.quantity for row in rows)
        assert now - total in [row.amount_minor for row in session.scalars(select(Payment)).all() if row.state == "due"]
        (change,) = session.scalars(select(OrderChange)).all()
        assert (change.kind, change.details["from"], change.details["to"]) == ("quantity", pieces, pieces + 2)
    assert len(mia.sent("Order #W0417301 is changed")) == 1


def test_fewer_again_sends_money_and_pieces_back(mia):
    start(mia, f"make the water bottle in {PENDING} 3 instead of 1", product="water bottle")
    pay(mia)
    agree(mia)
    start(mia, f"one less of the water bottle in {PENDING}", product="water bottle")
    pay(mia)
    assert "would go back to" in mia.act("action_ask_confirm").text
    agree(mia)
    assert order(mia)[1:] == (2, 4)
    with mia.shop.reading.begin() as session:
        assert [row.cause for row in session.scalars(select(Refund).where(Refund.order_id == PENDING))] == [
            "quantity 2"
        ]


def test_what_is_missing_is_asked(mia):
    start(mia, f"change the quantity in {PENDING}")
    assert mia.asks == "items"
    asked = mia.act("action_ask_items")
    mia.press(next(payload for title, payload in asked.buttons.items() if "Bottle" in title)).validate()
    assert mia.asks == "quantity"
    mia.press(mia.act("action_ask_quantity").buttons["2"]).validate()
    pay(mia)
    assert mia.asks == "confirm"
    mia.hear("no, make it 3", "change_order_items").validate()
    pay(mia)
    assert "**3 × " in mia.act("action_ask_confirm").text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("0", "can't take an item out"),
        ("-2", "1 to 10 pieces"),
        ("500", "1 to 10 pieces"),
        ("1", "It is 1 already"),
        ("9", "only 5 more of these in stock"),
        ("many", "I need a number"),
    ],
)
def test_numbers_that_cannot_be(mia, answer, words):
    start(mia, f"change the quantity of the water bottle in {PENDING}", product="water bottle")
    assert mia.asks == "quantity"
    assert words in mia.hear(answer, "inform").validate().text and mia.asks == "quantity"


def test_stock_that_vanished_between_read_back_and_yes(mia):
    before = order(mia)
    start(mia, f"2 more of the water bottle in {PENDING}", product="water bottle")
    pay(mia)
    with mia.shop.writing.begin() as session:
        session.get_one(Variant, session.get_one(OrderItem, (PENDING, 2)).variant_id).stock = 1
    assert "only 1 more of these in stock. Nothing was changed." in agree(mia).text
    assert order(mia)[:2] == before[:2]


def test_a_delivered_order_keeps_its_number(mia):
    mia.hear("2 more of them in #W0388120", "change_order_items", order_id="#W0388120").begin("change_form")
    assert mia.form is None
    assert "already been delivered" in mia.act("action_make_change").text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("make it 3", 3),
        ("two more please", 4),
        ("I'd like to have 2 pieces more of the mugs", 4),
        ("one piece less", 1),
        ("another one", 3),
        ("please add two pieces of the mugs", 4),
        ("an extra two", 4),
        ("one less", 1),
        ("remove one", 1),
        ("I only need one", 1),
        ("4 pieces", 4),
        ("five", 5),
        ("3 instead of 2", 3),
        ("in blue please", None),
        ("order #W1234567", None),
    ],
)
def test_how_numbers_are_said(text, pieces):
    assert pieces_in(text, 2) == pieces
