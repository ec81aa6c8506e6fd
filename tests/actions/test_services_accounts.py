"""Accounts that are changed in the chat, on SQLite and PostgreSQL: once, by their owner, and kept by an import."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from actions.access import NeedsVerification, Viewer
from actions.db.models import AccountChange, Address, Customer, Order
from actions.services import accounts, erasure
from actions.services.change_views import AddressView
from actions.services.idempotency import IdempotencyKey
from actions.shop_import.users import import_user
from contract.wire import Conflict, InvalidInput, NotFound

MIA = "demo-mia"
VIEWER = Viewer("talk", "m", customer_id=MIA, verified=True)


def key(message: str = "m", action: str = "change") -> IdempotencyKey:
    return IdempotencyKey("talk", message, action)


def finished(session):
    for order in session.scalars(select(Order).where(Order.customer_id == MIA)):
        order.status = "delivered"


CHANGES = [
    lambda session, viewer: accounts.rename(session, viewer, "Mia", "Berg", key()),
    lambda session, viewer: accounts.change_email(session, viewer, "mia@new.example", key()),
    lambda session, viewer: accounts.set_newsletter(session, viewer, True, key()),
    lambda session, viewer: accounts.set_kind(session, viewer, "business", key()),
    lambda session, viewer: accounts.set_default_address(
        session, viewer, AddressView("1 New Road", "Salem", "97301", "USA"), key()
    ),
    lambda session, viewer: erasure.erase(session, viewer, key()),
]


@pytest.mark.parametrize("change", CHANGES)
def test_only_a_verified_customer_changes_an_account(shop, change):
    for viewer in (Viewer("talk", "m"), Viewer("talk", "m", customer_id=MIA), Viewer("talk", "m", verified=True)):
        with pytest.raises(NeedsVerification), shop.sessions.begin() as session:
            change(session, viewer)


@pytest.mark.parametrize("change", CHANGES)
def test_a_deleted_account_is_changed_no_more(shop, change):
    with shop.sessions.begin() as session:
        finished(session)
        erasure.erase(session, VIEWER, key("first"))
    with pytest.raises(NotFound), shop.sessions.begin() as session:
        change(session, VIEWER)


@pytest.mark.parametrize("change", CHANGES)
def test_a_failure_afterwards_leaves_nothing_half_done(shop, change):
    with shop.sessions.begin() as session:
        finished(session)
    with pytest.raises(RuntimeError), shop.sessions.begin() as session:
        change(session, VIEWER)
        raise RuntimeError
    with shop.reading.begin() as session:
        row = session.get_one(Customer, MIA)
        assert (row.last_name, row.email, row.newsletter, row.kind, row.erased_at) == (
            "Hansen",
            "mia.hansen@example.com",
            False,
            "private",
            None,
        )
        assert len(session.scalars(select(Address).where(Address.customer_id == MIA)).all()) == 1
        assert not session.scalars(select(AccountChange)).all()


@pytest.mark.parametrize("change", CHANGES[:-1])
def test_the_same_message_at_the_same_moment_changes_once(shop, at_once, change):
    def make(_number):
        with shop.sessions.begin() as session:
            return change(session, VIEWER)

    results = at_once(4, make)
    assert len({str(result) for result in results}) == 1
    with shop.reading.begin() as session:
        assert len(session.scalars(select(AccountChange)).all()) == 1


def test_two_accounts_cannot_get_one_address_at_the_same_moment(shop, at_once):
    def make(number):
        viewer = Viewer(f"talk-{number}", "m", customer_id=("demo-mia", "demo-tom")[number], verified=True)
        try:
            with shop.sessions.begin() as session:
                accounts.change_email(
                    session, viewer, "both@new.example", IdempotencyKey(viewer.conversation_id, "m", "c")
                )
            return "changed"
        except Conflict:
            return "refused"

    assert sorted(at_once(2, make)) == ["changed", "refused"]


@pytest.mark.parametrize(("first", "last"), [("", "Berg"), ("Mia", "4"), ("<b>", "Berg"), ("x" * 81, "Berg")])
def test_names_that_are_none(shop, first, last):
    with pytest.raises(InvalidInput), shop.sessions.begin() as session:
        accounts.rename(session, VIEWER, first, last, key())


def record(email: str, last_name: str) -> dict:
    return {
        "name": {"first_name": "Mia", "last_name": last_name},
        "email": email,
        "address": {
            "address1": "14 Alder Street",
            "address2": "",
            "city": "Portland",
            "state": "OR",
            "zip": "97205",
            "country": "USA",
        },
        "payment_methods": {},
    }


def test_an_import_keeps_what_the_chat_changed_until_the_shop_says_something_new(shop):
    with shop.sessions.begin() as session:
        accounts.rename(session, VIEWER, "Mia", "Berg", key("1"))
        accounts.change_email(session, VIEWER, "mia@new.example", key("2"))
    with shop.sessions.begin() as session:
        import_user(session, MIA, record("mia.hansen@example.com", "Hansen"), "d1", "USD")
        row = session.get_one(Customer, MIA)
        assert (row.last_name, row.email) == ("Berg", "mia@new.example")
        import_user(session, MIA, record("mia@third.example", "Lind"), "d2", "USD")
        assert (row.last_name, row.email) == ("Lind", "mia@third.example")


def test_an_import_brings_no_deleted_account_back(shop):
    with shop.sessions.begin() as session:
        finished(session)
        erasure.erase(session, VIEWER, key())
    with shop.sessions.begin() as session:
        import_user(session, MIA, record("mia.hansen@example.com", "Hansen"), "d1", "USD")
    with shop.reading.begin() as session:
        row = session.get_one(Customer, MIA)
        assert (row.first_name, row.email) == ("Deleted", "demo-mia@erased.invalid")
        assert not session.scalars(select(Address).where(Address.customer_id == MIA)).all()
