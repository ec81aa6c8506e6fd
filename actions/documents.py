"""Documents behind signed links: the gateway fetches them here for whoever has the link."""

from __future__ import annotations

import time

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from actions.db.engine import transaction
from actions.db.models import Invoice, Order
from actions.runtime import Runtime
from contract.links import Document, document_of
from contract.settings import Settings
from contract.signing import sign
from contract.wire import NotFound

IN_CHAT_S = 15 * 60
IN_MAIL_S = 24 * 3600


def invoice_link(invoice_id: str, settings: Settings, *, valid_s: float = IN_CHAT_S) -> str:
    """The address of an invoice's PDF, good for ``valid_s`` seconds."""
    now = time.time()
    token = sign(Document("invoice", invoice_id, now, now + valid_s), key=settings.secret_key)
    return settings.public_address(f"/v1/documents/{token}")


def pdf_of(token: str, shop: Runtime) -> bytes:
    """The PDF of a link's document.

    Raises:
        Unauthorised: not our link, or expired.
        NotFound: there is no such document.
    """
    document = document_of(token, key=shop.settings.secret_key)
    with transaction(shop.reading) as session:
        invoice, order = _invoice(session, document)
        from actions.services.invoice_pdf import draw  # the first use costs seconds and 20 MB

        return draw(invoice, order, shop.settings)


def _invoice(session: Session, document: Document) -> tuple[Invoice, Order]:
    invoice = session.get(Invoice, document.id) if document.kind == "invoice" else None
    if invoice is None:
        raise NotFound("There is no such document.")
    parts = (selectinload(Order.items), selectinload(Order.customer), selectinload(Order.payment_method))
    return invoice, session.scalars(select(Order).where(Order.id == invoice.order_id).options(*parts)).one()
