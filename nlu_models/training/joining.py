"""Messages of two requests, made of two examples: what the shop's examples hardly hold and shoppers write.

From them the model learns that a message can mean two things: it grants each of the two intents half.
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence

from tokenizers import Tokenizer

from contract.nlu import Example
from nlu_models.inference.request_borders import BESIDE
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.dataset import Labels, Row, encode

SHORT = 100  # characters; two together take twice the time
ENOUGH = 32  # examples of an intent: one with fewer is better learnt alone
_BETWEEN = (" and ", ", and ", ". ", ", ", ". Also ", " and also ", ", then ", "; ", ". And ", " plus ", " - ")
_BEHIND_A_MARK = (" ", " And ", " and ", " Also, ", " Then ", " also ")


def joined_rows(
    examples: Sequence[Example], labels: Labels, tokenizer: Tokenizer, arguments: TrainingArguments, *, max_length: int
) -> list[Row]:
    """Rows of messages that are made of two examples, as many as ``arguments.joined`` says."""
    made = joined(examples, share=arguments.joined, seed=arguments.seed)
    rows = encode([example for example, _ in made], labels, tokenizer, max_length=max_length)
    seconds = (labels.intents.index(second) for _, second in made)
    return [dataclasses.replace(row, second=second) for row, second in zip(rows, seconds, strict=True)]


def joined(examples: Sequence[Example], *, share: float, seed: int) -> list[tuple[Example, str]]:
    """Messages made of two examples with different intents, ``share`` times as many as there are examples of intents
    with enough of them: labelled with the first intent and all entities, beside the second intent."""
    counts = Counter(example.intent for example in examples)
    known = [example for example in examples if counts[example.intent] >= ENOUGH]
    chance = random.Random(f"{seed}/joined")  # noqa: S311 - no secret
    return [(one, other.intent) for one, other in pairs(known, count=round(share * len(known)), chance=chance)]


def pairs(examples: Sequence[Example], *, count: int, chance: random.Random) -> list[tuple[Example, Example]]:
    """``count`` messages made of two short examples with different intents, each beside its second example; none where
    the examples have fewer than two intents that are requests."""
    requests = [e for e in examples if e.intent not in BESIDE and len(e.text) <= SHORT and e.text.strip()]
    if len({example.intent for example in requests}) < 2:
        return []
    found: list[tuple[Example, Example]] = []
    while len(found) < count:
        one, other = chance.choice(requests), chance.choice(requests)
        if one.intent != other.intent:
            found.append((_one_message(one, other, chance), other))
    return found


def _one_message(one: Example, other: Example, chance: random.Random) -> Example:
    first = one.text.rstrip()
    between = chance.choice(_BEHIND_A_MARK if first.endswith((".", "?", "!")) else _BETWEEN)
    moved = len(first) + len(between)
    behind = tuple(dataclasses.replace(s, start=s.start + moved, end=s.end + moved) for s in other.entities)
    return Example(first + between + other.text, one.intent, (*one.entities, *behind))
