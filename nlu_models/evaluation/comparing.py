"""Two versions on the same labelled messages: what got better, what got worse."""

from __future__ import annotations

from collections.abc import Sequence

from contract.nlu import Comparison, ComparisonItem, Example, ParseResult
from nlu_models.evaluation.report import evaluate
from nlu_models.inference.parser import Parser

CHUNK = 64
_ORDER = {"worse": 0, "better": 1, "other": 2}


def compare(old: Parser, new: Parser, examples: Sequence[Example]) -> Comparison:
    """Metrics of both, and each message whose intent they understand differently, what got worse first."""
    before, after = predict(old, examples), predict(new, examples)
    items = [
        _item(*row) for row in zip(examples, before, after, strict=True) if row[1].intent.name != row[2].intent.name
    ]
    return Comparison(
        old=old.version,
        new=new.version,
        old_metrics=evaluate(examples, before, part="comparison").metrics,
        new_metrics=evaluate(examples, after, part="comparison").metrics,
        changes=tuple(sorted(items, key=lambda item: _ORDER[item.verdict])),
    )


def predict(parser: Parser, examples: Sequence[Example]) -> list[ParseResult]:
    """The parser's results for the examples' texts, in order."""
    texts = [example.text for example in examples]
    return [result for at in range(0, len(texts), CHUNK) for result in parser.parse(texts[at : at + CHUNK])]


def _item(example: Example, old: ParseResult, new: ParseResult) -> ComparisonItem:
    return ComparisonItem(
        text=example.text,
        expected=example.intent,
        old_intent=old.intent.name,
        old_confidence=old.intent.confidence,
        new_intent=new.intent.name,
        new_confidence=new.intent.confidence,
        verdict=_verdict(example.intent, old.intent.name, new.intent.name),
    )


def _verdict(expected: str, old: str, new: str) -> str:
    if new == expected:
        return "better"
    return "worse" if old == expected else "other"
