"""A loaded model version: texts in, ``ParseResult`` out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from contract.nlu import OUT_OF_SCOPE_INTENT, Entity, IntentScore, ParseResult
from contract.wire import BrokenArchive
from nlu_models.inference import rules
from nlu_models.inference.borders import tidy
from nlu_models.inference.engine import Array, Engine, Outputs
from nlu_models.inference.merge import merge
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.scores import is_fallback, out_of_scope_scores, ranking, softmax
from nlu_models.inference.segments import segments
from nlu_models.inference.spans import decode
from nlu_models.inference.words import words_of

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
FURTHER_CONFIDENCE = 0.7
CHARACTERS_PER_TOKEN = 32
CHUNK = 64
_SURROGATE = re.compile("[\ud800-\udfff]")
Correct = Callable[[list[ParseResult], Array], list[ParseResult]]


@dataclass(frozen=True)
class Raw:
    """Some texts as tokens, and what the graph says about them."""

    encodings: list[Encoding]
    outputs: Outputs


class Parser:
    """Understands texts with one model version. Thread-safe."""

    def __init__(self, folder: Path, *, version: str, device: str = "cpu", threads: int | None = None) -> None:
        """
        Args:
            folder: holds ``model.onnx``, ``tokenizer.json`` and ``model.json``.
            threads: of one batch; by default all cores, at most four.

        Raises:
            BrokenArchive: a file is missing or not what it should be.
        """
        self.version, self.folder = version, folder
        self.correct: Correct | None = None  # told results and sentence vectors; set by who keeps the corrections
        self.settings = ModelSettings.load(folder)
        self._engine = Engine(folder / MODEL_FILE, pad_id=self.settings.pad_id, threads=threads, device=device)
        self._tokenizer = _tokenizer(folder / TOKENIZER_FILE, max_length=self.settings.max_length)
        self._synonyms = {written.casefold(): value for written, value in self.settings.synonyms.items()}

    def raw(self, texts: Sequence[str]) -> Raw:
        """Logits, before calibration and rules. What is longer than the model reads is cut at its end."""
        limit = self.settings.max_length * CHARACTERS_PER_TOKEN
        found = self._tokenizer.encode_batch([writable(text)[:limit] for text in texts])
        return Raw(found, self._engine.run([encoding.ids for encoding in found]))

    def vectors(self, texts: Sequence[str]) -> Array:
        """Sentence vectors of the texts, at least one: (texts, width), as the encoder gives them."""
        found = [self.raw(texts[at : at + CHUNK]).outputs.sentences for at in range(0, len(texts), CHUNK)]
        return np.concatenate(found)

    def parse(self, texts: Sequence[str]) -> list[ParseResult]:
        """One result for each text. Offsets count the characters of the text as it was given."""
        if not texts:
            return []
        began = time.perf_counter()
        parts = [segments(text) for text in texts]
        raw = self.raw([*texts, *(part for row in parts for part in row)])
        probabilities = softmax(raw.outputs.intents, temperature=self.settings.temperature)
        outside = out_of_scope_scores(probabilities, self.settings.intents)
        took = 1000 * (time.perf_counter() - began)
        results, at = [], len(texts)
        for index, text in enumerate(texts):
            own = slice(at, at + len(parts[index]))
            at = own.stop
            results.append(self._result(text, raw, index, probabilities, float(outside[index]), own, took))
        return self.correct(results, raw.outputs.sentences[: len(texts)]) if self.correct else results

    def _result(
        self,
        text: str,
        raw: Raw,
        index: int,
        probabilities: NDArray[np.float64],
        outside: float,
        own: slice,
        took: float,
    ) -> ParseResult:
        scores = ranking(probabilities[index], self.settings.intents)
        return ParseResult(
            text=writable(text),
            intent=scores[0],
            intent_ranking=scores,
            entities=self._entities(writable(text), raw.encodings[index], raw.outputs.tags[index]),
            out_of_scope_score=round(min(max(outside, 0.0), 1.0), 6),
            is_fallback=is_fallback(scores[0], outside, self.settings),
            model_version=self.version,
            further_intents=self._further(scores[0], probabilities[own]),
            timings_ms={"model": round(took, 2)},
        )

    def _entities(self, text: str, encoding: Encoding, logits: Array) -> tuple[Entity, ...]:
        probabilities = softmax(logits).astype(np.float32)
        spans = tidy(text, decode(words_of(encoding), probabilities, self.settings.tags))
        return merge(text, spans, rules.find(text), self._synonyms)

    def _further(self, first: IntentScore, probabilities: NDArray[np.float64]) -> tuple[IntentScore, ...]:
        found: dict[str, IntentScore] = {}
        for row in probabilities:
            score = ranking(row, self.settings.intents)[0]
            if score.confidence >= FURTHER_CONFIDENCE and score.name not in (first.name, OUT_OF_SCOPE_INTENT):
                found.setdefault(score.name, score)
        return tuple(found.values())


def writable(text: str) -> str:
    """The text with halves of surrogate pairs, which UTF-8 cannot write, replaced one for one."""
    return _SURROGATE.sub("\ufffd", text)


def _tokenizer(path: Path, *, max_length: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise BrokenArchive(f"{path} is no tokenizer ({error}): train again.") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer
