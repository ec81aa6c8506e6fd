"""A result as it is once a correction has decided the intent."""

from __future__ import annotations

import dataclasses
from datetime import date

from contract.nlu import OUT_OF_SCOPE_INTENT, Correction, Entity, EntitySpan, IntentScore, ParseResult
from nlu_models.inference.normalise import Context, normalise

SUREST = 0.99


def corrected(result: ParseResult, correction: Correction, *, closeness: float) -> ParseResult:
    """``result`` with the correction's intent first; the others share what probability is left.

    Where the text is the correction's own, the entities are the correction's too.

    Args:
        closeness: of the message to the correction, in [0, 1]; the intent's confidence unless the model is surer.
    """
    before = {score.name: score.confidence for score in result.intent_ranking}
    old = before.pop(correction.intent, 0.0)
    sure = round(max(min(closeness, SUREST), old), 6)
    left = (1.0 - sure) / max(1.0 - old, 1e-9)
    first = IntentScore(correction.intent, sure)
    others = tuple(IntentScore(name, round(score * left, 6)) for name, score in before.items())
    is_outside = correction.intent == OUT_OF_SCOPE_INTENT
    outside = max(result.out_of_scope_score, sure) if is_outside else min(result.out_of_scope_score, 1.0 - sure)
    return dataclasses.replace(
        result,
        intent=first,
        intent_ranking=(first, *others)[: max(len(result.intent_ranking), 1)],
        entities=_entities(result, correction),
        requests=(),  # the whole message is one
        out_of_scope_score=round(outside, 6),
        is_fallback=False,
        correction=correction.id,
    )


def _entities(result: ParseResult, correction: Correction) -> tuple[Entity, ...]:
    if result.text != correction.text:
        return result.entities
    understood = {(entity.entity, entity.start, entity.end): entity for entity in result.entities}
    spans = sorted(correction.entities, key=lambda span: span.start)
    return tuple(understood.get((s.entity, s.start, s.end)) or _entity(result.text, s) for s in spans)


def _entity(text: str, span: EntitySpan) -> Entity:
    written = text[span.start : span.end]
    return Entity(
        entity=span.entity,
        value=normalise(span.entity, written, Context({}, date.today())) if span.value is None else span.value,
        start=span.start,
        end=span.end,
        text=written,
        confidence=SUREST,
        extractor="correction",
        role=span.role,
        group=span.group,
    )
