"""Links that shoppers keep: they open only what we signed, as long as it holds, and tell nobody who got them."""

import dataclasses
import time

import pytest

from contract.links import (
    PRODUCT_LINK_MAX_AGE_S,
    Document,
    ProductLink,
    document_of,
    is_web_address,
    product_link_of,
)
from contract.signing import sign
from contract.wire import Unauthorised

LINK = ProductLink("https://shop.example/p/mat?a=1#b", "m-1:2", "mat", time.time())


def signed(key, **changes):
    return sign(dataclasses.replace(LINK, **changes), key=key)


def test_a_link_comes_back_whole_and_names_nobody(key):
    assert product_link_of(signed(key), key=key) == LINK
    names = {field.name for field in dataclasses.fields(ProductLink)}
    assert names == {"url", "message_id", "product_id", "issued_at"}


def test_what_we_did_not_sign_is_refused(key):
    token = signed(key)
    body, _, mac = signed(key, url="https://evil.example").partition(".")
    for forged in (f"{body}.{token.partition('.')[2]}", f"{token.partition('.')[0]}.{mac}", signed("x" * 40)):
        with pytest.raises(Unauthorised, match="not ours"):
            product_link_of(forged, key=key)


def test_a_link_holds_for_half_a_year(key):
    assert product_link_of(signed(key), key=key, now=LINK.issued_at + PRODUCT_LINK_MAX_AGE_S - 1)
    with pytest.raises(Unauthorised, match="expired"):
        product_link_of(signed(key), key=key, now=LINK.issued_at + PRODUCT_LINK_MAX_AGE_S + 1)


def test_a_document_is_no_product(key):
    now = time.time()
    with pytest.raises(Unauthorised, match="not ours"):
        product_link_of(sign(Document("invoice", "1", now, now + 60), key=key), key=key)
    with pytest.raises(Unauthorised, match="not ours"):
        document_of(signed(key), key=key)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://shop.example/p/mat", True),
        ("HTTP://shop.example", True),
        ("http://localhost:3000/p", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("ftp://shop.example", False),
        ("//shop.example/p", False),
        ("/p/mat", False),
        ("https:///p", False),
        (" https://shop.example", False),
        ("", False),
    ],
)
def test_only_web_pages(key, url, is_one):
    assert is_web_address(url) is is_one
    if not is_one:
        with pytest.raises(Unauthorised, match="no web page"):
            product_link_of(signed(key, url=url), key=key)
