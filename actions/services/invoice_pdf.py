"""An invoice as a PDF of one or more pages."""

from __future__ import annotations

import io
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from actions.db.models import Invoice, Order
from actions.services.addresses import address_of
from actions.services.masking import describe_method
from actions.services.money import Money, format_money
from actions.wording import day, options_text
from contract.settings import Settings

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
LINE = colors.HexColor("#c8ccd2")


def draw(invoice: Invoice, order: Order, settings: Settings) -> bytes:
    """The PDF. ``order`` comes with its items, customer and way of payment."""
    _register_fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=24 * mm,
        bottomMargin=20 * mm,
        title=f"Invoice {invoice.id}",
        author=settings.shop_name,
    )
    document.build([*_head(invoice, order, settings), _lines(invoice, order, settings.locale), *_foot(order)])
    return out.getvalue()


def _head(invoice: Invoice, order: Order, settings: Settings) -> list[Flowable]:
    customer, address = order.customer, address_of(order)
    name = " ".join(part for part in (customer.first_name, customer.last_name) if part)
    placed = f" of {day(order.placed_at, settings.locale)}" if order.placed_at else ""
    return [
        _text(settings.shop_name, size=10),
        Spacer(1, 8 * mm),
        _text(f"Invoice {invoice.id}", size=18, font=BOLD),
        Spacer(1, 3 * mm),
        _text(f"{day(invoice.issued_at, settings.locale)}, for order {order.id}{placed}"),
        Spacer(1, 8 * mm),
        *(_text(part) for part in (name, *address.text.split(", "))),
        Spacer(1, 10 * mm),
    ]


def _lines(invoice: Invoice, order: Order, locale: str) -> Table:
    def money(minor: int) -> str:
        return format_money(Money(minor, order.currency), locale)

    rows: list[list[object]] = [["Pieces", "Item", "Each", "Together"]]
    for item in order.items:
        options = f" ({options_text(item.options)})" if item.options else ""
        each = item.unit_price_minor
        rows.append([str(item.quantity), _text(f"{item.name}{options}"), money(each), money(each * item.quantity)])
    rows.append(["", "Total", "", money(invoice.total_minor)])
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, 9),
        ("FONT", (0, 0), (-1, 0), BOLD, 9),
        ("FONT", (0, -1), (-1, -1), BOLD, 9),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, LINE),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, LINE),
    ]
    return Table(rows, colWidths=[18 * mm, 84 * mm, 32 * mm, 32 * mm], repeatRows=1, style=TableStyle(style))


def _foot(order: Order) -> list[Flowable]:
    return [Spacer(1, 8 * mm), _text(f"Paid with {describe_method(order.payment_method)}.")]


def _text(text: str, *, size: float = 9, font: str = FONT) -> Paragraph:
    return Paragraph(escape(text), ParagraphStyle("text", fontName=font, fontSize=size, leading=size * 1.4))


@cache
def _register_fonts() -> None:
    """DejaVu, which has the letters of most names and comes with matplotlib."""
    spec = find_spec("matplotlib")
    assert spec is not None and spec.origin is not None, "matplotlib is one of our dependencies"
    folder = Path(spec.origin).parent / "mpl-data/fonts/ttf"
    for name in (FONT, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))
