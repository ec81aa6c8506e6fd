"""Sends the money of an order back to where it came from."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.db.models import GiftCard, Order, PaymentMethod, Refund
from actions.services.masking import describe_method
from actions.services.money import Money

AT_ONCE = "at once"
LATER = "within 5 to 7 business days"
LONGEST = timedelta(days=9)  # seven business days hold at least one weekend


def owed(session: Session, order: Order) -> list[tuple[PaymentMethod | None, int]]:
    """What was paid and not yet sent back, by payment method, in minor units. What is only due was not paid.

    What went back to another method than it came from is not owed again.
    """
    sums: dict[str | None, int] = {}
    paid = [payment for payment in order.payments if payment.state in ("paid", "replaced")]
    methods = {payment.payment_method_id: payment.payment_method for payment in paid}
    for payment in paid:
        sums[payment.payment_method_id] = sums.get(payment.payment_method_id, 0) + payment.amount_minor
    for refund in session.scalars(select(Refund).where(Refund.order_id == order.id)):
        sums[refund.payment_method_id] = sums.get(refund.payment_method_id, 0) - refund.amount_minor
    elsewhere = -sum(amount for amount in sums.values() if amount < 0)
    parts = []
    for key, amount in sums.items():
        settled = min(elsewhere, max(amount, 0))
        elsewhere -= settled
        if amount > settled:
            parts.append((methods[key], amount - settled))
    return parts


def describe(parts: list[tuple[PaymentMethod | None, int]], currency: str) -> tuple[Money, str, str]:
    """The sum, where it goes (masked), and when it arrives."""
    total = Money(sum(amount for _, amount in parts), currency)
    names = " and ".join(dict.fromkeys(describe_method(method) for method, _ in parts))
    all_gift_cards = bool(parts) and all(method and method.kind == "gift_card" for method, _ in parts)
    return total, names, AT_ONCE if all_gift_cards else LATER


def send_back(
    session: Session, order: Order, parts: list[tuple[PaymentMethod | None, int]], cause: str, now: datetime
) -> None:
    """Books the refunds: a gift card has its balance at once, everything else is pending at the payment provider."""
    for method, amount in parts:
        at_once = method is not None and method.kind == "gift_card"
        refund = Refund(
            order_id=order.id,
            payment_method_id=method.id if method else None,
            cause=cause,
            state="paid" if at_once else "pending",
            amount_minor=amount,
            currency=order.currency,
            requested_at=now,
            expected_by=now if at_once else now + LONGEST,
            paid_at=now if at_once else None,
        )
        session.add(refund)
        if method is not None and at_once:
            _load_gift_card(session, method.id, amount, order.currency)


def _load_gift_card(session: Session, method_id: str, amount: int, currency: str) -> None:
    # In the database, not in Python: two orders of one card may be cancelled at the same time.
    statement = (
        update(GiftCard)
        .where(GiftCard.payment_method_id == method_id)
        .values(balance_minor=GiftCard.balance_minor + amount)
        .returning(GiftCard.payment_method_id)
    )
    if session.execute(statement).first() is None:
        session.add(GiftCard(payment_method_id=method_id, balance_minor=amount, currency=currency))
