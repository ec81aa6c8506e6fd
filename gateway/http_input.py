"""Reads request bodies with a bound, a deadline and a strict JSON, and takes typed fields out of them."""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import Any

from starlette.requests import ClientDisconnect, Request

from contract.wire import InvalidInput, TooLarge
from gateway.errors import RequestTimeout, UnsupportedMedia
from gateway.text import clean, refuse_unstorable

BODY_LIMIT = 32 * 1024  # 2,000 characters, each escaped as two surrogates, and a shop token
BODY_DEADLINE_S = 10.0
MAX_DEPTH = 20
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        UnsupportedMedia: not ``application/json``, or compressed.
        TooLarge: more than 32 KB; the rest is not read.
        RequestTimeout: the body did not arrive within 10 seconds.
        InvalidInput: not an object in strict JSON (no NaN, no duplicate keys, at most 20 levels deep).
    """
    _check_media(request)
    return parse_object(await read_body(request))


async def read_body(request: Request, *, limit: int = BODY_LIMIT, within_s: float = BODY_DEADLINE_S) -> bytes:
    """The body, at most ``limit`` bytes of it, which has to arrive within ``within_s`` seconds.

    Raises:
        TooLarge, RequestTimeout, InvalidInput: as ``read_object``.
    """
    try:
        return await asyncio.wait_for(_read_body(request, limit), within_s)
    except TimeoutError:
        raise RequestTimeout("The request took too long to arrive.") from None
    except ClientDisconnect:
        raise InvalidInput("The request ended before its body did.") from None


async def read_optional_object(request: Request) -> dict[str, Any]:
    """As ``read_object``; no body at all is an empty object."""
    if request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
        return {}
    return await read_object(request)


def parse_object(body: bytes) -> dict[str, Any]:
    """As ``parse_json``, and an object.

    Raises:
        InvalidInput: anything else.
    """
    value = parse_json(body)
    if not isinstance(value, dict):
        raise InvalidInput("The body must be a JSON object.")
    return value


def parse_json(body: bytes) -> Any:
    """Strict JSON in UTF-8.

    Raises:
        InvalidInput: anything else; the sentence never quotes the body.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise InvalidInput("The body is not valid UTF-8.") from None
    except InvalidInput:
        raise
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON.") from None
    _check_depth(value)
    return value


def take_text(data: dict[str, Any], name: str, *, max_length: int) -> str:
    """A cleaned text field (see ``gateway.text.clean``)."""
    return clean(take_string(data, name, max_length=None), max_length=max_length)


def take_string(data: dict[str, Any], name: str, *, max_length: int | None, pattern: str = "") -> str:
    """A string field of at most ``max_length`` characters which matches ``pattern`` in full.

    Raises:
        InvalidInput: missing, of another type, too long, or of another form.
    """
    value = data.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be a string.")
    if max_length is not None and not 0 < len(value) <= max_length:
        raise InvalidInput(f"{name} must have between 1 and {max_length} characters.")
    if max_length is not None:
        refuse_unstorable(value)
    if pattern and not re.fullmatch(pattern, value):
        raise InvalidInput(f"{name} has characters that are not allowed.")
    return value


def take_uuid(data: dict[str, Any], name: str) -> str:
    """A UUID in its usual form, in lower case.

    Raises:
        InvalidInput: anything else.
    """
    value = data.get(name)
    if not isinstance(value, str) or not is_uuid(value.lower()):
        raise InvalidInput(f"{name} must be a UUID such as 6f1c0f9e-6c1b-4f0a-9a57-0d6c1f3a2b4c.")
    return value.lower()


def is_uuid(value: str) -> bool:
    return _UUID.match(value) is not None


def after_of(request: Request) -> int:
    """The ``after`` of a query (or ``Last-Event-ID``): items with a higher ``seq`` are wanted.

    Raises:
        InvalidInput: not a number between 0 and 2^31.
    """
    raw = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not re.fullmatch(r"[0-9]{1,10}", raw) or int(raw) >= 2**31:
        raise InvalidInput("after must be a whole number, zero or more.")
    return int(raw)


def _check_media(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise UnsupportedMedia("Send JSON, with the header Content-Type: application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("Send the body uncompressed.")


async def _read_body(request: Request, limit: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise TooLarge(f"A request may have at most {limit} bytes.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"A request may have at most {limit} bytes.")
    return bytes(body)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise InvalidInput("The body names the same key twice.")
    return data


def _refuse_constant(_name: str) -> Any:
    raise InvalidInput("The body holds a number that JSON does not have.")


def _finite(raw: str) -> float:
    value = float(raw)
    if not math.isfinite(value):
        raise InvalidInput("The body holds a number that is too large.")
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    raise InvalidInput(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
