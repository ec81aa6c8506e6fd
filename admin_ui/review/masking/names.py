"""First names and surnames that are known (mimesis' lists in six languages), and words that only look like names."""

from __future__ import annotations

import calendar
import json
from functools import lru_cache
from importlib import resources
from typing import Any

LOCALES = ("en", "de", "es", "fr", "it", "pt", "nl", "tr", "pl")
MONTHS = tuple(month.lower() for month in calendar.month_name[1:])
EXTRA_FIRST = {"mia", "yusuf", "aarav", "chen", "fatima", "mei", "omar", "raj", "sofia", "wei", "lei", "priya", "ngozi"}
EXTRA_LAST = {
    "li", "wang", "zhang", "chen", "liu", "khan", "singh", "patel", "kumar", "ito", "sato", "kim", "park", "nguyen",
    "tran", "hernandez", "santos", "silva", "rossi", "kovacs", "johansson", "muller", "müller", "ahmed", "ali",
    "hussain", "okafor", "garcia", "lopez", "martinez", "gonzalez", "brown", "davis", "smith", "taylor", "jackson",
    "lee", "moore", "thomas", "anderson", "wilson", "johnson",
}  # fmt: skip


def _lines(name: str) -> list[str]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of a shop's desk that are also somebody's name."""
    return frozenset(word for line in _lines("common_words.txt") for word in line.split())


@lru_cache(maxsize=1)
def brands() -> frozenset[str]:
    """Brands and places that are written like a person."""
    return frozenset(_lines("brands.txt"))


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """Known first names, lower case, without those that are common words."""
    found = {name for locale in LOCALES for name in _words(_person(locale)["names"])}
    return frozenset({*found, *EXTRA_FIRST} - common_words())


@lru_cache(maxsize=1)
def surnames() -> frozenset[str]:
    """Known surnames, lower case."""
    found = {name for locale in LOCALES for name in _words(_person(locale)["surnames"])}
    return frozenset({*found, *EXTRA_LAST})


@lru_cache(maxsize=1)
def place_words() -> frozenset[str]:
    """Every word of a known city, state or country, and the months: a lone one of these is no person."""
    found = set(MONTHS)
    for locale in ("en", "en-gb", "de", "fr", "es"):
        address = _dataset(locale, "address")
        named = [*address["city"], *address["state"].get("name", ()), *_strings(address["country"].get("name", ()))]
        found |= {word.lower() for name in named for word in name.split()}
    return frozenset(found)


@lru_cache(maxsize=1)
def pools() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First names and surnames from which stand-ins are drawn: plain English ones."""
    person = _person("en")
    known = first_names()
    first = sorted({n for names in person["names"].values() for n in names if n.lower() in known and n.isalpha()})
    last = sorted({n for n in person["surnames"] if n.isalpha() and n.lower() not in common_words()})
    return tuple(first), tuple(last)


def _person(locale: str) -> dict[str, Any]:
    return _dataset(locale, "person")


def _strings(names: Any) -> list[str]:
    return [name for name in (names.values() if isinstance(names, dict) else names) if isinstance(name, str)]


def _dataset(locale: str, topic: str) -> dict[str, Any]:
    file = resources.files("mimesis") / "datasets" / locale / f"{topic}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _words(names: Any) -> set[str]:
    lists = names.values() if isinstance(names, dict) else [names]
    return {name.strip().lower() for part in lists for name in part}
