"""The two figures by which a model stands in for another: intents right, and entities found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.nlu import Example, ParseResult
from nlu_models.evaluation.comparing import predict
from nlu_models.evaluation.metrics import entity_scores
from nlu_models.inference.parser import Parser


@dataclass(frozen=True)
class Quality:
    """Both in [0, 1]; ``entity_f1`` is 0 where no message has an entity."""

    intent_accuracy: float
    entity_f1: float

    def lost_with(self, other: Quality) -> float:
        """How much lower ``other`` is, in the figure where it loses more; below 0 where it is better in both."""
        return max(self.intent_accuracy - other.intent_accuracy, self.entity_f1 - other.entity_f1)


def expect(parser: Parser, examples: Sequence[Example]) -> Quality:
    """What ``measure`` finds, with the mean probability of the right intent in place of the intents right.

    Messages that stand between two intents hardly move it, so it tells apart two models that answer nearly alike.
    """
    results = predict(parser, examples)
    found = [
        next((intent.confidence for intent in result.intent_ranking if intent.name == example.intent), 0.0)
        for example, result in zip(examples, results, strict=True)
    ]
    return Quality(float(np.mean(found)), _entity_f1(examples, results))


def measure(parser: Parser, examples: Sequence[Example]) -> Quality:
    """What ``parser`` is worth on at least one labelled message."""
    results = predict(parser, examples)
    right = float(np.mean([e.intent == r.intent.name for e, r in zip(examples, results, strict=True)]))
    return Quality(right, _entity_f1(examples, results))


def _entity_f1(examples: Sequence[Example], results: Sequence[ParseResult]) -> float:
    return entity_scores([e.entities for e in examples], [r.entities for r in results]).micro_f1
