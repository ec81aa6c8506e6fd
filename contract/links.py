"""Signed links that shoppers get: to a document of the shop, and to the page of a product that was recommended.

Whoever has such a link may open it. So it names no conversation and no customer.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from contract.signing import verify
from contract.wire import Unauthorised

DOCUMENT_MAX_AGE_S = 7 * 24 * 3600
PRODUCT_LINK_MAX_AGE_S = 180 * 24 * 3600
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


@dataclass(frozen=True)
class Document:
    """What a link opens, for whoever has it, until ``expires_at`` (unix seconds).

    ``kind``: ``invoice`` (``id`` is its number).
    """

    kind: str
    id: str
    issued_at: float
    expires_at: float


@dataclass(frozen=True)
class ProductLink:
    """The shop's own page of a product, which the answer to a message recommended.

    ``GET /v1/links/TOKEN`` of the gateway leads to ``url`` and tells the action server of the click.
    """

    url: str
    message_id: str
    product_id: str
    issued_at: float


@dataclass(frozen=True)
class ProductClick:
    """What the gateway tells the action server at ``POST /recommendations/clicked``, with the secret key as bearer:
    somebody followed the link of a product that the answer to this message recommended."""

    message_id: str
    product_id: str


def document_of(token: str, *, key: str, now: float | None = None) -> Document:
    """The document of a signed link.

    Raises:
        Unauthorised: not signed by us, altered, or expired.
    """
    document = verify(Document, token, key=key, max_age_s=DOCUMENT_MAX_AGE_S, now=now)
    if document.expires_at < (time.time() if now is None else now):
        raise Unauthorised("This link has expired.")
    return document


def product_link_of(token: str, *, key: str, now: float | None = None) -> ProductLink:
    """The product of a signed link.

    Raises:
        Unauthorised: not signed by us, altered, more than 180 days old, or not to a web page.
    """
    link = verify(ProductLink, token, key=key, max_age_s=PRODUCT_LINK_MAX_AGE_S, now=now)
    if not is_web_address(link.url):
        raise Unauthorised("This link leads to no web page.")
    return link


def is_web_address(url: str) -> bool:
    """Whether it is a whole address of http or https."""
    return _WEB_ADDRESS.match(url) is not None
