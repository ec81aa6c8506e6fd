"""Entities of the model and of the rules in one list, with normalised values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from contract.nlu import Entity
from nlu_models.inference.normalise import normalise
from nlu_models.inference.rules import Found
from nlu_models.inference.spans import Span

RULE_CONFIDENCE = 0.99
# What the model takes for a number, where no rule knows its form: mistyped ones are wanted, house numbers are not.
PLAUSIBLE = {
    "order_id": re.compile(r"[#W]\s?\d|\d{6}", re.IGNORECASE),
    "tracking_id": re.compile(r"\d{4}"),
    "invoice_id": re.compile(r"\d{3}"),
    "ticket_id": re.compile(r"\d{2}"),
    "zip_code": re.compile(r"\d{4}|[A-Z]\d", re.IGNORECASE),
    "email": re.compile(r"@"),
    "price": re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred)\b", re.I),
}


def merge(text: str, spans: Sequence[Span], found: Sequence[Found], synonyms: Mapping[str, str]) -> tuple[Entity, ...]:
    """What the rules found, and every plausible span of the model that does not touch it, left to right."""
    entities = [_from_rule(text, rule, synonyms) for rule in found]
    for span in spans:
        alone = all(span.end <= rule.start or span.start >= rule.end for rule in found)
        if alone and _is_plausible(span.entity, text[span.start : span.end]):
            entities.append(_from_model(text, span, synonyms))
    return tuple(sorted(entities, key=lambda entity: entity.start))


def _is_plausible(entity: str, written: str) -> bool:
    pattern = PLAUSIBLE.get(entity)
    return pattern is None or pattern.search(written) is not None


def _from_rule(text: str, rule: Found, synonyms: Mapping[str, str]) -> Entity:
    written = text[rule.start : rule.end]
    return Entity(
        entity=rule.entity,
        value=normalise(rule.entity, written, synonyms),
        start=rule.start,
        end=rule.end,
        text=written,
        confidence=RULE_CONFIDENCE,
        extractor="rules",
    )


def _from_model(text: str, span: Span, synonyms: Mapping[str, str]) -> Entity:
    written = text[span.start : span.end]
    return Entity(
        entity=span.entity,
        value=normalise(span.entity, written, synonyms),
        start=span.start,
        end=span.end,
        text=written,
        confidence=span.confidence,
        role=span.role,
        group=span.group,
    )
