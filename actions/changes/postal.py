"""Reads a postal address that somebody typed in one message."""

from __future__ import annotations

import re

from babel import Locale

from actions.services.change_views import AddressView

LONGEST = 200
_LEAD = re.compile(
    r"^.*?\b(?:send it to|ship it to|deliver(?:y)? (?:it )?to|address(?: is| to| should be)?|change it to|to|is|it's)\b"
    r"[:\s]+(?=\d|[A-Z])",
    re.IGNORECASE,
)
_ZIP = re.compile(
    r"\b(?:\d{5}-\d{4}|\d{5,6}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|\d{3}-\d{4}"
    r"|\d{4} ?[A-Z]{2}|\d{4})\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(r"(?:[\s,;.!-]+(?:please|pls|plz|thanks?(?: you)?|thx|cheers))+[\s.!]*$", re.IGNORECASE)
_UNIT = re.compile(r"^(?:apt|apartment|suite|ste|unit|floor|flat|room|no|c/o|#)\b\.?", re.IGNORECASE)
_STREET = re.compile(r"\d.*[^\W\d_]|[^\W\d_].*\d")
_STATE = re.compile(r"\b([A-Z]{2})\b\s*$")
_NOT_ALLOWED = re.compile(r"[<>{}\\|\x00-\x08\x0b-\x1f]|https?:|javascript:", re.IGNORECASE)
_OTHER_NAMES = {"usa": "USA", "us": "USA", "u.s.": "USA", "united states": "USA", "uk": "UK", "united kingdom": "UK"}


def read_address(text: str, country: str) -> AddressView | None:
    """The address in ``text``: street and number, perhaps a unit, city, postal code, perhaps state and country.

    Args:
        country: taken where the text names none.

    Returns None where a part is missing, or where there is something in it that no address has.
    """
    if len(text) > LONGEST or _NOT_ALLOWED.search(text):
        return None
    plain = _COURTESY.sub("", text)
    parts = [part.strip(" .") for part in re.split(r"[,;\n]+", plain) if part.strip(" .")]
    if parts and (lead := _LEAD.match(parts[0])):
        parts[0] = parts[0][lead.end() :].strip()
    named = _country(parts[-1]) if len(parts) > 1 else None
    if named is not None:
        parts, country = parts[:-1], named
    streets = [at for at, part in enumerate(parts) if _STREET.search(part)]
    if len(parts) < 2 or not streets or streets[0] == len(parts) - 1:
        return None
    line1, rest = parts[streets[0]], parts[streets[0] + 1 :]
    line2 = rest.pop(0) if rest and _UNIT.match(rest[0]) else ""
    found = _town(rest)
    if found is None:
        return None
    city, state, zip_code = found
    return AddressView(line1, city, zip_code, country, line2, state)


def resembles_address(text: str) -> bool:
    """Whether it would be an address without what no address has: somebody meant one."""
    return read_address(_NOT_ALLOWED.sub(" ", text)[:LONGEST], "") is not None


def _town(parts: list[str]) -> tuple[str, str, str] | None:
    """City, state and postal code of ``Portland``, ``OR 97205``, or of ``97205 Portland``."""
    text = ", ".join(parts)
    codes = list(_ZIP.finditer(text))
    if not codes:
        return None
    code = codes[-1]
    rest = re.sub(r"\s*,\s*", ", ", (text[: code.start()] + " " + text[code.end() :]).strip(" ,"))
    state = _STATE.search(rest)
    city = rest[: state.start()] if state else rest
    city = " ".join(city.split()).strip(" ,")
    if not re.search(r"[^\W\d_]{2}", city) or len(city) > 60:
        return None
    return city, state[1] if state else "", code[0].upper()


def _country(text: str) -> str | None:
    plain = text.strip().lower().removeprefix("the ")
    if plain in _OTHER_NAMES:
        return _OTHER_NAMES[plain]
    names = {str(name).lower(): str(name) for name in Locale("en").territories.values()}
    return names.get(plain)
