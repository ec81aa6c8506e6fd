"""Ordering in the chat: the whole way, and what goes wrong."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
from sqlalchemy import select

from actions import runtime
from actions.db.models import GiftCard, Interaction, Order, Payment, Variant

MIA = "demo-mia"
BLUE_500 = "spring-water-bottle-01"


@pytest.fixture
def mia(talk):
    talk.customer_id = MIA
    return talk


def start(talk, text, **entities):
    talk.hear(text, "place_order", **entities)
    found = talk.act("action_place_order")
    assert talk.slots["next_flow"] == "buy", found.text
    return talk.begin("buy_form")


def ask(talk):
    name = {"method": "buy_form_method", "confirm": "buy_form_confirm"}.get(talk.asks, talk.asks)
    return talk.act(f"action_ask_{name}")


def orders(talk):
    with talk.shop.reading.begin() as session:
        return list(session.scalars(select(Order).where(Order.source == "chat")))


def variant(talk, variant_id=BLUE_500):
    with talk.shop.reading.begin() as session:
        return session.get_one(Variant, variant_id).stock


def test_from_the_wish_to_the_order(mia):
    start(mia, "I want to buy a water bottle", product="water bottle")
    assert mia.asks == "buy_variant"
    which = ask(mia)
    assert "500ml, blue ($27.00)" in which.buttons
    mia.press(which.buttons["500ml, blue ($27.00)"]).validate()
    assert mia.asks == "confirm", "the gift card holds too little, so only one way to pay is left"
    read_back = ask(mia)
    assert "1 × Spring Insulated Water Bottle** (500ml, blue)" in read_back.text and "$27.00" in read_back.text
    assert "Visa ending in 4242" in read_back.text and "14 Alder Street" in read_back.text
    before = variant(mia)
    mia.press(read_back.buttons["Yes, order it"]).validate()
    done = mia.act("action_buy")
    (order,) = orders(mia)
    assert done.text.startswith(f"Done: your order is **{order.id}**") and mia.slots["last_order"] == order.id
    assert (order.status, order.customer_id, order.total_minor, order.ship_city) == ("pending", MIA, 2700, "Portland")
    assert variant(mia) == before - 1
    with mia.shop.reading.begin() as session:
        assert [p.state for p in session.scalars(select(Payment).where(Payment.order_id == order.id))] == ["due"]
        bought = session.scalars(select(Interaction).where(Interaction.order_id == order.id)).one()
        assert (bought.kind, bought.product_id) == ("purchase", "spring-water-bottle")
    assert len(mia.sent(f"Your order {order.id}")) == 1


def test_everything_at_once_and_a_gift_card_that_covers(mia):
    with mia.shop.writing.begin() as session:
        session.get_one(GiftCard, "gift_card_demo-mia").balance_minor = 10_000
    start(
        mia, "order 2 water bottles in coral, 750ml", product="water bottles", quantity="2", color="coral", size="750ml"
    )
    assert mia.asks == "method"
    mia.hear("gift card", "inform", payment_method="gift card").validate()
    assert "2 × Spring Insulated Water Bottle** (750ml, coral) for **$62.00**, paid with gift card" in ask(mia).text
    mia.hear("yes", "affirm").validate()
    mia.act("action_buy")
    with mia.shop.reading.begin() as session:
        assert session.get_one(GiftCard, "gift_card_demo-mia").balance_minor == 10_000 - 6_200


def test_a_correction_before_the_yes(mia):
    start(mia, "order a water bottle in blue, 500ml", product="water bottle", color="blue", size="500ml")
    assert mia.asks == "confirm"
    mia.hear("make it black", "refine_search", color="black").validate()
    assert mia.asks == "confirm" and "(500ml, black)" in ask(mia).text
    mia.hear("3 of them please", "inform", quantity="3").validate()
    assert mia.asks == "confirm" and "3 × " in ask(mia).text
    assert orders(mia) == []


def test_a_stranger_proves_who_it_is_first(talk):
    start(talk, "order a water bottle in blue, 500ml", product="water bottle", color="blue", size="500ml")
    assert talk.asks == "contact"
    talk.hear("mia.hansen@example.com").validate()
    talk.hear(talk.code()).validate()
    assert talk.asks == "confirm" and "14 Alder Street" in ask(talk).text


def test_a_no_orders_nothing(mia):
    start(mia, "order a water bottle in blue, 500ml", product="water bottle", color="blue", size="500ml")
    mia.hear("no thanks", "deny").validate()
    assert mia.form is None and "ordered nothing" in mia.act("action_buy").text and orders(mia) == []


def test_the_last_piece_that_goes_before_the_yes(mia):
    start(mia, "order a water bottle in blue, 500ml", product="water bottle", color="blue", size="500ml")
    with mia.shop.writing.begin() as session:
        session.get_one(Variant, BLUE_500).stock = 0
    mia.hear("yes", "affirm").validate()
    outcome = mia.act("action_buy")
    assert "only 0" in outcome.text or "sold out" in outcome.text
    assert "Nothing was ordered" in outcome.text and orders(mia) == [] and not mia.sent("Your order #W")


@pytest.mark.parametrize("pieces", ["99", "11"])
def test_too_many_pieces(mia, pieces):
    start(mia, f"order {pieces} water bottles in blue, 500ml", product="water bottles", quantity=pieces)
    if mia.asks == "buy_variant":
        mia.hear("blue, 500ml", "inform", color="blue", size="500ml").validate()
    assert mia.form is None
    assert "Nothing was ordered" in mia.act("action_buy").text and orders(mia) == []


def test_a_repeated_call_orders_once(mia):
    start(mia, "order a water bottle in blue, 500ml", product="water bottle", color="blue", size="500ml")
    mia.hear("yes", "affirm").validate()
    call = mia.call("action_buy")
    first = mia.act("action_buy")
    assert [mia.repeat(call).text for _ in range(3)] == [first.text] * 3
    assert len(orders(mia)) == 1


def test_a_shop_that_sells_on_its_pages_only(talk, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(talk.shop.settings.data_dir, data)
    policy = data / "shop" / "policy.yml"
    policy.write_text(policy.read_text("utf-8").replace("in_chat: true", "in_chat: false"), "utf-8")
    shop = runtime.Runtime.of(dataclasses.replace(talk.shop.settings, data_dir=str(data)))
    runtime.use(shop)
    talk.hear("I want to buy a water bottle", "place_order", product="water bottle")
    outcome = talk.act("action_place_order")
    assert "(https://shop.example.com/" in outcome.text and "no orders or payments" in outcome.text
    assert talk.slots["next_flow"] is None
    shop.close()
