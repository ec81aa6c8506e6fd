"""Cancelling: what it changes, when it is refused, and that it happens once whatever goes wrong."""

from __future__ import annotations

import multiprocessing
import os

import pytest
from sqlalchemy import func, select

from actions.access import NeedsVerification
from actions.db.engine import make_engine, session_factory
from actions.db.models import GiftCard, IdempotencyRow, Order, OrderItem, OutboxMail, Payment, Refund, Variant
from actions.services import cancellation, refunds
from actions.services.case import Case
from actions.services.change_views import Cancelled
from actions.services.idempotency import IdempotencyKey, once
from actions.services.money import Money
from actions.services.policy import Policy
from contract.settings import ROOT
from contract.wire import Conflict, InvalidInput, NotFound

POLICY = Policy.load(ROOT / "data")
MIA, TOM, AISHA = "demo-mia", "demo-tom", "demo-aisha"
PENDING, PROCESSED, CANCELLED = "#W0417301", "#W0419950", "#W0420118"
REFUND = Money(13600, "USD")


def stock_of(shop, order_id: str) -> list[int]:
    query = select(Variant.stock).join(OrderItem, OrderItem.variant_id == Variant.id)
    with shop.reading.begin() as session:
        return list(session.scalars(query.where(OrderItem.order_id == order_id).order_by(OrderItem.line)))


def refunds_of(shop, order_id: str) -> list[Refund]:
    with shop.reading.begin() as session:
        return list(session.scalars(select(Refund).where(Refund.order_id == order_id)))


def count(shop, table) -> int:
    with shop.reading.begin() as session:
        return session.scalar(select(func.count()).select_from(table))


def cancel(shop, viewer, order_id, key, reason="by mistake") -> Cancelled:
    with shop.sessions.begin() as session:
        return cancellation.cancel(Case(session, viewer, order_id, POLICY), reason, key)


def test_quote_changes_nothing(shop, people):
    with shop.sessions.begin() as session:
        quote = cancellation.quote(Case(session, people.verified(MIA), PENDING, POLICY))
    assert (quote.why_not, quote.refund) == (None, REFUND)
    assert (quote.refund_to, quote.arrives) == ("Visa ending in 4242", "within 5 to 7 business days")
    assert count(shop, OutboxMail) == 0 and refunds_of(shop, PENDING) == []


def test_cancel_refunds_to_the_card_and_puts_stock_back(shop, people):
    before = stock_of(shop, PENDING)
    result = cancel(shop, people.verified(MIA), PENDING, people.key())
    assert result == Cancelled(PENDING, REFUND, "Visa ending in 4242", False, "within 5 to 7 business days")
    order = shop.order(id=PENDING)
    assert (order.status, order.cancelled_by, order.cancel_reason) == ("cancelled", "chat", "by mistake")
    assert stock_of(shop, PENDING) == [stock + 1 for stock in before]
    (refund,) = refunds_of(shop, PENDING)
    assert (refund.state, refund.amount_minor, refund.payment_method_id) == ("pending", 13600, "credit_card_demo-mia")
    with shop.reading.begin() as session:
        mail = session.scalars(select(OutboxMail)).one()
    assert mail.recipient == "mia.hansen@example.com"
    assert PENDING in mail.subject and "$136.00" in mail.body and "Visa ending in 4242" in mail.body


def test_a_gift_card_has_its_money_at_once(shop, people):
    paid = shop.order(id=PROCESSED).total_minor
    result = cancel(shop, people.verified(TOM), PROCESSED, people.key())
    assert (result.refund_to, result.arrives, result.refund.minor) == ("gift card", "at once", paid)
    with shop.reading.begin() as session:
        assert session.get_one(GiftCard, "gift_card_demo-tom").balance_minor == 7500 + paid
        view = refunds.refund_status(session, people.verified(TOM), PROCESSED)
    assert (view.state, view.amount) == ("paid", Money(paid, "USD")) and view.paid_at is not None


def test_never_more_goes_back_than_was_paid(shop, people):
    """Part of the money went back to another method before, as when an item was exchanged for a cheaper one."""
    with shop.sessions.begin() as session:
        parts = {"order_id": PENDING, "currency": "USD"}
        session.add(Payment(payment_method_id="gift_card_demo-tom", amount_minor=1000, **parts))
        more = {"cause": "return", "state": "paid", **parts}
        session.add(Refund(payment_method_id="gift_card_demo-tom", amount_minor=1500, **more))
        session.add(Refund(payment_method_id="paypal_demo-aisha", amount_minor=2000, **more))
    result = cancel(shop, people.verified(MIA), PENDING, people.key())
    assert (result.refund.minor, result.refund_to) == (13600 + 1000 - 3500, "Visa ending in 4242")
    assert sum(refund.amount_minor for refund in refunds_of(shop, PENDING)) == 13600 + 1000


@pytest.mark.parametrize("status", ["shipped", "delivered", "return_requested", "returned", "refunded"])
def test_later_states_cannot_be_cancelled(shop, people, status):
    order = shop.order(status=status)
    viewer = people.verified(order.customer_id)
    with shop.reading.begin() as session:
        quote = cancellation.quote(Case(session, viewer, order.id, POLICY))
    assert quote.why_not and order.id in quote.why_not
    before = count(shop, Refund)
    with pytest.raises(Conflict) as caught:
        cancel(shop, viewer, order.id, people.key())
    assert caught.value.message == quote.why_not
    assert count(shop, Refund) == before and count(shop, IdempotencyRow) == 0


def test_an_order_that_is_cancelled_already_says_so(shop, people):
    before = count(shop, Refund)
    result = cancel(shop, people.verified(AISHA), CANCELLED, people.key())
    assert result.already and result.refund.minor == 8900 and result.refund_to == "PayPal"
    assert count(shop, Refund) == before and count(shop, OutboxMail) == 0


@pytest.mark.parametrize("who", ["anonymous", "identified"])
def test_only_a_verified_customer_may_cancel(shop, people, who):
    viewer = people.anonymous() if who == "anonymous" else people.identified(PENDING)
    for call in (cancellation.quote, lambda *args: cancellation.cancel(*args, "x", people.key())):
        with pytest.raises(NeedsVerification), shop.sessions.begin() as session:
            call(Case(session, viewer, PENDING, POLICY))


def test_nobody_cancels_another_customers_order(shop, people):
    for order_id in (PENDING, "#W0999999"):
        with pytest.raises(NotFound) as caught:
            cancel(shop, people.verified(TOM), order_id, people.key())
        assert "can't find" in caught.value.message
    assert shop.order(id=PENDING).status == "pending"


def test_the_same_message_twice_is_one_cancellation_and_one_answer(shop, people):
    first = cancel(shop, people.verified(MIA), PENDING, people.key())
    again = cancel(shop, people.verified(MIA), "w0417301", people.key(), reason="another reason")
    assert again == first and not again.already
    assert len(refunds_of(shop, PENDING)) == 1 and count(shop, OutboxMail) == 1
    other = cancel(shop, people.verified(MIA), PENDING, people.key("m-2"))
    assert other.already and other.refund == REFUND


def test_a_key_cannot_be_used_for_another_order(shop, people):
    cancel(shop, people.verified(TOM), PROCESSED, people.key())
    with pytest.raises(Conflict, match="already used for another request"):
        cancel(shop, people.verified(MIA), PENDING, people.key())
    assert shop.order(id=PENDING).status == "pending"


def test_twenty_threads_with_one_key_make_one_refund(shop, people, at_once):
    before = stock_of(shop, PENDING)
    results = at_once(20, lambda _number: cancel(shop, people.verified(MIA), PENDING, people.key()))
    assert results == [Cancelled(PENDING, REFUND, "Visa ending in 4242", False, "within 5 to 7 business days")] * 20
    assert len(refunds_of(shop, PENDING)) == 1 and count(shop, OutboxMail) == 1
    assert stock_of(shop, PENDING) == [stock + 1 for stock in before]


def test_twenty_threads_with_twenty_keys_make_one_refund(shop, people, at_once):
    results = at_once(20, lambda number: cancel(shop, people.verified(MIA), PENDING, people.key(f"m-{number}")))
    assert sorted(result.already for result in results) == [False] + [True] * 19
    assert {result.refund for result in results} == {REFUND}
    assert len(refunds_of(shop, PENDING)) == 1 and count(shop, OutboxMail) == 1


def test_a_failure_takes_everything_back_and_the_key_stays_free(shop, people):
    def broken() -> Cancelled:
        session.get_one(Order, PENDING).status = "cancelled"
        session.flush()
        raise InvalidInput("something went wrong half-way")

    with shop.sessions.begin() as session, pytest.raises(InvalidInput):
        once(session, people.key(), broken, kind=Cancelled)
    assert shop.order(id=PENDING).status == "pending"
    assert not cancel(shop, people.verified(MIA), PENDING, people.key()).already


def _cancel_and_die(url: str, key: IdempotencyKey, after_commit: bool) -> None:
    from actions.access import Viewer

    sessions = session_factory(make_engine(url))
    session = sessions()
    viewer = Viewer("talk-1", "m-1", "demo-mia", (), True)
    cancellation.cancel(Case(session, viewer, PENDING, POLICY), "x", key)
    session.flush()
    if after_commit:
        session.commit()
    os._exit(9)  # no answer, no clean-up: as with kill -9


@pytest.mark.parametrize("after_commit", [True, False], ids=["after the commit", "before the commit"])
def test_killed_before_the_answer_then_asked_again(shop, shop_url, people, after_commit):
    process = multiprocessing.get_context("spawn").Process(
        target=_cancel_and_die, args=(shop_url, people.key(), after_commit)
    )
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert (shop.order(id=PENDING).status == "cancelled") is after_commit
    result = cancel(shop, people.verified(MIA), PENDING, people.key())
    assert not result.already and result.refund == REFUND
    assert len(refunds_of(shop, PENDING)) == 1 and count(shop, OutboxMail) == 1


def test_refund_states(shop, people):
    with shop.reading.begin() as session:
        none = refunds.refund_status(session, people.identified(PENDING), PENDING)
        pending = refunds.refund_status(session, people.verified(AISHA), CANCELLED)
        paid = refunds.refund_status(session, people.verified(AISHA), "#W0362045")
    assert (none.state, none.amount) == ("none", None)
    assert pending.state == "pending" and pending.expected_by is not None and pending.paid_at is None
    assert paid.state == "paid" and paid.paid_at is not None and paid.refund_to == "PayPal"
