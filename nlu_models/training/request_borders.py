"""Learns the weights of ``nlu_models/inference/request_borders.py``.

``python -m nlu_models.training.request_borders MODEL_FOLDER ...`` prints them. It learns from the natural messages
of ``data/evaluation/requests/validation.yml``, from validation messages joined two by two, and from validation and
training messages as they are, which hold one request each; with every model that is named.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from contract.settings import ROOT
from nlu_models.data.rasa_yaml import read as read_examples
from nlu_models.evaluation.requests import Message, text_of
from nlu_models.evaluation.requests import read as read_requests
from nlu_models.inference.parser import Parser
from nlu_models.inference.request_borders import WEIGHTS, all_clues
from nlu_models.inference.scores import softmax
from nlu_models.inference.segments import pieces
from nlu_models.training.joining import pairs

DATA = ROOT / "data"
NATURAL, JOINED, ORDINARY, KNOWN = 3.0, 0.7, 4.0, 0.3
"""How much a border counts: of natural messages with several requests or one; of joined ones; of ordinary messages with
one request; of those that the model was trained on, of which it is surer than of what shoppers write."""
NEAR = 8
"""Characters between a piece's beginning and its request's: "also, " belongs to either."""
PAIRS = 700
INVERSE_PENALTY = 0.3
CHUNK = 64
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A message, the places at which its further requests begin, and how much each of its borders counts."""

    text: str
    begins: frozenset[int]
    weight: float


def samples() -> list[Sample]:
    """All that it learns from: what has borders."""
    several, single = read_requests(DATA / "evaluation" / "requests" / "validation.yml")
    validation = read_examples(DATA / "evaluation" / "validation.yml").examples
    training = read_examples(DATA / "nlu").examples
    joined = pairs(validation, count=PAIRS, chance=random.Random(0))  # noqa: S311 - no secret
    found = (
        *(Sample(text_of(message), _begins(message), NATURAL) for message in (*several, *single)),
        *(Sample(one.text, frozenset({len(one.text) - len(other.text)}), JOINED) for one, other in joined),
        *(Sample(example.text, frozenset(), ORDINARY) for example in validation),
        *(Sample(example.text, frozenset(), KNOWN) for example in training),
    )
    return [sample for sample in found if pieces(sample.text)]


def learn(found: Sequence[tuple[Floats, bool, float]]) -> tuple[float, dict[str, float]]:
    """The bias and the weights.

    Args:
        found: of each border its clues in the order of ``WEIGHTS``, whether a request begins there, and what it counts.
    """
    clues, begins, weights = (np.array(column) for column in zip(*found, strict=True))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=INVERSE_PENALTY, max_iter=3000))
    model.fit(clues, begins, logisticregression__sample_weight=weights)
    scaler, regression = model[0], model[-1]
    scaled = regression.coef_[0] / scaler.scale_
    bias = float(regression.intercept_[0] - scaled @ scaler.mean_)
    return bias, dict(zip(WEIGHTS, scaled.tolist(), strict=True))


def borders(parser: Parser, learned_from: Sequence[Sample]) -> Iterator[tuple[Floats, bool, float]]:
    """What ``learn`` wants, of one model."""
    for at in range(0, len(learned_from), CHUNK):
        yield from _borders(parser, learned_from[at : at + CHUNK])


def _borders(parser: Parser, chunk: Sequence[Sample]) -> Iterator[tuple[Floats, bool, float]]:
    read = parser.read([sample.text for sample in chunk])
    probabilities = softmax(read.raw.outputs.intents, temperature=parser.settings.temperature)
    ends = list(accumulate(map(len, read.pieces), initial=len(chunk)))
    results = parser.results(read)
    for number, (sample, cut) in enumerate(zip(chunk, read.pieces, strict=True)):
        alone, whole = probabilities[ends[number] : ends[number + 1]], probabilities[number]
        found = all_clues(cut, alone, whole, parser.settings.intents, results[number].entities)
        for piece, clues in zip(cut[1:], found, strict=True):
            is_new = any(abs(piece.start - begin) <= NEAR for begin in sample.begins)
            yield np.array([clues[name] for name in WEIGHTS]), is_new, sample.weight


def _begins(message: Message) -> frozenset[int]:
    return frozenset(accumulate(len(part.text) + 1 for part in message[:-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", help="folders of model versions")
    learned_from = samples()
    found = [
        border
        for folder in parser.parse_args().models
        for border in borders(Parser(folder, version=folder.name), learned_from)
    ]
    bias, weights = learn(found)
    lines = (
        f"BIAS = {bias:.3f}",
        "WEIGHTS = {",
        *(f'    "{name}": {value:.3f},' for name, value in weights.items()),
        "}",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
