"""The catalogue: search, find, say what comes closest, note who waits for stock."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Category, Product, StockNotification, Variant
from actions.services import near_misses
from actions.services.catalog_rows import Entry, all_products, index, product_view
from actions.services.filters import fitting
from actions.services.idempotency import IdempotencyKey, once
from actions.services.limits import Limit
from actions.services.masking import clean_email, mask_email
from actions.services.matching import SURE, nearest, score
from actions.services.views import NearMiss, ProductView, SearchQuery, StockNotice
from actions.services.words import content_tokens
from contract.wire import NotFound

NOTICE_LIMIT = Limit(
    "stock notice", count=20, minutes=60, sentence="You have noted a lot already. Please try again in an hour."
)


def search(session: Session, query: SearchQuery, limit: int = 5) -> list[ProductView]:
    """Products that fit all filters, best match first; empty where none fits (see ``near_miss``).

    Each view holds only the variants that fit.
    """
    found = [(product, fitting(product, query)) for product in _of_kind(session, query.product)]
    return _views([(product, variants) for product, variants in found if variants])[:limit]


def near_miss(session: Session, query: SearchQuery, limit: int = 3) -> NearMiss | None:
    """What comes closest to a search without results; None where not even the kind of product is known."""
    products, said = _of_kind(session, query.product), ""
    if not products:
        products, said = _of_kind(session, _known_words(session, query.product)), f"Nothing called “{query.product}”"
    relaxed = near_misses.relax(products, query)
    if relaxed is None:
        return None
    dropped, found = relaxed
    views = _views(found)
    if "price_max" in dropped:
        views.sort(key=lambda view: view.price_from.minor)
    if not said:
        return NearMiss(near_misses.note(query, dropped, found), dropped, tuple(views[:limit]))
    return NearMiss(f"{said} that fits, but there is this.", ("product", *dropped), tuple(views[:limit]))


def find_product(session: Session, text: str) -> ProductView | None:
    """The one product that ``text`` most likely names, with all its variants; None where nothing is close."""
    ranked = _ranked(index(session), text)
    if not ranked or ranked[0][0] < SURE:
        return None
    return product_view(all_products(session, [ranked[0][1].product_id])[0])


def get_product(session: Session, product_id: str) -> ProductView:
    """A product with all its variants.

    Raises:
        NotFound: no such product.
    """
    rows = all_products(session, [product_id])
    view = product_view(rows[0]) if rows else None
    if view is None:
        raise NotFound("We don't have this product (any more).")
    return view


def list_categories(session: Session) -> list[str]:
    """The names of the categories that have products, in alphabetical order."""
    query = select(Category.name).join(Product, Product.category_id == Category.id).where(Product.is_active)
    return list(session.scalars(query.distinct().order_by(Category.name)))


def notify_in_stock(
    session: Session, product_id: str, email: str, key: IdempotencyKey, variant_id: str | None = None
) -> StockNotice:
    """Notes that ``email`` waits for a product or a variant. Noting it twice is the same as once.

    Raises:
        NotFound: no such product or variant.
        InvalidInput: not an e-mail address.
        TooMany: 20 notes in an hour from one conversation.
    """
    address, product = clean_email(email), get_product(session, product_id)
    wanted = [variant for variant in product.variants if variant_id in (None, variant.variant_id)]
    if not wanted:
        raise NotFound(f"{product.name} does not come like that.")
    if any(variant.in_stock for variant in wanted):
        return StockNotice(product.name, mask_email(address), already_in_stock=True)
    request = {"product_id": product_id, "variant_id": variant_id, "email": address}
    return once(
        session, key, lambda: _note(session, product, variant_id, address, key), kind=StockNotice, request=request
    )


def _note(
    session: Session, product: ProductView, variant_id: str | None, email: str, key: IdempotencyKey
) -> StockNotice:
    NOTICE_LIMIT.check(session, key.conversation_id)
    same_variant = StockNotification.variant_id == variant_id if variant_id else StockNotification.variant_id.is_(None)
    open_notes = select(StockNotification.id).where(
        StockNotification.product_id == product.product_id,
        same_variant,
        StockNotification.email == email,
        StockNotification.sent_at.is_(None),
    )
    if session.scalar(open_notes.limit(1)) is not None:
        return StockNotice(product.name, mask_email(email), already_noted=True)
    NOTICE_LIMIT.note(session, key.conversation_id)
    session.add(
        StockNotification(product_id=product.product_id, variant_id=variant_id, email=email, noted_at=utc_now())
    )
    return StockNotice(product.name, mask_email(email))


def _of_kind(session: Session, text: str | None) -> list[Product]:
    """The products that ``text`` names, best first; all of them, best rated first, where there is no text."""
    if not text or not text.strip():
        return sorted(all_products(session), key=lambda product: -(product.rating or 0.0))
    ids = [entry.product_id for _, entry in _ranked(index(session), text)]
    rows = {product.id: product for product in all_products(session, ids)}
    return [rows[product_id] for product_id in ids if product_id in rows]


def _ranked(entries: list[Entry], text: str) -> list[tuple[float, Entry]]:
    """What ``text`` names, best first; equal ones by rating."""
    scored = [(score(text, entry.words), entry) for entry in entries]
    enough = nearest([value for value, _ in scored])
    good = [(value, entry) for value, entry in scored if value >= enough]
    return sorted(good, key=lambda pair: (-round(pair[0], 2), -pair[1].rating, pair[1].name))


def _known_words(session: Session, text: str | None) -> str:
    """The words of ``text`` under which there is anything at all; a text that nothing matches where there is none."""
    entries = index(session)
    known = [word for word in content_tokens(text or "") if _ranked(entries, word)]
    return " ".join(known) or "?"


def _views(found: list[tuple[Product, list[Variant]]]) -> list[ProductView]:
    """In the order given, but what can be had comes first."""
    views = [view for product, variants in found if (view := product_view(product, variants))]
    return sorted(views, key=lambda view: not view.in_stock)
