"""Returns, exchanges, other items, another address, another way to pay: the whole way each, and what goes wrong."""

from __future__ import annotations

import dataclasses
import json

import pytest
from sqlalchemy import select

from actions import runtime
from actions.db.models import GiftCard, Order, OrderChange, OrderItem, Payment, Refund, Return, Variant

MIA, TOM = "demo-mia", "demo-tom"
PENDING, SHIPPED, DELIVERED, TOMS = "#W0417301", "#W0411862", "#W0388120", "#W0419950"


@pytest.fixture
def mia(talk):
    talk.customer_id = MIA
    return talk


@pytest.fixture
def tom(talk):
    talk.customer_id = TOM
    return talk


def ask(talk):
    """What the form asks now."""
    action = f"action_ask_{talk.asks}"
    return talk.act(action)


def start(talk, text, intent, **entities):
    return talk.hear(text, intent, **entities).begin("change_form")


def press(talk, outcome, title):
    return talk.press(outcome.buttons[title]).validate()


def agree(talk):
    talk.hear("yes please", "affirm").validate()
    assert talk.form is None
    return talk.act("action_make_change")


def rows(talk, table, order_id=None):
    with talk.shop.reading.begin() as session:
        query = select(table)
        return list(session.scalars(query.where(table.order_id == order_id) if order_id else query))


def stock(talk, variant_id):
    with talk.shop.reading.begin() as session:
        return session.get_one(Variant, variant_id).stock


def item(talk, order_id, line):
    with talk.shop.reading.begin() as session:
        return session.get_one(OrderItem, (order_id, line))


# --- returns


def test_a_return_from_the_first_word_to_the_mail(mia, status_of):
    start(mia, f"I want to return something from {DELIVERED}", "return_item", order_id=DELIVERED)
    assert mia.asks == "items"
    which = ask(mia)
    assert set(which.buttons) == {"Pulse Wireless Earbuds (white)", "Flow High-Rise Leggings (black, XS)", "All of it"}
    press(mia, which, "Flow High-Rise Leggings (black, XS)")
    assert mia.asks == "reason"
    press(mia, ask(mia), "It doesn't fit")
    assert mia.asks == "method"
    where = ask(mia)
    assert set(where.buttons) == {"Visa ending in 4242", "Gift card ($25.00)"}
    press(mia, where, "Visa ending in 4242")
    read_back = ask(mia)
    assert "$44.00" in read_back.text and "Visa ending in 4242" in read_back.text and "Leggings" in read_back.text
    assert rows(mia, Return, DELIVERED) == []
    press(mia, read_back, "Yes, send it back")
    done = mia.act("action_make_change")
    assert done.text.startswith("Done: your return") and status_of(DELIVERED) == "return_requested"
    (row,) = rows(mia, Return, DELIVERED)
    assert (row.lines, row.refund_minor, row.payment_method_id) == ([2], 4400, "credit_card_demo-mia")
    assert row.reason == "it doesn't fit" and rows(mia, Refund, DELIVERED) == []
    assert len(mia.sent("Your return of order")) == 1
    assert mia.slots["change"] is None and mia.slots["items"] is None


def test_a_return_to_a_gift_card_with_everything_said_at_once(mia):
    text = f"send back the earbuds of {DELIVERED} because it is faulty, money to my gift card please"
    start(mia, text, "return_item", order_id=DELIVERED, product="earbuds")
    assert mia.asks == "confirm"
    read_back = ask(mia)
    assert "Earbuds" in read_back.text and "gift card" in read_back.text
    assert "gift card, at once" in agree(mia).text
    (row,) = rows(mia, Return, DELIVERED)
    assert (row.lines, row.payment_method_id) == ([1], "gift_card_demo-mia")


def test_the_refund_of_a_return_is_told_before_the_parcel_is_back(mia):
    start(mia, f"return everything from {DELIVERED}, I changed my mind", "return_item", order_id=DELIVERED)
    mia.hear("back to my visa", "inform").validate()
    assert "$123.00" in agree(mia).text
    mia.hear("where is my refund", "track_refund").slots["order_id"] = DELIVERED
    assert "as soon as" in mia.act("action_track_refund").text


@pytest.mark.parametrize(
    ("order_id", "words", "way_on"),
    [(PENDING, "still being prepared", "Cancel it"), (SHIPPED, "has already been shipped", "Where is it?")],
)
def test_what_cannot_be_sent_back_is_said_with_a_way_on(mia, order_id, words, way_on):
    start(mia, f"return {order_id}", "return_item", order_id=order_id)
    assert mia.form is None
    outcome = mia.act("action_make_change")
    assert words in outcome.text and way_on in outcome.buttons and "Talk to a person" in outcome.buttons


def test_after_the_window_the_rule_is_named(mia, monkeypatch):
    from datetime import timedelta

    from actions.services import eligibility

    now = eligibility.utc_now()
    monkeypatch.setattr(eligibility, "utc_now", lambda: now + timedelta(days=60))
    start(mia, f"return {DELIVERED}", "return_item", order_id=DELIVERED)
    assert "the 30 days for sending back are over" in mia.act("action_make_change").text


def test_a_question_is_answered_by_the_rules_first(mia):
    begun = start(mia, "how do I send something back?", "return_item")
    assert begun.sources and "30 days" in begun.text and mia.asks == "order_id"
    assert list(ask(mia).buttons) == [f"{DELIVERED}: Pulse Wireless Earbuds (white) and more"]


def test_the_order_is_found_by_what_was_in_it(mia):
    start(mia, "I want to return the leggings", "return_item", product="leggings")
    assert (mia.slots["order_id"], mia.slots["items"], mia.asks) == (DELIVERED, [2], "reason")


# --- exchange


def test_an_exchange_sets_the_new_one_aside(mia, status_of):
    before = stock(mia, "high-rise-leggings-03")
    start(mia, f"exchange the leggings from {DELIVERED} for a size M", "exchange_item", order_id=DELIVERED, size="M")
    assert mia.asks == "confirm"
    read_back = ask(mia)
    assert "becomes **black, M**" in read_back.text and "price stays the same" in read_back.text
    done = agree(mia)
    assert done.text.startswith("Done: the exchange") and status_of(DELIVERED) == "exchange_requested"
    assert stock(mia, "high-rise-leggings-03") == before - 1
    (change,) = rows(mia, OrderChange, DELIVERED)
    assert change.kind == "exchange"
    wanted = {"line": 2, "from": "high-rise-leggings-01", "to": "high-rise-leggings-03"}
    assert change.details["items"] == [wanted]
    assert item(mia, DELIVERED, 2).variant_id == "high-rise-leggings-01", "what was delivered stays on record"


def test_a_correction_before_the_yes(mia):
    start(mia, f"exchange the leggings from {DELIVERED} for a size M", "exchange_item", order_id=DELIVERED, size="M")
    assert mia.asks == "confirm"
    mia.hear("no, make that an L", "refine_search", size="L").validate()
    assert mia.asks == "confirm" and "becomes **black, L**" in ask(mia).text
    mia.hear("actually in teal", "refine_search", color="teal").validate()
    assert mia.asks == "confirm" and "becomes **teal, L**" in ask(mia).text
    assert rows(mia, OrderChange, DELIVERED) == []


def test_what_is_sold_out_is_said_and_others_are_offered(mia):
    start(mia, f"exchange the leggings from {DELIVERED}", "exchange_item", order_id=DELIVERED)
    assert mia.asks == "variants"
    outcome = mia.hear("in plum, XS", "inform", color="plum").validate()
    assert mia.asks == "variants" and outcome.text
    offered = ask(mia)
    assert offered.buttons and all("plum" in title for title in offered.buttons if title)


def test_stock_that_vanishes_before_the_yes(mia, status_of):
    start(mia, f"exchange the leggings from {DELIVERED} for a size M", "exchange_item", order_id=DELIVERED, size="M")
    with mia.shop.writing.begin() as session:
        session.get_one(Variant, "high-rise-leggings-03").stock = 0
    outcome = agree(mia)
    assert "sold out in the meantime" in outcome.text and "Nothing was changed" in outcome.text
    assert status_of(DELIVERED) == "delivered" and rows(mia, OrderChange, DELIVERED) == []
    assert not mia.sent("Your exchange")


def test_an_exchange_forbids_a_return(mia):
    start(mia, f"exchange the leggings from {DELIVERED} for a size M", "exchange_item", order_id=DELIVERED, size="M")
    agree(mia)
    start(mia, f"return {DELIVERED}", "return_item", order_id=DELIVERED)
    assert "has an exchange under way" in mia.act("action_make_change").text


# --- items of a pending order


def test_another_variant_with_a_difference_is_paid_and_moves_stock(mia):
    old, new = stock(mia, "spring-water-bottle-01"), stock(mia, "spring-water-bottle-09")
    start(mia, f"make the bottle in {PENDING} 1000ml", "change_order_items", order_id=PENDING, size="1000ml")
    assert mia.asks == "method"
    how = ask(mia)
    assert "$8.00 more" in how.text and set(how.buttons) == {"Visa ending in 4242", "Gift card ($25.00)"}
    press(mia, how, "Gift card ($25.00)")
    assert "$8.00** more would be paid with gift card" in ask(mia).text
    assert agree(mia).text.startswith("Done: order")
    changed = item(mia, PENDING, 2)
    assert (changed.variant_id, changed.unit_price_minor) == ("spring-water-bottle-09", 3500)
    assert stock(mia, "spring-water-bottle-01") == old + 1 and stock(mia, "spring-water-bottle-09") == new - 1
    with mia.shop.reading.begin() as session:
        assert session.get_one(Order, PENDING).total_minor == 14400
        assert session.get_one(GiftCard, "gift_card_demo-mia").balance_minor == 1700
    assert [(p.amount_minor, p.state) for p in rows(mia, Payment, PENDING)] == [(13600, "paid"), (800, "paid")]


def test_a_second_change_of_items_is_for_a_person(mia):
    start(mia, f"make the bottle in {PENDING} black", "change_order_items", order_id=PENDING, color="black")
    agree(mia)
    start(mia, f"make the bottle in {PENDING} white", "change_order_items", order_id=PENDING, color="white")
    outcome = mia.act("action_make_change")
    assert "changed once already" in outcome.text and "Talk to a person" in outcome.buttons


def test_a_gift_card_that_does_not_cover_the_difference(mia):
    with mia.shop.writing.begin() as session:
        session.get_one(GiftCard, "gift_card_demo-mia").balance_minor = 100
    start(mia, f"make the bottle in {PENDING} 1000ml", "change_order_items", order_id=PENDING, size="1000ml")
    outcome = mia.hear("gift card", "inform", payment_method="gift card").validate()
    assert "does not cover $8.00" in outcome.text and mia.asks == "method"
    mia.hear("visa then", "inform", payment_method="visa").validate()
    agree(mia)
    assert [(p.amount_minor, p.state) for p in rows(mia, Payment, PENDING)] == [(13600, "paid"), (800, "due")]


def test_cancelling_after_a_difference_that_was_not_collected_refunds_what_was_paid(mia):
    start(mia, f"make the bottle in {PENDING} 1000ml", "change_order_items", order_id=PENDING, size="1000ml")
    mia.hear("visa", "inform", payment_method="visa").validate()
    agree(mia)
    start(mia, f"cancel {PENDING}, ordered by mistake", "cancel_order", order_id=PENDING)
    assert "$136.00" in agree(mia).text
    assert sorted(p.state for p in rows(mia, Payment, PENDING)) == ["paid", "void"]
    assert [r.amount_minor for r in rows(mia, Refund, PENDING)] == [13600]


# --- address


def test_a_new_address(mia):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    assert mia.asks == "address"
    assert "street" in ask(mia).text
    wrong = mia.hear("somewhere in Portland", "inform").validate()
    assert "whole address" in wrong.text and mia.asks == "address"
    mia.hear("99 Birch Road, Apt 4, Salem, OR 97301", "inform").validate()
    read_back = ask(mia)
    assert "99 Birch Road, Apt 4, Salem, OR 97301, USA" in read_back.text and "14 Alder Street" in read_back.text
    assert "99 Birch Road" in agree(mia).text
    with mia.shop.reading.begin() as session:
        order = session.get_one(Order, PENDING)
        assert (order.ship_line1, order.ship_line2, order.ship_city) == ("99 Birch Road", "Apt 4", "Salem")
        assert (order.ship_state, order.ship_zip, order.ship_country) == ("OR", "97301", "USA")
    assert len(mia.sent("New address of order")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "12 Main St, <script>alert(1)</script>, Salem, OR 97301",
        "12 Main St, Salem",
        "https://evil.example/12, Salem, 97301",
        "x" * 500 + " 1, Salem, OR 97301",
    ],
)
def test_what_is_no_address_changes_nothing(mia, text):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    mia.hear(text, "inform").validate()
    assert mia.asks == "address" and mia.slots["address"] is None


@pytest.mark.parametrize(
    "text", ["1 <script>alert(1)</script> Street, Austin, TX 73301", "12 Main St, {Salem}, OR 97301, please"]
)
def test_who_meant_an_address_is_asked_for_it_again_whatever_was_predicted(mia, text):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    outcome = mia.hear(text, "edit_account").validate()
    assert not outcome.is_rejected and "I need the whole address" in outcome.text and mia.asks == "address"


def test_another_country_is_refused_with_the_rule(mia):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    outcome = mia.hear("10 High Street, Leeds, LS1 4DY, UK", "inform").validate()
    assert "within USA" in outcome.text and mia.asks == "address"


# --- payment


def test_paying_another_way(tom):
    start(tom, f"pay {TOMS} with paypal instead", "change_payment_method", order_id=TOMS, payment_method="paypal")
    read_back = ask(tom)
    assert "with **PayPal**" in read_back.text and "gift card goes back there" in read_back.text
    assert "goes back there, at once" in agree(tom).text
    assert [(p.amount_minor, p.state) for p in rows(tom, Payment, TOMS)] == [(9900, "replaced"), (9900, "due")]
    with tom.shop.reading.begin() as session:
        assert session.get_one(GiftCard, "gift_card_demo-tom").balance_minor == 7500 + 9900
        assert session.get_one(Order, TOMS).payment_method_id == "paypal_demo-tom"


def test_a_gift_card_that_does_not_cover_the_order(mia):
    start(mia, f"change how I pay {PENDING}", "change_payment_method", order_id=PENDING)
    outcome = mia.hear("with my gift card", "inform", payment_method="gift card").validate()
    assert "holds $25.00, which does not cover $136.00" in outcome.text and mia.asks == "method"


# --- what they have in common


def test_a_repeated_call_does_it_once_and_says_the_same(mia):
    start(mia, f"exchange the leggings from {DELIVERED} for a size M", "exchange_item", order_id=DELIVERED, size="M")
    mia.hear("yes", "affirm").validate()
    call = mia.call("action_make_change")
    first = mia.act("action_make_change")
    assert [mia.repeat(call).text for _ in range(3)] == [first.text] * 3
    assert len(rows(mia, OrderChange, DELIVERED)) == 1 and len(mia.sent("Your exchange")) == 1


def test_two_tabs_make_one_return(mia):
    text = f"return everything from {DELIVERED}, I changed my mind"
    start(mia, text, "return_item", order_id=DELIVERED)
    mia.hear("visa", "inform").validate()
    mia.hear("yes", "affirm").validate()
    one = mia.call("action_make_change")
    mia.hear("yes", "affirm")
    other = mia.call("action_make_change")
    assert mia.repeat(one).text.startswith("Done: your return")
    assert "already on its way back" in mia.repeat(other).text
    assert len(rows(mia, Return, DELIVERED)) == 1


def test_the_other_order(mia):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    mia.hear("no, the other order", "deny").validate()
    assert mia.asks == "order_id" and mia.slots["order_id"] is None


def test_another_change_of_the_same_order(mia):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    mia.hear("just cancel it", "cancel_order").validate()
    assert (mia.slots["change"], mia.slots["order_id"], mia.asks) == ("cancel", PENDING, "reason")


def test_a_question_about_another_change_is_answered_and_the_form_goes_on(mia):
    start(mia, f"cancel {PENDING}", "cancel_order", order_id=PENDING)
    outcome = mia.hear("hm how would a return work?", "return_item").validate()
    assert outcome.sources and "Now back to cancelling" in outcome.text
    assert (mia.slots["change"], mia.asks) == ("cancel", "reason")


def test_what_was_said_first_counts_after_the_code(talk):
    text = f"exchange the leggings from {DELIVERED} for a size M"
    start(talk, text, "exchange_item", order_id=DELIVERED, size="M", product="leggings")
    assert talk.asks == "contact"
    talk.hear("mia.hansen@example.com").validate()
    talk.hear(talk.code()).validate()
    assert talk.asks == "confirm" and "becomes **black, M**" in ask(talk).text


def test_leaving_says_that_nothing_happened(mia):
    start(mia, f"return {DELIVERED}", "return_item", order_id=DELIVERED)
    assert mia.hear("forget it", "stop").validate().is_rejected
    assert "Nothing is sent back" in mia.act("action_leave_form").text
    assert mia.slots["change"] is None


def test_another_customers_order_cannot_be_changed(tom):
    start(tom, f"return {DELIVERED}", "return_item", order_id=DELIVERED)
    assert tom.asks == "order_id" and tom.slots["order_id"] is None


def test_what_was_interrupted_is_offered_again(mia):
    start(mia, f"return {DELIVERED}", "return_item", order_id=DELIVERED)
    assert mia.hear(f"where is {SHIPPED}?", "track_order", order_id=SHIPPED).validate().is_rejected
    assert "we leave your return for now" in mia.begin("order_form").text
    told = mia.act("action_track_order")
    assert f"go back to your return ({DELIVERED})" in told.text
    again = mia.press(told.buttons["Yes, go on"]).begin("change_form")
    assert not again.text and (mia.slots["change"], mia.slots["order_id"], mia.asks) == ("returns", DELIVERED, "items")
    assert mia.slots["put_away"] is None


def test_it_is_the_order_that_was_spoken_of(mia):
    mia.hear(f"where is {PENDING}?", "track_order", order_id=PENDING).begin("order_form")
    mia.act("action_track_order")
    start(mia, "can you cancel it", "cancel_order")
    assert (mia.slots["order_id"], mia.asks) == (PENDING, "reason")


def test_gift_cards_are_told_to_their_owner_only(talk):
    talk.hear("how much is on my gift card", "gift_card_balance").begin("verify_form")
    assert talk.asks == "contact"
    talk.customer_id = MIA
    talk.hear("how much is on my gift card", "gift_card_balance").begin("verify_form")
    assert talk.form is None and "**$25.00**" in talk.act("action_gift_card_balance").text


@pytest.mark.parametrize(
    ("said", "intent", "action"),
    [
        ("ok cancel it then", "stop", "action_reply_outside"),
        ("ok then cancel it", "affirm", "action_reply_outside"),
        ("no, cancel that order", "deny", "action_reply_outside"),
        ("ok then cancel it", "nlu_fallback", "action_fallback"),
    ],
)
def test_what_is_taken_for_a_yes_a_no_or_nothing_may_be_a_wish_about_the_order_spoken_of(mia, said, intent, action):
    nothing = mia.hear(said, intent).act(action)
    assert nothing.text and mia.slots["next_flow"] is None
    mia.hear(f"where is {PENDING}?", "track_order", order_id=PENDING).begin("order_form")
    mia.act("action_track_order")
    assert not mia.hear(said, intent).act(action).text and mia.slots["next_flow"] == "change"
    mia.begin("change_form")
    assert (mia.slots["change"], mia.slots["order_id"], mia.asks) == ("cancel", PENDING, "reason")


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        *(("no, don’t cancel it", "deny"), ("ok, I won't cancel it", "affirm"), ("do not cancel it", "stop")),
        *(("yes, that is it", "affirm"), ("stop it", "stop"), ("I cancelled it", "affirm")),
    ],
)
def test_a_yes_a_no_or_a_stop_is_mostly_no_more_than_that(mia, said, intent):
    mia.hear(f"where is {PENDING}?", "track_order", order_id=PENDING).begin("order_form")
    mia.act("action_track_order")
    assert mia.hear(said, intent).act("action_reply_outside").text and mia.slots["next_flow"] is None


@pytest.mark.parametrize(
    ("said", "intent", "action", "change"),
    [
        ("then cancel {}", "nlu_fallback", "action_fallback", "cancel"),
        ("then cancel {}", "stop", "action_reply_outside", "cancel"),
        ("add 2 more pieces to {}", "nlu_fallback", "action_fallback", "quantity"),
        ("can you take off one piece? {}", "nlu_fallback", "action_fallback", "quantity"),
        ("can I cancel {}?", "nlu_fallback", "action_fallback", "cancel"),
    ],
)
def test_a_clear_wish_about_a_named_order_counts_whatever_it_was_taken_for(mia, said, intent, action, change):
    text = said.format(PENDING)
    assert not mia.hear(text, intent, order_id=PENDING).act(action).text and mia.slots["next_flow"] == "change"
    mia.begin("change_form")
    assert (mia.slots["change"], mia.slots["order_id"]) == (change, PENDING)


@pytest.mark.parametrize(
    "said", ["why did you cancel {}?", "how do I cancel {}?", "don't cancel {} yet", "{} has 2 pieces"]
)
def test_an_order_that_is_only_named_is_no_wish_to_change_it(mia, said):
    assert mia.hear(said.format(PENDING), "nlu_fallback", order_id=PENDING).act("action_fallback").text
    assert mia.slots["next_flow"] is None


def test_ok_send_it_back_is_about_the_order_that_was_spoken_of(mia):
    mia.hear(f"where is {DELIVERED}?", "track_order", order_id=DELIVERED).begin("order_form")
    mia.act("action_track_order")
    mia.hear("okay, send it back then", "affirm").act("action_reply_outside")
    mia.begin("change_form")
    assert (mia.slots["change"], mia.slots["order_id"]) == ("returns", DELIVERED)


@pytest.mark.parametrize(
    ("text", "change", "asks"),
    [
        ("please change my order", None, "change"),
        ("change the items of my order", "items", "items"),
        ("something about the address is wrong", "address", "address"),
        ("I want to change how I pay", "payment", "method"),
        ("add 2 more pieces", "quantity", "items"),
        ("change the number of items", "quantity", "items"),
    ],
)
def test_an_order_that_shall_be_changed_somehow(mia, text, change, asks):
    start(mia, f"{text}, {PENDING}", "change_order", order_id=PENDING)
    assert (mia.slots["change"], mia.asks) == (change, asks)
    if asks == "change":
        offered = ask(mia).buttons
        mia.press(offered["Change a delivery address"]).validate()
        assert (mia.slots["change"], mia.slots["order_id"], mia.asks) == ("address", PENDING, "address")


def test_what_was_delivered_is_exchanged_and_what_was_not_is_changed(mia):
    start(mia, f"exchange the bottle in {PENDING} for a black one", "exchange_item", order_id=PENDING, color="black")
    assert (mia.slots["change"], mia.asks) == ("items", "confirm")
    start(mia, f"make the leggings in {DELIVERED} an M", "change_order_items", order_id=DELIVERED, size="M")
    assert (mia.slots["change"], mia.asks) == ("exchange", "confirm")
    mia.hear("exchange it please", "exchange_item").validate()
    assert mia.form is None and mia.slots["confirm"] is True


def test_cancel_the_order_instead(mia):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    mia.hear("no, cancel the order instead", "deny").validate()
    assert (mia.slots["change"], mia.slots["order_id"], mia.asks) == ("cancel", PENDING, "reason")


def test_cancel_the_order_instead_of_a_yes(mia):
    start(mia, f"change the address of {PENDING}", "change_shipping_address", order_id=PENDING)
    mia.hear("99 Birch Road, Salem, OR 97301").validate()
    assert mia.asks == "confirm"
    mia.hear("no, cancel the order instead", "deny").validate()
    assert (mia.slots["change"], mia.slots["address"], mia.asks) == ("cancel", None, "reason")


def test_another_request_is_no_item(mia):
    start(mia, f"I want to return something from {DELIVERED}", "return_item", order_id=DELIVERED)
    assert mia.hear("list my orders first", "list_orders").validate().is_rejected


def test_what_came_wrong_is_put_right_as_the_shopper_says(mia):
    text = f"the leggings from {DELIVERED} are too small, I want to swap them for a size M"
    mia.hear(text, "wrong_size", order_id=DELIVERED, size="M")
    assert not mia.act("action_put_right").text and mia.slots["next_flow"] == "change"
    mia.begin("change_form")
    assert (mia.slots["change"], mia.asks) == ("exchange", "confirm")
    told = mia.hear("the leggings are too small", "wrong_size").act("action_put_right")
    assert told.sources and "Exchange something" in told.buttons and mia.slots["next_flow"] is None


def test_an_answer_may_say_more_than_was_asked(mia):
    start(mia, f"change the items of {PENDING}", "change_order_items", order_id=PENDING)
    assert mia.asks == "items"
    mia.hear("the bottle, in 500ml black please", "inform", size="500ml", color="black").validate()
    assert (mia.slots["items"], mia.asks) == ([2], "confirm") and "500ml, black" in ask(mia).text


def test_a_policy_that_cannot_be_read_is_no_matter_of_the_shoppers(mia, tmp_path, caplog):
    shop = runtime.Runtime.of(dataclasses.replace(mia.shop.settings, data_dir=str(tmp_path)))
    runtime.use(shop)
    outcome = start(mia, f"cancel {PENDING}", "cancel_order", order_id=PENDING)
    assert "cannot reach the shop's records" in outcome.text and "policy" not in outcome.text
    assert "policy.yml" in caplog.text
    shop.close()


def test_a_question_is_not_taken_for_what_shall_be_changed(mia):
    start(mia, f"please change my order {PENDING}", "change_order", order_id=PENDING)
    assert mia.asks == "change"
    assert mia.hear("what's the delivery cost", "delivery_cost").validate().is_rejected


def test_nothing_comes_in_another_kind(mia):
    with mia.shop.writing.begin() as session:
        for row in session.scalars(
            select(Variant).where(Variant.product_id.in_(["pulse-earbuds", "high-rise-leggings"]))
        ):
            row.stock = 0
    start(mia, f"exchange something from {DELIVERED}", "exchange_item", order_id=DELIVERED)
    assert mia.form is None and "Nothing in order" in mia.act("action_make_change").text


def test_what_came_wrong_and_then_what_shall_be_done(mia):
    mia.hear(f"what I got in {DELIVERED} is too small", "wrong_size", order_id=DELIVERED)
    assert mia.act("action_put_right").sources
    start(mia, "I want to exchange it", "exchange_item")
    assert (mia.slots["order_id"], mia.asks) == (DELIVERED, "items")


def test_what_cannot_pay_is_not_taken_in_passing(mia):
    text = f"pay {PENDING} with my gift card instead"
    start(mia, text, "change_payment_method", order_id=PENDING, payment_method="gift card")
    assert mia.asks == "method" and mia.slots["method"] is None
    with mia.shop.writing.begin() as session:
        session.get_one(GiftCard, "gift_card_demo-mia").balance_minor = 0
    text = f"make the bottle in {PENDING} 1000ml, with my gift card"
    start(mia, text, "change_order_items", order_id=PENDING, size="1000ml")
    assert mia.asks == "method" and mia.slots["method"] is None


def test_another_country_is_not_taken_in_passing(mia):
    text = f"send {PENDING} to 10 High Street, Leeds, LS1 4DY, UK"
    start(mia, text, "change_shipping_address", order_id=PENDING)
    assert mia.asks == "address" and mia.slots["address"] is None


def test_an_insult_is_no_reason(mia):
    start(mia, f"cancel {PENDING}", "cancel_order", order_id=PENDING)
    mia.hear("you stupid thing", "insult").validate()
    assert (mia.slots["change"], mia.slots["reason"], mia.asks) == ("cancel", None, "reason")
    mia.hear("your stupid shop sent me the wrong size twice already", "insult").validate()
    assert (mia.slots["reason"], mia.asks) == ("your stupid shop sent me the wrong size twice already", "confirm")


def test_the_address_of_what_was_delivered_may_be_a_parcel_that_is_not_here(mia):
    start(mia, f"the courier brought {DELIVERED} to another house", "change_shipping_address", order_id=DELIVERED)
    refused = mia.act("action_make_change")
    assert "already been delivered" in refused.text and "was delivered on" in refused.text
    opened = json.loads(refused.buttons["Open a ticket about this"].removeprefix("/complaint"))
    assert opened == {"choice": "missing_parcel", "order_id": DELIVERED}


def test_yes_in_the_words_of_the_question_with_a_word_before_it(mia):
    start(mia, f"cancel {PENDING}, no longer needed", "cancel_order", order_id=PENDING)
    assert mia.asks == "confirm"
    mia.hear("fine, cancel it", "cancel_order").validate()
    assert mia.slots["confirm"] is True
