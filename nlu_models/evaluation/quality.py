"""The two figures by which a model stands in for another: intents right, and entities found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.nlu import Example
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


def measure(parser: Parser, examples: Sequence[Example]) -> Quality:
    """What ``parser`` is worth on at least one labelled message."""
    results = predict(parser, examples)
    right = float(np.mean([e.intent == r.intent.name for e, r in zip(examples, results, strict=True)]))
    return Quality(right, entity_scores([e.entities for e in examples], [r.entities for r in results]).micro_f1)
