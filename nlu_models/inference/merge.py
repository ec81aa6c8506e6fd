"""Entities of the model and of the rules in one list, with normalised values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from contract.nlu import Entity
from nlu_models.inference.normalise import Context, normalise
from nlu_models.inference.rules import Found
from nlu_models.inference.spans import Span

RULE_CONFIDENCE = 0.99
SURE = 0.9  # of the model, against a rule that is not certain
# What the model takes for a number, where no rule knows its form: mistyped ones are wanted, house numbers are not.
PLAUSIBLE = {
    "order_id": re.compile(r"[#W]\s?\d|\d{6}", re.IGNORECASE),
    "tracking_id": re.compile(r"\d{4}"),
    "invoice_id": re.compile(r"\d{3}"),
    "ticket_id": re.compile(r"\d{2}"),
    "zip_code": re.compile(r"\d{4}|[A-Z]\d", re.IGNORECASE),
    "email": re.compile(r"@|\bat\b.*\bdot\b", re.IGNORECASE),
    "price": re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred)\b", re.I),
}


def merge(
    text: str, spans: Sequence[Span], found: Sequence[Found], context: Context, known: Collection[str]
) -> tuple[Entity, ...]:
    """One answer for each place, left to right, none overlapping another.

    A rule with a form that nothing else has wins over the model; one that only looks like it (a word in capitals with
    digits) gives way to a model that is sure of something else, and so does one for an entity that the shop does not
    have: it may call it by another name.

    Args:
        known: the entities of the shop.
    """
    likely = [span for span in spans if _is_plausible(span.entity, text[span.start : span.end])]
    rules = [rule for rule in found if not any(_overrules(span, rule, known) for span in likely)]
    kept = [span for span in likely if not any(_overlap(span, rule) for rule in rules)]
    entities = [_from_rule(text, rule, context) for rule in rules]
    entities += [_from_model(text, span, context) for span in kept]
    return tuple(sorted(entities, key=lambda entity: entity.start))


def _overlap(span: Span, rule: Found) -> bool:
    return span.start < rule.end and rule.start < span.end


def _overrules(span: Span, rule: Found, known: Collection[str]) -> bool:
    if rule.entity not in known:
        return _overlap(span, rule)
    covers = span.start <= rule.start and rule.end <= span.end
    return not rule.is_certain and covers and span.entity != rule.entity and span.confidence >= SURE


def _is_plausible(entity: str, written: str) -> bool:
    pattern = PLAUSIBLE.get(entity)
    return pattern is None or pattern.search(written) is not None


def _from_rule(text: str, rule: Found, context: Context) -> Entity:
    written = text[rule.start : rule.end]
    return Entity(
        entity=rule.entity,
        value=normalise(rule.entity, written, context, before=text[: rule.start]),
        start=rule.start,
        end=rule.end,
        text=written,
        confidence=RULE_CONFIDENCE,
        extractor="rules",
    )


def _from_model(text: str, span: Span, context: Context) -> Entity:
    written = text[span.start : span.end]
    return Entity(
        entity=span.entity,
        value=normalise(span.entity, written, context, before=text[: span.start]),
        start=span.start,
        end=span.end,
        text=written,
        confidence=span.confidence,
        role=span.role,
        group=span.group,
    )
