"""The invoice as a PDF, behind a link that expires."""

from __future__ import annotations

import io
import re
import time

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from actions.db.models import Customer, Invoice
from actions.documents import invoice_link
from actions.server import make_app
from contract.links import Document
from contract.signing import sign
from tests.actions.dialogue.conftest import KEY

MIA, DELIVERED = "demo-mia", "#W0388120"


@pytest.fixture
def client(talk):
    with TestClient(make_app(talk.shop, with_background=False)) as client:
        yield client


def token_in(text: str) -> str:
    return re.search(r"/v1/documents/([\w.-]+)", text)[1]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def asked_for(talk):
    talk.hear(f"the invoice of {DELIVERED}", "get_invoice", order_id=DELIVERED).begin("order_form")
    return talk.act("action_get_invoice")


def test_a_verified_customer_gets_the_invoice_with_letters_of_every_name(talk, client):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        session.get_one(Customer, MIA).last_name = "Łukasiewicz-Ñandú <b>"
    said = asked_for(talk).text
    answer = client.get(f"/documents/{token_in(said)}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    text = text_of(answer.content)
    with talk.shop.reading.begin() as session:
        invoice = session.query(Invoice).filter_by(order_id=DELIVERED).one()
        assert f"Invoice {invoice.id}" in text and DELIVERED in text
        assert f"${invoice.total_minor / 100:.2f}" in text
    assert "Mia Łukasiewicz-Ñandú <b>" in text and "14 Alder Street" in text and "Paid with Visa ending in 4242" in text
    assert invoice_link(invoice.id, talk.shop.settings) in said or "open it as a PDF" in said


def test_the_link_is_in_the_mail_and_not_in_a_strangers_chat(talk, client):
    talk.orders = (DELIVERED,)
    said = asked_for(talk).text
    assert "/v1/documents/" not in said and "is on its way to m***@example.com" in said
    (mail,) = talk.sent("Invoice INV-")
    assert client.get(f"/documents/{token_in(mail.body)}").content.startswith(b"%PDF")


def test_links_that_are_not_good(talk, client):
    now = time.time()
    expired = sign(Document("invoice", "INV-2026-00001", now - 1000, now - 1), key=KEY)
    foreign = sign(Document("invoice", "INV-2026-00001", now, now + 60), key="x" * 40)
    unknown = sign(Document("invoice", "INV-1999-00001", now, now + 60), key=KEY)
    other = sign(Document("passport", "1", now, now + 60), key=KEY)
    found = [client.get(f"/documents/{token}").status_code for token in (expired, foreign, "x.y", unknown, other)]
    assert found == [401, 401, 401, 404, 404]
