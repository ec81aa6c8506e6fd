"""The numbers of a text with what they count, however they are written: ``1,000``, ``five to seven business days``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: value for value, word in enumerate(_SMALL.split())}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_UNITS = {
    name: names.split()[0]
    for names in (
        "day days", "hour hours hr hrs h", "minute minutes min mins", "second seconds", "week weeks", "month months",
        "year years yr yrs", "% percent pct", "$ usd dollar dollars", "€ eur euro euros", "£ gbp pound pounds",
        "cent cents", "try tries attempt attempts", "time times", "am", "pm", "kg kilo kilos kilogram kilograms",
        "lb lbs", "inch inches", "cm centimetre centimetres centimeter centimeters", "digit digits",
        "item items thing things", "order orders", "customer customers", "character characters letter letters",
        "photo photos", "star stars",
    )
    for name in names.split()
}  # fmt: skip
_BUSINESS = frozenset({"business", "working"})
_PASSED_OVER = frozenset({"more", "full", "whole", "calendar", "additional", "further", "a", "per", "-"})
_ONE = ("one",)
_BETWEEN = frozenset({"to", "and", "or", "-", "–", "—", "through", "until"})
_TOKEN = re.compile(r"\d{1,2}:\d{2}|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+|[-–—$€£%]")


@dataclass(frozen=True)
class Quantity:
    """``number`` is normalised; ``unit`` is empty where it counts nothing that we know."""

    number: str
    unit: str = ""


def quantities(text: str) -> frozenset[Quantity]:
    """All numbers in ``text``. "one" alone is a pronoun more often than a number, and counts only with a unit."""
    tokens = _numbered(_TOKEN.findall(_plain(text)))
    found: set[Quantity] = set()
    unit_of_next = ""
    for at in range(len(tokens) - 1, -1, -1):
        number = tokens[at]
        if not _is_number(number):
            unit_of_next = unit_of_next if number in _BETWEEN else ""
            continue
        unit_of_next = _unit(tokens, at) or unit_of_next
        if number != "one":
            found.add(Quantity(number, unit_of_next))
        elif unit_of_next:
            found.add(Quantity("1", unit_of_next))
    return frozenset(found)


def _plain(text: str) -> str:
    """Lower case, every decimal digit as 0 to 9, ``a.m.`` as ``am``."""
    text = unicodedata.normalize("NFKC", text).lower().replace("a.m.", "am").replace("p.m.", "pm")
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def _numbered(tokens: Sequence[str]) -> list[str]:
    """The tokens with numbers normalised, those in words joined to one."""
    found: list[str] = []
    words: list[str] = []
    for place, token in enumerate([*tokens, ""]):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in _VALUES or (words and token in _SCALES):
            words.append(token)
        elif not (words and token in ("-", "and") and _continues(words[-1], token, following)):
            found += _values(words)
            words = []
            found.append(_normal(token))
    return found[:-1]


def _continues(last: str, joint: str, following: str) -> bool:
    """Whether ``twenty-one`` or ``two hundred and five`` goes on here."""
    if joint == "-":
        return _VALUES.get(last, 0) >= 20 and 1 <= _VALUES.get(following, 0) <= 9
    return last in _SCALES and following in _VALUES


def _values(words: Sequence[str]) -> list[str]:
    if list(words) == ["one"]:
        return ["one"]
    found: list[int] = []
    for word in words:
        if word in _SCALES:
            found[-1] *= _SCALES[word]
        elif found and _belongs(found[-1], _VALUES[word]):
            found[-1] += _VALUES[word]
        else:
            found.append(_VALUES[word])
    return [str(value) for value in found]


def _belongs(before: int, value: int) -> bool:
    """Whether ``value`` adds to what was said before it, as in ``forty two`` and ``two hundred ten``."""
    return (before % 100 == 0 and before > 0 and value < 100) or (before % 100 >= 20 and before % 10 == 0 < value < 10)


def _normal(token: str) -> str:
    if not token[:1].isdigit() or ":" in token:
        return token
    return f"{Decimal(token.replace(',', '')).normalize():f}"


def _is_number(token: str) -> bool:
    return token[:1].isdigit() or token in _ONE


def _unit(tokens: Sequence[str], at: int) -> str:
    """What stands before (a currency's sign) or behind; business days are not days."""
    if at and tokens[at - 1] in ("$", "€", "£"):
        return _UNITS[tokens[at - 1]]
    business = ""
    for token in tokens[at + 1 : at + 4]:
        if token in _BUSINESS:
            business = "business "
        elif token in _UNITS:
            return business + _UNITS[token]
        elif token not in _PASSED_OVER:
            return ""
    return ""
