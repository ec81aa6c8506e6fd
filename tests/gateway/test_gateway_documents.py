"""Links to documents: whoever has one gets a sentence where there is no document (the PDF itself: tests/e2e)."""

from __future__ import annotations

import time

import httpx
import pytest

from contract.links import Document
from contract.signing import sign
from gateway.channels.documents import EXPIRED, NOT_NOW
from tests.gateway.conftest import SECRET, free_port


def link(*, expires_in: float, key: str = SECRET) -> str:
    now = time.time()
    return sign(Document("invoice", "INV-2026-00001", now - 60, now + expires_in), key=key)


@pytest.mark.parametrize(
    "token", [link(expires_in=-1), link(expires_in=60, key="x" * 40), "nonsense", "a.b", "%00.b", "x" * 3000 + ".y"]
)
def test_links_that_are_not_good(gateway, token):
    answer = httpx.get(f"{gateway.url}/v1/documents/{token}")
    assert (answer.status_code, answer.text) == (410, EXPIRED)
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_while_the_action_server_is_away(make_gateway):
    gateway = make_gateway(actions_url=f"http://127.0.0.1:{free_port()}/webhook")
    answer = httpx.get(f"{gateway.url}/v1/documents/{link(expires_in=60)}")
    assert (answer.status_code, answer.text) == (503, NOT_NOW) and answer.headers["Retry-After"] == "60"
