"""What the programs sign for one another, and for links that shoppers keep: a dataclass as a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any, TypeVar

from contract.wire import InvalidInput, Unauthorised, dumps, from_json

T = TypeVar("T")
CONTEXT_MAX_AGE_S = 60


def sign(value: Any, *, key: str) -> str:
    """A dataclass as ``base64url(json).base64url(HMAC-SHA256)``."""
    body = base64.urlsafe_b64encode(dumps(value).encode()).rstrip(b"=")
    return f"{body.decode()}.{_mac(body, type(value).__name__, key)}"


def verify(kind: type[T], token: str, *, key: str, max_age_s: float = CONTEXT_MAX_AGE_S, now: float | None = None) -> T:
    """The signed dataclass, if we signed it and it is fresh.

    Raises:
        Unauthorised: another key, another kind, altered, or older than ``max_age_s`` seconds.
    """
    body, _, mac = token.partition(".")
    expected = _mac(body.encode(errors="replace"), kind.__name__, key)
    if not hmac.compare_digest(mac.encode(errors="replace"), expected.encode()):
        raise Unauthorised(f"The signature of this {kind.__name__.lower()} is not ours.")
    try:
        data = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        value = from_json(kind, data)
    except (ValueError, InvalidInput) as error:
        raise Unauthorised(f"This {kind.__name__.lower()} cannot be read: {error}") from error
    age = (time.time() if now is None else now) - float(data.get("issued_at", 0))
    if age > max_age_s or age < -max_age_s:
        raise Unauthorised(f"This {kind.__name__.lower()} has expired ({age:.0f} s old).")
    return value


def _mac(body: bytes, purpose: str, key: str) -> str:
    digest = hmac.new(key.encode(), purpose.encode() + b"\0" + body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
