"""Ways of payment of a customer, and money that changes hands when an order changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from actions.access import Viewer
from actions.db.models import GiftCard, Order, Payment, PaymentMethod
from actions.services.eligibility import times_made
from actions.services.masking import describe_method
from actions.services.money import Money, format_money
from actions.services.order_rows import require_verified
from actions.services.refund_money import send_back
from contract.wire import Conflict, InvalidInput


@dataclass(frozen=True)
class MethodView:
    """``name`` is masked. ``balance`` is of a gift card; None where there is none."""

    method_id: str
    kind: str
    name: str
    balance: Money | None = None

    def covers(self, amount: Money) -> bool:
        held = self.balance.minor if self.balance is not None else 0
        return self.kind != "gift_card" or held >= amount.minor


def methods(session: Session, viewer: Viewer) -> list[MethodView]:
    """The customer's ways of payment.

    Raises:
        NeedsVerification: the viewer is not verified.
    """
    require_verified(viewer)
    query = select(PaymentMethod).where(PaymentMethod.customer_id == viewer.customer_id).order_by(PaymentMethod.id)
    return [_view(row) for row in session.scalars(query.options(joinedload(PaymentMethod.gift_card)))]


def method(session: Session, viewer: Viewer, method_id: str) -> PaymentMethod:
    """One of the customer's ways of payment.

    Raises:
        InvalidInput: it is not one of them.
    """
    row = session.get(PaymentMethod, method_id)
    if row is None or row.customer_id != viewer.customer_id:
        raise InvalidInput("That is none of your ways of payment. Please pick one of them.")
    return row


def settle(session: Session, order: Order, difference: int, target: PaymentMethod, kind: str, now: datetime) -> None:
    """Charges a ``difference`` above 0 (minor units) to ``target``, or sends one below 0 back to it.

    To be called before the change of this ``kind`` is noted.

    Raises:
        Conflict: a gift card does not cover it.
    """
    if difference > 0:
        charge(session, order, target, difference, now)
    elif difference < 0:
        send_back(session, order, [(target, -difference)], cause_of(session, order, kind), now)


def cause_of(session: Session, order: Order, kind: str) -> str:
    """The cause of a refund: a second change of its kind has one of its own, as each may pay back only once."""
    times = times_made(session, order, kind)
    return f"{kind} {times + 1}" if times else kind


def charge(session: Session, order: Order, target: PaymentMethod, amount: int, now: datetime) -> None:
    """A gift card pays at once; anything else is due at the shop's payment provider.

    Raises:
        Conflict: a gift card does not cover it.
    """
    at_once = target.kind == "gift_card"
    if at_once:
        _take_from_gift_card(session, target, amount, order.currency)
    payment = Payment(
        order_id=order.id,
        payment_method_id=target.id,
        amount_minor=amount,
        currency=order.currency,
        state="paid" if at_once else "due",
        paid_at=now if at_once else None,
    )
    session.add(payment)


def check_covers(row: PaymentMethod, amount: Money) -> None:
    """
    Raises:
        Conflict: it is a gift card with less on it.
    """
    if not _view(row).covers(amount):
        raise Conflict(_too_little(row, amount))


def _take_from_gift_card(session: Session, target: PaymentMethod, amount: int, currency: str) -> None:
    statement = (
        update(GiftCard)
        .where(GiftCard.payment_method_id == target.id, GiftCard.balance_minor >= amount)
        .values(balance_minor=GiftCard.balance_minor - amount)
        .returning(GiftCard.payment_method_id)
    )
    if session.execute(statement).first() is None:
        raise Conflict(_too_little(target, Money(amount, currency)))


def _too_little(row: PaymentMethod, amount: Money) -> str:
    balance = _view(row).balance
    left = f" holds {format_money(balance)}, which" if balance is not None else ""
    return f"Your gift card{left} does not cover {format_money(amount)}. Please pick another way to pay."


def _view(row: PaymentMethod) -> MethodView:
    card = row.gift_card
    balance = Money(card.balance_minor, card.currency) if card is not None else None
    return MethodView(row.id, row.kind, describe_method(row), balance)
