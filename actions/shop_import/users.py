"""Customers with their address and means of payment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.models import AccountChange, Address, Customer, GiftCard, PaymentMethod
from actions.services.masking import clean_email
from actions.shop_import.problems import BrokenRecord, check_texts, minor, parse
from actions.shop_import.records import PaymentMethodRecord, UserRecord
from contract.wire import InvalidInput

KINDS = ("credit_card", "paypal", "gift_card")


def import_user(session: Session, key: str, data: Any, digest: str, currency: str) -> None:
    """Adds or updates one customer. When the account was made stays unknown.

    An account that was deleted in the chat stays deleted; what was changed there stays as long as the record says what
    it said before.

    Raises:
        BrokenRecord: the record cannot be used.
    """
    record = parse(UserRecord, data)
    email = _free_email(session, key, record.email)
    customer = session.get(Customer, key) or Customer(id=key, source="import")
    customer.import_digest = digest
    if customer.erased_at is not None:
        return
    if not _changed_from(session, key, "email", email):
        customer.email = email
    name = [record.name.first_name, record.name.last_name]
    if not _changed_from(session, key, "name", name):
        customer.first_name, customer.last_name = name
    address = customer.addresses[0] if customer.addresses else Address(customer_id=key)
    address.line1, address.line2 = record.address.address1, record.address.address2
    address.city, address.state = record.address.city, record.address.state
    address.zip_code, address.country = record.address.zip, record.address.country
    check_texts(customer, address)
    session.add(customer)
    session.flush()
    session.add(address)
    for method_id, method in record.payment_methods.items():
        _payment_method(session, key, method_id, method, currency)


def _changed_from(session: Session, customer_id: str, kind: str, told: Any) -> bool:
    """Whether what the record tells is what the customer last changed in the chat."""
    query = select(AccountChange).where(AccountChange.customer_id == customer_id, AccountChange.kind == kind)
    last = session.scalars(query.order_by(AccountChange.id.desc()).limit(1)).first()
    return last is not None and last.details["from"] == told


def _free_email(session: Session, customer_id: str, text: str) -> str:
    try:
        email = clean_email(text)
    except InvalidInput as error:
        raise BrokenRecord(".email", f"{text!r} is not an e-mail address.") from error
    owner = session.scalar(select(Customer.id).where(Customer.email == email))
    if owner not in (None, customer_id):
        raise BrokenRecord(".email", f"customer {owner} has this e-mail address already.")
    return email


def _payment_method(
    session: Session, customer_id: str, method_id: str, record: PaymentMethodRecord, currency: str
) -> None:
    where = f".payment_methods[{method_id!r}]"
    if record.source not in KINDS:
        raise BrokenRecord(f"{where}.source", f"{record.source!r} is none of {', '.join(KINDS)}.")
    if record.last_four is not None and not (len(record.last_four) == 4 and record.last_four.isdigit()):
        raise BrokenRecord(f"{where}.last_four", "must be four digits; a full card number must not be in an export.")
    row = session.get(PaymentMethod, method_id) or PaymentMethod(id=method_id, customer_id=customer_id)
    if row.customer_id != customer_id:
        raise BrokenRecord(where, f"belongs to customer {row.customer_id} already.")
    row.kind, row.brand, row.last_four = record.source, record.brand, record.last_four
    check_texts(row)
    session.add(row)
    session.flush()
    if record.source == "gift_card" and record.balance is not None:
        _balance(session, method_id, minor(record.balance, currency, f"{where}.balance"), currency)


def _balance(session: Session, method_id: str, said: int, currency: str) -> None:
    """What the shop says counts where it has changed; otherwise a refund that we booked since would be lost."""
    card = session.get(GiftCard, method_id) or GiftCard(payment_method_id=method_id, currency=currency)
    if card.imported_minor != said:
        card.balance_minor, card.imported_minor = said, said
    session.add(card)
