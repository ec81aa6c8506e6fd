"""Entities that have a form: order numbers, tracking numbers, e-mail addresses, zip codes and ticket numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contract.nlu import Entity

MAX_ENTITIES = 20
_PATTERNS = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("invoice_id", re.compile(r"(?<!\w)INV[- ]?\d{4}[- ]?\d{3,6}(?!\w)", re.IGNORECASE)),
    ("ticket_id", re.compile(r"(?<!\w)T-\d{3,8}(?!\w)", re.IGNORECASE)),
    ("order_id", re.compile(r"(?<![\w#])#?W\d{7}(?!\w)|(?<![\w#])#\d{7}(?!\w)", re.IGNORECASE)),
    ("tracking_id", re.compile(r"(?<!\w)(?:1Z[0-9A-Z]{16}|JD\d{15,18}|\d{12,22})(?!\w)", re.IGNORECASE)),
    ("order_id", re.compile(r"(?<![\w#.@-])\d{7}(?![\w@]|[.-]\d)")),
    ("zip_code", re.compile(r"(?<![\w#$€£.,-])\d{5}(?:-\d{4})?(?![\w%]|[.,]\d|-\d)")),
    ("zip_code", re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)")),
)


def find_entities(text: str) -> tuple[Entity, ...]:
    """The entities of ``text``, left to right, at most 20, none overlapping another."""
    found: list[Entity] = []
    for entity in _candidates(text):
        if all(entity.end <= other.start or entity.start >= other.end for other in found):
            found.append(entity)
    return tuple(sorted(found, key=lambda entity: entity.start)[:MAX_ENTITIES])


def _candidates(text: str) -> Iterator[Entity]:
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Entity(
                entity=name,
                value=normalised(name, match[0]),
                start=match.start(),
                end=match.end(),
                text=match[0],
                confidence=0.9,
                extractor="local",
            )


def normalised(name: str, value: str) -> str:
    """The value as the shop writes it: ``#W1234567``, lower-case e-mail, upper-case numbers."""
    if name == "order_id":
        return "#W" + value.lstrip("#wW")
    return value.lower() if name == "email" else value.upper()
