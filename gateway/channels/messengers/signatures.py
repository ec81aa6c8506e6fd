"""Proofs that a provider sent a request, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac

from contract.wire import Unauthorised


def hmac_sha256(key: str, content: bytes) -> str:
    """HMAC-SHA256 in hex."""
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def check_equal(presented: str, expected: str) -> None:
    """
    Raises:
        Unauthorised: they differ.
    """
    if not hmac.compare_digest(presented.encode("utf-8", "surrogatepass"), expected.encode()):
        raise Unauthorised("The signature of this request is missing or wrong.")
