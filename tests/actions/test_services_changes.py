"""Changing orders in the database: once, whole or not at all, on SQLite and PostgreSQL; and tau_retail's rules."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actions.access import NeedsVerification
from actions.db.models import (
    GiftCard,
    IdempotencyRow,
    Order,
    OrderChange,
    OrderItem,
    OutboxMail,
    Payment,
    PaymentMethod,
    Refund,
    Return,
    Variant,
)
from actions.services import addresses, cancellation, payments, refunds, returns, swaps
from actions.services.case import Case
from actions.services.change_views import AddressView
from actions.services.policy import Policy
from actions.shop_import.run import import_shop
from contract.settings import ROOT
from contract.wire import Conflict, InvalidInput, NotFound
from tests.shared_data import SHARED

POLICY = Policy.load(ROOT / "data")
TAU, TAU_POLICY = SHARED / "tau_retail", Policy.load(Path(__file__).parent / "policies" / "tau")
MIA, TOM = "demo-mia", "demo-tom"
PENDING, DELIVERED = "#W0417301", "#W0388120"
BOTTLE, BIG_BOTTLE = "spring-water-bottle-01", "spring-water-bottle-09"
SALEM = AddressView("99 Birch Road", "Salem", "97301", "USA", "", "OR")

CHANGES = {
    "returns": (DELIVERED, lambda case, key: returns.request(case, [1], returns.ORIGINAL, "no", key)),
    "exchange": (DELIVERED, lambda case, key: swaps.make(case, "exchange", {1: "pulse-earbuds-02"}, None, key)),
    "items": (PENDING, lambda case, key: swaps.make(case, "items", {2: BIG_BOTTLE}, "gift_card_demo-mia", key)),
    "address": (PENDING, lambda case, key: addresses.change(case, SALEM, key)),
    "payment": (PENDING, lambda case, key: payments.change(case, "gift_card_demo-mia", key)),
}


def made(shop):
    """How many rows every table has that a change writes."""
    tables = (Return, OrderChange, Refund, Payment, OutboxMail, IdempotencyRow)
    with shop.reading.begin() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def stock(shop, *variants):
    with shop.reading.begin() as session:
        return [session.get_one(Variant, variant).stock for variant in variants]


def balance(shop, amount=None):
    with shop.sessions.begin() as session:
        card = session.get_one(GiftCard, "gift_card_demo-mia")
        card.balance_minor = card.balance_minor if amount is None else amount
        return card.balance_minor


def change(shop, kind, viewer, key, *, policy=POLICY):
    order_id, make = CHANGES[kind]
    with shop.sessions.begin() as session:
        return make(Case(session, viewer, order_id, policy), key)


@pytest.mark.parametrize("kind", CHANGES)
def test_the_same_message_many_times_at_once_is_one_change(shop, people, at_once, kind):
    balance(shop, 20_000)
    before = made(shop)
    results = at_once(8, lambda _number: change(shop, kind, people.verified(MIA), people.key(action=kind)))
    assert len({repr(result) for result in results}) == 1 and not isinstance(results[0], Exception)
    after = made(shop)
    assert after[-1] == before[-1] + 1 and after[-2] == before[-2] + 1, "one key, one mail"
    assert change(shop, kind, people.verified(MIA), people.key(action=kind)) == results[0]
    assert made(shop) == after


@pytest.mark.parametrize("kind", [kind for kind in CHANGES if kind != "address"])
def test_different_messages_at_once_are_one_change_and_refusals(shop, people, at_once, kind):
    balance(shop, 60_000)
    results = at_once(6, lambda number: change(shop, kind, people.verified(MIA), people.key(f"m-{number}", kind)))
    refused = [result for result in results if isinstance(result, Conflict | InvalidInput)]
    assert len(refused) == 5, results
    assert made(shop)[0] + made(shop)[1] - _seeded_returns(shop) == 1


@pytest.mark.parametrize("kind", CHANGES)
def test_nobody_changes_what_is_not_theirs_and_nothing_without_proof(shop, people, kind):
    before = made(shop)
    with pytest.raises(NotFound):
        change(shop, kind, people.verified(TOM), people.key(action=kind))
    for viewer in (people.anonymous(), people.identified(CHANGES[kind][0])):
        with pytest.raises(NeedsVerification):
            change(shop, kind, viewer, people.key(action=kind))
    assert made(shop) == before


@pytest.mark.parametrize("kind", CHANGES)
def test_what_the_policy_forbids_changes_nothing(shop, people, kind):
    rule = dataclasses.replace(POLICY.rule(kind), states=("refunded",))
    before = made(shop)
    with pytest.raises(Conflict):
        change(
            shop,
            kind,
            people.verified(MIA),
            people.key(action=kind),
            policy=dataclasses.replace(POLICY, **{kind: rule}),
        )
    assert made(shop) == before


@pytest.mark.parametrize("kind", CHANGES)
def test_a_failure_after_the_change_takes_everything_back(shop, people, kind):
    balance(shop, 20_000)
    before, counted = made(shop), stock(shop, BOTTLE, BIG_BOTTLE, "pulse-earbuds-02")
    with pytest.raises(RuntimeError), shop.sessions.begin() as session:
        order_id, make = CHANGES[kind]
        make(Case(session, people.verified(MIA), order_id, POLICY), people.key(action=kind))
        session.flush()
        raise RuntimeError("the power is gone")
    assert made(shop) == before and stock(shop, BOTTLE, BIG_BOTTLE, "pulse-earbuds-02") == counted
    assert balance(shop) == 20_000
    change(shop, kind, people.verified(MIA), people.key(action=kind))


def test_two_shoppers_and_the_last_piece(shop, people, at_once):
    """Two of Mia's tabs want the last pair of earbuds, under two messages."""
    with shop.sessions.begin() as session:
        session.get_one(Variant, BIG_BOTTLE).stock = 1
        session.get_one(OrderItem, (PENDING, 2)).quantity = 2
        session.get_one(Order, PENDING).total_minor += 2700
    with pytest.raises(Conflict, match="sold out"):
        change(shop, "items", people.verified(MIA), people.key())
    assert stock(shop, BIG_BOTTLE) == [1]


def test_the_invoice_follows_the_items(shop, people):
    from actions.services import invoices

    with shop.sessions.begin() as session:
        invoices.invoice(session, people.verified(MIA), PENDING, people.key(action="invoice"))
    change(shop, "items", people.verified(MIA), people.key())
    with shop.sessions.begin() as session:
        again = invoices.invoice(session, people.verified(MIA), PENDING, people.key("m-2", "invoice"))
    assert again.total.minor == 13600 + 800


def test_a_policy_that_allows_a_second_change_can_pay_back_twice(shop, people):
    policy = dataclasses.replace(POLICY, items=dataclasses.replace(POLICY.items, once=False))
    change(shop, "items", people.verified(MIA), people.key(), policy=policy)
    for number, variant in enumerate(("spring-water-bottle-05", "spring-water-bottle-02")):
        with shop.sessions.begin() as session:
            case = Case(session, people.verified(MIA), PENDING, policy)
            swaps.make(case, "items", {2: variant}, "gift_card_demo-mia", people.key(f"n-{number}"))
    with shop.reading.begin() as session:
        amounts = session.scalars(select(Refund.amount_minor).where(Refund.order_id == PENDING)).all()
        assert sorted(amounts) == [400, 400] and session.get_one(Order, PENDING).total_minor == 13600
    assert balance(shop) == 2500


def test_cancelling_after_everything_pays_back_what_was_paid(shop, people):
    balance(shop, 20_000)
    change(shop, "items", people.verified(MIA), people.key("m-1", "items"))
    change(shop, "payment", people.verified(MIA), people.key("m-2", "payment"))
    assert balance(shop) == 20_000 - 14_400
    with shop.sessions.begin() as session:
        case = Case(session, people.verified(MIA), PENDING, POLICY)
        done = cancellation.cancel(case, "x", people.key("m-3"))
    assert done.refund.minor == 14_400 and balance(shop) == 20_000
    with shop.reading.begin() as session:
        paid = session.scalar(select(func.sum(Payment.amount_minor)).where(Payment.order_id == PENDING))
        back = session.scalar(select(func.sum(Refund.amount_minor)).where(Refund.order_id == PENDING))
    assert paid == back, "not a cent is made or lost"


def test_a_requested_return_is_told_as_awaited(shop, people):
    change(shop, "returns", people.verified(MIA), people.key())
    with shop.reading.begin() as session:
        found = refunds.refund_status(session, people.verified(MIA), DELIVERED)
    assert (found.state, found.amount.minor, found.refund_to) == ("awaited", 7900, "Visa ending in 4242")


@pytest.mark.parametrize(
    ("choice", "kind"),
    [({9: "pulse-earbuds-02"}, "exchange"), ({1: BIG_BOTTLE}, "exchange"), ({1: "pulse-earbuds-01"}, "exchange")],
)
def test_only_other_variants_of_the_same_product(shop, people, choice, kind):
    with pytest.raises(InvalidInput), shop.sessions.begin() as session:
        swaps.make(Case(session, people.verified(MIA), DELIVERED, POLICY), kind, choice, None, people.key())


def test_a_strangers_gift_card_cannot_be_used(shop, people):
    for refund_to in ("gift_card_demo-tom", "nothing"):
        with pytest.raises(InvalidInput), shop.sessions.begin() as session:
            returns.request(Case(session, people.verified(MIA), DELIVERED, POLICY), [1], refund_to, "x", people.key())


# --- tau_retail on the same code, with a policy file of its own


@pytest.fixture
def tau(empty_shop):
    if not TAU.is_dir():
        pytest.skip("tau_retail is not here: set SHOPCLERK_SHARED")
    import_shop(empty_shop.sessions, TAU)
    return empty_shop


def tau_orders(shop, status, **wanted):
    with shop.reading.begin() as session:
        return list(session.scalars(select(Order).where(Order.status == status).filter_by(**wanted).order_by(Order.id)))


def test_the_rules_of_tau_retail(tau, people):
    pending, processed, delivered = (tau_orders(tau, status)[0] for status in ("pending", "processed", "delivered"))
    with tau.reading.begin() as session:
        for order, allowed in (
            (pending, ("cancel", "items", "address", "payment")),
            (processed, ()),
            (delivered, ("returns", "exchange")),
        ):
            view = Case(session, people.verified(order.customer_id), order.id, TAU_POLICY)
            assert view.view(view.order()).possible == allowed


def test_every_pending_order_of_tau_retail_can_be_cancelled_to_the_cent(tau, people):
    orders = tau_orders(tau, "pending")
    assert len(orders) == 423
    for order in orders:
        with tau.sessions.begin() as session:
            case = Case(session, people.verified(order.customer_id), order.id, TAU_POLICY)
            done = cancellation.cancel(case, "no longer needed", people.key(order.id))
        assert done.refund.minor == order.total_minor
    assert tau_orders(tau, "pending") == []


def test_items_of_tau_retail_swap_once_and_a_gift_card_must_cover(tau, people):
    swapped = too_little = 0
    for order in tau_orders(tau, "pending")[:120]:
        viewer = people.verified(order.customer_id)
        with tau.reading.begin() as session:
            item = session.scalars(select(OrderItem).where(OrderItem.order_id == order.id)).first()
            offered = swaps.offers(session, item)
            method = session.scalars(
                select(PaymentMethod).where(PaymentMethod.customer_id == order.customer_id)
            ).first()
        if not offered:
            continue
        try:
            with tau.sessions.begin() as session:
                case = Case(session, viewer, order.id, TAU_POLICY)
                choice = {item.line: offered[-1].variant_id}
                done = swaps.make(case, "items", choice, method.id, people.key(order.id))
        except Conflict as error:
            assert "does not cover" in error.message and method.kind == "gift_card"
            too_little += 1
            continue
        swapped += 1
        with tau.reading.begin() as session:
            after = session.get_one(Order, order.id)
            assert after.total_minor == order.total_minor + done.difference.minor
            again = Case(session, viewer, order.id, TAU_POLICY)
            assert "changed once already" in again.why_not(again.order(), "items")
    assert swapped > 80 and too_little > 0


def test_a_return_of_tau_retail_is_one_and_ends_exchanges(tau, people):
    for order in tau_orders(tau, "delivered")[:40]:
        with tau.sessions.begin() as session:
            case = Case(session, people.verified(order.customer_id), order.id, TAU_POLICY)
            done = returns.request(case, [1], returns.ORIGINAL, "not needed", people.key(order.id))
            item = session.get_one(OrderItem, (order.id, 1))
            assert done.refund.minor == item.unit_price_minor * item.quantity
        with tau.reading.begin() as session:
            case = Case(session, people.verified(order.customer_id), order.id, TAU_POLICY)
            assert case.view(case.order()).possible == ()


def test_an_import_keeps_what_was_changed_in_the_chat(tau, people):
    pending, delivered = tau_orders(tau, "pending")[0], tau_orders(tau, "delivered")[0]
    new = AddressView("1 Test Road", "Sampleton", "70001", "USA", "", "TX")
    with tau.sessions.begin() as session:
        addresses.change(Case(session, people.verified(pending.customer_id), pending.id, TAU_POLICY), new, people.key())
        case = Case(session, people.verified(delivered.customer_id), delivered.id, TAU_POLICY)
        returns.request(case, [1], returns.ORIGINAL, "x", people.key("m-2"))
    with tau.sessions.begin() as session:  # so that the import looks at both again
        session.get_one(Order, pending.id).import_digest = None
        session.get_one(Order, delivered.id).import_digest = None
    import_shop(tau.sessions, TAU)
    with tau.reading.begin() as session:
        assert session.get_one(Order, pending.id).ship_city == "Sampleton"
        assert session.get_one(Order, delivered.id).status == "return_requested"


def _seeded_returns(shop):
    with shop.reading.begin() as session:
        return session.scalar(select(func.count()).select_from(Return).where(Return.refund_minor.is_(None)))
