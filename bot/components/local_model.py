"""The local classifier's weights: a linear model over n-grams that answers in about a millisecond."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.components.text_features import features

WEIGHTS_FILE, NAMES_FILE = "weights.npz", "names.json"


@dataclass(frozen=True)
class LocalModel:
    """``weights`` has shape (features, intents), ``bias`` (intents,), ``idf`` (features,), all float32.

    ``temperature`` and ``threshold`` come from held-out messages: probabilities are
    ``softmax(scores * temperature)``, and below ``threshold`` the message counts as not understood.
    """

    intents: tuple[str, ...]
    vocabulary: dict[str, int]
    idf: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    temperature: float
    threshold: float

    def probabilities(self, text: str) -> np.ndarray:
        """One probability an intent, in the order of ``intents``."""
        return softmax(self.scores(text) * self.temperature)

    def scores(self, text: str) -> np.ndarray:
        """One score an intent; the bias alone where no feature is known."""
        counts = features(text)
        known = [(self.vocabulary[name], count) for name, count in counts.items() if name in self.vocabulary]
        if not known:
            return self.bias
        columns = np.fromiter((index for index, _ in known), dtype=np.int64)
        values = (1.0 + np.log(np.fromiter((count for _, count in known), dtype=np.float32))) * self.idf[columns]
        values /= np.linalg.norm(values)
        return values @ self.weights[columns] + self.bias

    @property
    def version(self) -> str:
        """``local-`` and 12 hex digits of what it learned."""
        digest = hashlib.sha256(self.weights.tobytes() + json.dumps(self.intents).encode())
        return f"local-{digest.hexdigest()[:12]}"

    def save(self, folder: Path) -> None:
        np.savez_compressed(
            folder / WEIGHTS_FILE, idf=self.idf, weights=self.weights.astype(np.float16), bias=self.bias
        )
        names = {
            "intents": self.intents,
            "vocabulary": sorted(self.vocabulary, key=self.vocabulary.__getitem__),
            "temperature": self.temperature,
            "threshold": self.threshold,
        }
        (folder / NAMES_FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LocalModel:
        """The model that ``save`` wrote. Nothing in the files is executed."""
        names = json.loads((folder / NAMES_FILE).read_text(encoding="utf-8"))
        with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as arrays:
            idf, bias = arrays["idf"], arrays["bias"]
            weights = arrays["weights"].astype(np.float32)
        return cls(
            intents=tuple(names["intents"]),
            vocabulary={name: index for index, name in enumerate(names["vocabulary"])},
            idf=idf,
            weights=weights,
            bias=bias,
            temperature=float(names["temperature"]),
            threshold=float(names["threshold"]),
        )


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
