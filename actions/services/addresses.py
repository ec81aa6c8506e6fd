"""The address of an order, changed before it is shipped."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Customer, Order, OrderChange
from actions.services.case import Case
from actions.services.change_views import AddressChanged, AddressQuote, AddressView
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.order_rows import require_verified
from actions.services.policy import Policy
from contract.wire import Conflict, to_json


def quote(case: Case) -> AddressQuote:
    """Where the order goes now, and whether that may be changed. Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
    """
    order = case.order()
    return AddressQuote(case.view(order), case.why_not(order, "address"), address_of(order))


def on_file(session: Session, viewer: Viewer) -> AddressView | None:
    """Where orders of the customer's account go: the default address, or else the first; None where there is none."""
    require_verified(viewer)
    customer = session.get(Customer, viewer.customer_id)
    rows = sorted(customer.addresses, key=lambda row: not row.is_default) if customer is not None else []
    row = rows[0] if rows else None
    return AddressView(row.line1, row.city, row.zip_code, row.country, row.line2, row.state) if row else None


def check(order_address: AddressView, address: AddressView, policy: Policy) -> None:
    """
    Raises:
        Conflict: the policy does not let the order go there.
    """
    if policy.address.same_country and _plain(address.country) != _plain(order_address.country):
        raise Conflict(
            f"An order can only be sent to another address within {order_address.country}: for another country please "
            "cancel it and order again."
        )


def change(case: Case, address: AddressView, key: IdempotencyKey) -> AddressChanged:
    """Sends the order to ``address``, once per ``key``.

    Raises:
        NotFound, NeedsVerification: as ``quote``.
        Conflict: the policy does not allow it.
    """

    def make() -> AddressChanged:
        return _change(case, address, key)

    return case.once(key, make, AddressChanged, address=to_json(address))


def address_of(order: Order) -> AddressView:
    return AddressView(
        order.ship_line1, order.ship_city, order.ship_zip, order.ship_country, order.ship_line2, order.ship_state
    )


def _change(case: Case, address: AddressView, key: IdempotencyKey) -> AddressChanged:
    order = case.order_to_change("address")
    before = address_of(order)
    check(before, address, case.policy)
    order.ship_line1, order.ship_line2 = address.line1, address.line2
    order.ship_city, order.ship_state = address.city, address.state
    order.ship_zip, order.ship_country = address.zip_code, address.country
    details = {"from": to_json(before), "to": to_json(address)}
    case.session.add(
        OrderChange(order_id=order.id, kind="address", details=details, status_before=order.status, made_at=utc_now())
    )
    body = f"Your order {order.id} now goes to:\n\n  {address.text}\n\nIf that was not you, please answer at once."
    enqueue(case.session, order.customer.email, f"New address of order {order.id}", body, key)
    return AddressChanged(order.id, address)


def _plain(country: str) -> str:
    known = {"unitedstates": "usa", "us": "usa", "unitedstatesofamerica": "usa", "unitedkingdom": "uk", "gb": "uk"}
    plain = "".join(sign for sign in country.lower() if sign.isalpha()).removeprefix("the")
    return known.get(plain, plain)
