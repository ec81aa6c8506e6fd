"""Tickets and invoices."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from actions.access import NeedsIdentification
from actions.db.models import Invoice, OutboxMail, Ticket
from actions.services import invoices, tickets
from contract.wire import InvalidInput, NotFound, TooMany

PENDING, DELIVERED = "#W0417301", "#W0388120"


def open_ticket(shop, viewer, key, text="It arrived broken.", email="me@example.com", order_id=None):
    with shop.sessions.begin() as session:
        return tickets.open_ticket(session, viewer, "Broken lamp", text, email, key, order_id=order_id)


def count(shop, table) -> int:
    with shop.reading.begin() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_ticket_is_opened_once_and_confirmed_without_its_text(shop, people, at_once):
    results = at_once(8, lambda _number: open_ticket(shop, people.anonymous(), people.key(action="ticket")))
    assert len({ticket.ticket_id for ticket in results}) == 1 and count(shop, Ticket) == 1
    assert results[0].status == "open" and results[0].email_masked == "m***@example.com"
    with shop.reading.begin() as session:
        mail = session.scalars(select(OutboxMail)).one()
    assert results[0].ticket_id in mail.subject and "broken" not in mail.body.lower()


def test_a_ticket_is_seen_by_its_conversation_and_its_customer_only(shop, people):
    mia = people.verified("demo-mia", conversation="first")
    opened = open_ticket(shop, mia, people.key(action="ticket"), email=None)
    with shop.reading.begin() as session:
        number = opened.ticket_id
        assert tickets.ticket_status(session, people.anonymous("first"), number.lower()) == opened
        assert tickets.ticket_status(session, people.verified("demo-mia", conversation="later"), number[2:]) == opened
        for viewer in (people.anonymous("later"), people.verified("demo-tom", conversation="later")):
            with pytest.raises(NotFound) as foreign:
                tickets.ticket_status(session, viewer, number)
            with pytest.raises(NotFound) as unknown:
                tickets.ticket_status(session, viewer, "T-1000000")
            assert foreign.value.message == unknown.value.message
        with pytest.raises(NotFound):
            tickets.ticket_status(session, people.anonymous("first"), "no number")


def test_a_ticket_notes_only_orders_that_the_viewer_may_see(shop, people):
    def noted(viewer, message):
        return open_ticket(shop, viewer, people.key(message, "ticket"), order_id=PENDING).order_id

    assert noted(people.anonymous(), "m-1") is None
    assert noted(people.verified("demo-tom"), "m-2") is None
    assert noted(people.identified(PENDING), "m-3") == PENDING
    assert noted(people.verified("demo-mia"), "m-4") == PENDING


@pytest.mark.parametrize(("text", "email"), [("  ", "me@example.com"), ("x", "nonsense"), ("x", None), ("x", "")])
def test_a_ticket_needs_text_and_address(shop, people, text, email):
    with pytest.raises(InvalidInput):
        open_ticket(shop, people.anonymous(), people.key(action="ticket"), text=text, email=email)


def test_ten_tickets_an_hour(shop, people):
    for number in range(10):
        open_ticket(shop, people.anonymous(), people.key(f"m-{number}", "ticket"))
    with pytest.raises(TooMany):
        open_ticket(shop, people.anonymous(), people.key("m-10", "ticket"))


def send_invoice(shop, viewer, order_id):
    with shop.sessions.begin() as session:
        return invoices.invoice(session, viewer, order_id)


def test_an_invoice_goes_to_the_address_on_file(shop, people):
    view = send_invoice(shop, people.identified(DELIVERED), DELIVERED)
    assert view.invoice_id.startswith("INV-") and view.sent_to_masked == "m***@example.com"
    with shop.reading.begin() as session:
        mail = session.scalars(select(OutboxMail)).one()
    assert mail.recipient == "mia.hansen@example.com" and view.invoice_id in mail.body and "$123.00" in mail.body


def test_a_missing_invoice_gets_the_next_number(shop, people, at_once):
    before = count(shop, Invoice)
    numbers = ("#W0417301", "#W0419950", "#W0420118")
    views = at_once(3, lambda number: send_invoice(shop, people.identified(*numbers), numbers[number]))
    # One message asks for one invoice: the same message id for another order is refused, whoever is first wins.
    assert sum(not isinstance(view, Exception) for view in views) == 1
    assert count(shop, Invoice) == before + 1


def test_parallel_invoices_have_different_numbers(shop, people, at_once):
    numbers = ("#W0417301", "#W0419950", "#W0420118")

    def send(number):
        viewer = people.verified("x", message=f"m-{number}")
        seen = type(viewer)(viewer.conversation_id, viewer.message_id, identified_orders=numbers)
        return send_invoice(shop, seen, numbers[number])

    ids = sorted(view.invoice_id for view in at_once(3, send))
    assert len(set(ids)) == 3
    assert [int(name[-5:]) for name in ids] == list(range(int(ids[0][-5:]), int(ids[0][-5:]) + 3))


def test_an_invoice_is_mailed_three_times_an_hour_and_to_nobody_else(shop, people):
    for number in range(3):
        viewer = type(people.anonymous())("t", f"m-{number}", identified_orders=(DELIVERED,))
        send_invoice(shop, viewer, DELIVERED)
    with pytest.raises(TooMany):
        send_invoice(shop, people.identified(DELIVERED), DELIVERED)
    with pytest.raises(NeedsIdentification):
        send_invoice(shop, people.anonymous(), DELIVERED)
