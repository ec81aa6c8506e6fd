"""A customer's own account, changed in the chat. Each change is noted, made once, and confirmed by mail."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import AccountChange, Address, Customer
from actions.services.change_views import AddressView
from actions.services.idempotency import IdempotencyKey, once
from actions.services.limits import serialise
from actions.services.mails import enqueue
from actions.services.masking import clean_email, mask_email
from actions.services.order_rows import require_verified
from contract.wire import Conflict, InvalidInput, NotFound, to_json

KINDS = ("private", "business")
LONGEST_NAME = 80
_NAME = re.compile(r"[^\W\d_]['’.\- ]?(?:[^\W\d_]['’.\- ]{0,2})*")
NOT_YOU = "\n\nIf that was not you, please answer to this mail at once."
TAKEN = "This address belongs to another account already, so I can't use it for this one."


@dataclass(frozen=True)
class AccountView:
    """An account as its customer sees it. ``email`` is masked; ``kind`` is private or business."""

    customer_id: str
    first_name: str
    last_name: str
    email: str
    kind: str
    newsletter: bool


def account(session: Session, viewer: Viewer) -> AccountView:
    """The viewer's account.

    Raises:
        NeedsVerification: the viewer is not verified.
        NotFound: the account was deleted.
    """
    return _view(own_account(session, viewer))


def own_account(session: Session, viewer: Viewer, *, lock: bool = False) -> Customer:
    """The row of the viewer's account. ``lock`` keeps others from changing it meanwhile. Raises as ``account``."""
    require_verified(viewer)
    query = select(Customer).where(Customer.id == viewer.customer_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None or row.erased_at is not None:
        raise NotFound("This account does not exist any more.")
    return row


def rename(session: Session, viewer: Viewer, first: str, last: str, key: IdempotencyKey) -> AccountView:
    """Raises as ``account``; InvalidInput: not a name."""
    first, last = clean_name(first), clean_name(last)

    def change(row: Customer) -> dict[str, Any]:
        before = [row.first_name, row.last_name]
        row.first_name, row.last_name = first, last
        return {"from": before, "to": [first, last]}

    return _change(session, viewer, key, "name", change, f"The name of your account is now {first} {last}.")


def change_email(session: Session, viewer: Viewer, email: str, key: IdempotencyKey) -> AccountView:
    """``email`` has been proved to be the viewer's. The old address hears of it too.

    Raises:
        NeedsVerification, NotFound: as ``account``.
        InvalidInput: not an e-mail address.
        Conflict: another account has it.
    """
    email = clean_email(email)

    def change(row: Customer) -> dict[str, Any]:
        _check_free(session, email, row.id)
        before, row.email = row.email, email
        text = f"Your account now has the address {mask_email(email)}. Mails come there from now on.{NOT_YOU}"
        enqueue(session, before, "New e-mail address", text)
        return {"from": before, "to": email}

    return _change(session, viewer, key, "email", change, "Your account now has this e-mail address.")


def set_newsletter(session: Session, viewer: Viewer, wanted: bool, key: IdempotencyKey) -> AccountView:
    """Raises as ``account``."""

    def change(row: Customer) -> dict[str, Any]:
        before, row.newsletter = row.newsletter, wanted
        return {"from": before, "to": wanted}

    said = "You now get our newsletter, about twice a month." if wanted else "You get no newsletter from us any more."
    return _change(session, viewer, key, "newsletter", change, said)


def set_kind(session: Session, viewer: Viewer, kind: str, key: IdempotencyKey) -> AccountView:
    """Raises as ``account``; InvalidInput: no such kind."""
    if kind not in KINDS:
        raise InvalidInput(f"An account is {' or '.join(KINDS)}.")

    def change(row: Customer) -> dict[str, Any]:
        before, row.kind = row.kind, kind
        return {"from": before, "to": kind}

    return _change(session, viewer, key, "kind", change, f"Your account is a {kind} account now.")


def set_default_address(session: Session, viewer: Viewer, address: AddressView, key: IdempotencyKey) -> AccountView:
    """Adds ``address``, or finds it, and makes it the one that orders go to. Raises as ``account``."""

    def change(row: Customer) -> dict[str, Any]:
        chosen = next((known for known in row.addresses if _same(known, address)), None)
        if chosen is None:
            chosen = _address_row(row.id, address)
            row.addresses.append(chosen)
        for known in row.addresses:
            known.is_default = known is chosen
        return {"to": to_json(address)}

    return _change(session, viewer, key, "address", change, f"Orders go to this address from now on: {address.text}.")


def create(session: Session, email: str, first: str, last: str, key: IdempotencyKey) -> AccountView:
    """A new account. ``email`` has been proved to be the shopper's.

    Raises:
        InvalidInput: not an e-mail address, or not a name.
        Conflict: there is an account with this address.
    """
    email, first, last = clean_email(email), clean_name(first), clean_name(last)

    def make() -> AccountView:
        _check_free(session, email, None)
        row = Customer(
            id=f"chat_{secrets.token_hex(8)}",
            email=email,
            first_name=first,
            last_name=last,
            created_at=utc_now(),
            source="chat",
        )
        session.add(row)
        session.flush()
        enqueue(session, email, "Your account", f"Welcome, {first}: your account is there.{NOT_YOU}", key)
        return _view(row)

    return once(session, key, make, kind=AccountView, request={"email": email, "name": [first, last]})


def clean_name(text: str) -> str:
    """
    Raises:
        InvalidInput: not a name, or too long.
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise InvalidInput("A name has letters only, and at most 80 of them.")
    return name


def _change(
    session: Session,
    viewer: Viewer,
    key: IdempotencyKey,
    kind: str,
    change: Callable[[Customer], dict[str, Any]],
    mail: str,
) -> AccountView:
    """Makes a ``change`` of this ``kind``, which gives back its details, once per ``key``."""
    require_verified(viewer)

    def make() -> AccountView:
        row = own_account(session, viewer, lock=True)
        details = change(row)
        session.add(AccountChange(customer_id=row.id, kind=kind, details=details, made_at=utc_now()))
        enqueue(session, row.email, "Your account was changed", mail + NOT_YOU, key)
        return _view(row)

    return once(session, key, make, kind=AccountView, request={"customer_id": viewer.customer_id, "kind": kind})


def _check_free(session: Session, email: str, customer_id: str | None) -> None:
    serialise(session, f"email:{email}")
    owner = session.scalar(select(Customer.id).where(Customer.email == email))
    if owner not in (None, customer_id):
        raise Conflict(TAKEN)


def _same(row: Address, address: AddressView) -> bool:
    ours = (row.line1, row.line2, row.city, row.state, row.zip_code, row.country)
    return ours == (address.line1, address.line2, address.city, address.state, address.zip_code, address.country)


def _address_row(customer_id: str, address: AddressView) -> Address:
    return Address(
        customer_id=customer_id,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        zip_code=address.zip_code,
        country=address.country,
    )


def _view(row: Customer) -> AccountView:
    return AccountView(row.id, row.first_name, row.last_name, mask_email(row.email), row.kind, row.newsletter)
