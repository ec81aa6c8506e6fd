"""Fits the local classifier: logistic regression by stochastic gradient descent over n-grams, in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import scipy.sparse
from sklearn.linear_model import SGDClassifier

from bot.components.local_model import LocalModel, softmax
from bot.components.text_features import features

SEED = 7
EPOCHS, ALPHA = 12, 8e-6
HELD_OUT = 0.15
MIN_TO_HOLD_OUT = 200
WANTED_PRECISION = 0.85
TEMPERATURES = np.geomspace(0.1, 6.0, 40)


def fit(texts: Sequence[str], intents: Sequence[str]) -> LocalModel:
    """A model of ``texts``, labelled with ``intents``. The same input gives the same model.

    Raises:
        ValueError: fewer than two intents.
    """
    if len(set(intents)) < 2:
        raise ValueError("The local classifier needs examples of at least two intents.")
    counts = [features(text) for text in texts]
    labels = np.array(intents)
    temperature, threshold = _calibrate(counts, labels)
    return _fit(counts, labels, temperature=temperature, threshold=threshold)


def _fit(counts: list[Counter[str]], labels: np.ndarray, *, temperature: float, threshold: float) -> LocalModel:
    vocabulary, idf = _vocabulary(counts)
    matrix = _matrix(counts, vocabulary, idf)
    model = SGDClassifier(loss="log_loss", alpha=ALPHA, max_iter=EPOCHS, tol=None, random_state=SEED)
    model.fit(matrix, labels)
    weights, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return LocalModel(
        intents=tuple(str(name) for name in model.classes_),
        vocabulary=vocabulary,
        idf=idf,
        weights=weights.astype(np.float16).astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=temperature,
        threshold=threshold,
    )


def _vocabulary(counts: list[Counter[str]]) -> tuple[dict[str, int], np.ndarray]:
    seen = Counter(name for row in counts for name in row)
    least = 2 if len(counts) >= MIN_TO_HOLD_OUT else 1
    names = sorted(name for name, number in seen.items() if number >= least)
    frequency = np.array([seen[name] for name in names], dtype=np.float32)
    idf = np.log((1.0 + len(counts)) / (1.0 + frequency)) + 1.0
    return {name: index for index, name in enumerate(names)}, idf.astype(np.float32)


def _matrix(counts: list[Counter[str]], vocabulary: dict[str, int], idf: np.ndarray) -> scipy.sparse.csr_matrix:
    columns, values, ends = [], [], [0]
    for row in counts:
        known = [(vocabulary[name], count) for name, count in row.items() if name in vocabulary]
        weighted = np.array([(1.0 + np.log(count)) * idf[index] for index, count in known], dtype=np.float32)
        values.extend(weighted / (np.linalg.norm(weighted) or 1.0))
        columns.extend(index for index, _ in known)
        ends.append(len(columns))
    return scipy.sparse.csr_matrix(
        (np.array(values, dtype=np.float32), columns, ends), shape=(len(counts), len(vocabulary))
    )


def _calibrate(counts: list[Counter[str]], labels: np.ndarray) -> tuple[float, float]:
    """Temperature of the least log loss and the lowest threshold above which 85 % are right, on held-out rows."""
    if len(counts) < MIN_TO_HOLD_OUT:
        return 2.0, 0.3
    order = np.random.default_rng(SEED).permutation(len(counts))
    cut = int(len(order) * HELD_OUT)
    held, rest = order[:cut], order[cut:]
    if len(set(labels[rest])) < 2:
        return 2.0, 0.3
    model = _fit([counts[i] for i in rest], labels[rest], temperature=1.0, threshold=0.0)
    position = {name: index for index, name in enumerate(model.intents)}
    held = np.array([i for i in held if labels[i] in position])
    matrix = _matrix([counts[i] for i in held], model.vocabulary, model.idf)
    scores = np.asarray(matrix @ model.weights) + model.bias
    gold = np.array([position[labels[i]] for i in held])
    losses = [-np.log(softmax(scores * t)[np.arange(len(gold)), gold] + 1e-9).mean() for t in TEMPERATURES]
    temperature = float(TEMPERATURES[int(np.argmin(losses))])
    return temperature, _threshold(softmax(scores * temperature), gold)


def _threshold(probabilities: np.ndarray, gold: np.ndarray) -> float:
    best, is_right = probabilities.max(axis=1), probabilities.argmax(axis=1) == gold
    for threshold in np.arange(0.1, 0.6, 0.02):
        accepted = best >= threshold
        if accepted.any() and is_right[accepted].mean() >= WANTED_PRECISION:
            return float(round(threshold, 2))
    return 0.6
