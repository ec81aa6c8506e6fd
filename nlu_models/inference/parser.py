"""A loaded model version: texts in, ``ParseResult`` out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from contract.nlu import Entity, IntentScore, ParseResult, Request
from contract.wire import BrokenArchive
from nlu_models.inference import rules
from nlu_models.inference.borders import tidy
from nlu_models.inference.engine import Array, Engine, Outputs
from nlu_models.inference.merge import merge
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.normalise import Context
from nlu_models.inference.reading import Likely, Reading
from nlu_models.inference.requests import Part, parts
from nlu_models.inference.scores import Floats, energies, is_fallback, mixed, out_of_scope_scores, ranking, softmax
from nlu_models.inference.segments import Piece, pieces
from nlu_models.inference.spans import decode
from nlu_models.inference.spelling import Speller
from nlu_models.inference.tag_priors import TagPriors
from nlu_models.inference.transitions import Transitions
from nlu_models.inference.vocabulary import Vocabulary
from nlu_models.inference.words import Word

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
CHARACTERS_PER_TOKEN = 32
CHUNK = 64
_SURROGATE = re.compile("[\ud800-\udfff]")
Correct = Callable[[list[ParseResult], Array], list[ParseResult]]


@dataclass(frozen=True)
class Raw:
    """Some texts as they are most likely read, as tokens, and what the graph says about them. The intents are those of
    all ways to read a text."""

    readings: list[Reading]
    encodings: list[Encoding]
    outputs: Outputs

    def words(self, index: int) -> list[Word]:
        """The words of one text, where they stand in what was written."""
        return self.readings[index].words(self.encodings[index])


@dataclass(frozen=True)
class Read:
    """Texts with their pieces, and ``raw`` of all of them: first the texts, then the pieces in their order."""

    texts: Sequence[str]
    pieces: list[list[Piece]]
    raw: Raw
    took_ms: float


class Parser:
    """Understands texts with one model version. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        *,
        version: str,
        device: str = "cpu",
        threads: int | None = None,
        side_by_side: bool = False,
        today: Callable[[], date] = date.today,
    ) -> None:
        """
        Args:
            folder: of a version.
            threads: of one batch; by default as many as the process has cores, at most four.
            side_by_side: several threads parse at once.
            today: from which "yesterday" is counted; by default in the time zone of the process.

        Raises:
            BrokenArchive: a file is missing or not what it should be.
        """
        self.version, self.folder, self._today = version, folder, today
        self.correct: Correct | None = None  # told results and sentence vectors; set by who keeps the corrections
        self.settings = ModelSettings.load(folder)
        graph, pad = folder / MODEL_FILE, self.settings.pad_id
        self._engine = Engine(graph, pad_id=pad, threads=threads, device=device, side_by_side=side_by_side)
        self._tokenizer = _tokenizer(folder / TOKENIZER_FILE, max_length=self.settings.max_length)
        self._transitions = Transitions.load(folder, len(self.settings.tags))
        self._priors = TagPriors.load(folder, intents=len(self.settings.intents), tags=len(self.settings.tags))
        self._speller = Speller(Vocabulary.load(folder))
        self._known = frozenset(self.settings.entities)
        self._synonyms = {written.casefold(): value for written, value in self.settings.synonyms.items()}

    def raw(self, texts: Sequence[str], *, as_written: bool = False) -> Raw:
        """Logits, before calibration and rules. What is longer than the model reads is cut at its end.

        Args:
            as_written: take mistyped words for what they look like.
        """
        limit = self.settings.max_length * CHARACTERS_PER_TOKEN
        read = _as_written if as_written else self._speller.read
        ways = [read(writable(text)[:limit]) for text in texts]
        readings = [likely.reading for likely, *_ in ways] + [other.reading for _, *others in ways for other in others]
        found = [self._tokenizer.encode(reading.text) for reading in readings]  # a batch wakes threads of its own
        outputs = self._engine.run([encoding.ids for encoding in found])
        return Raw(readings[: len(texts)], found[: len(texts)], _of_texts(outputs, ways))

    def vectors(self, texts: Sequence[str]) -> Array:
        """Sentence vectors of the texts, at least one: (texts, width), as the encoder gives them."""
        found = [self.raw(texts[at : at + CHUNK]).outputs.sentences for at in range(0, len(texts), CHUNK)]
        return np.concatenate(found)

    def parse(self, texts: Sequence[str]) -> list[ParseResult]:
        """One result for each text. Offsets count the characters of the text as it was given."""
        return self.results(self.read(texts)) if texts else []

    def read(self, texts: Sequence[str]) -> Read:
        """The model's part of ``parse``, of at least one text."""
        began = time.perf_counter()
        cut = [pieces(text) for text in texts]
        raw = self.raw([*texts, *_written(texts, cut)])
        return Read(texts, cut, raw, 1000 * (time.perf_counter() - began))

    def results(self, read: Read) -> list[ParseResult]:
        """The rest of ``parse``, for the texts that were read."""
        texts, outputs = read.texts, read.raw.outputs
        probabilities = softmax(outputs.intents, temperature=self.settings.temperature)
        outside = self._outside(outputs.intents[: len(texts)], probabilities[: len(texts)])
        results, at = [], len(texts)
        for index, (text, own) in enumerate(zip(texts, read.pieces, strict=True)):
            entities = self._entities(writable(text), read.raw.words(index), outputs.tags[index], probabilities[index])
            rows = probabilities[at : (at := at + len(own))]
            score = float(outside[index])
            results.append(self._result(text, probabilities[index], score, entities, own, rows, read.took_ms))
        return self.correct(results, outputs.sentences[: len(texts)]) if self.correct else results

    def _outside(self, logits: Array, probabilities: Floats) -> Floats:
        intents, usual = self.settings.intents, self.settings.usual_energy
        return out_of_scope_scores(probabilities, energies(logits, intents), intents, usual=usual)

    def _result(
        self,
        text: str,
        whole: Floats,
        outside: float,
        entities: tuple[Entity, ...],
        cut: Sequence[Piece],
        alone: Floats,
        took: float,
    ) -> ParseResult:
        found = parts(text, cut, alone, whole, self.settings.intents, entities)
        scores = ranking(whole, self.settings.intents)
        return ParseResult(
            text=writable(text),
            intent=scores[0],
            intent_ranking=scores,
            entities=entities,
            out_of_scope_score=round(min(max(outside, 0.0), 1.0), 6),
            is_fallback=not found and is_fallback(scores[0], outside, self.settings),
            model_version=self.version,
            requests=tuple(self._request(part, entities) for part in found),
            timings_ms={"model": round(took, 2)},
        )

    def _request(self, part: Part, entities: Sequence[Entity]) -> Request:
        score = IntentScore(self.settings.intents[part.intent], round(min(part.confidence, 1.0), 6))
        own = tuple(entity for entity in entities if part.start <= entity.start < part.end)
        return Request(score, own, part.start, part.end)

    def _entities(self, text: str, words: Sequence[Word], logits: Array, intents: Floats) -> tuple[Entity, ...]:
        probabilities = softmax(logits + self._priors.logits(intents)).astype(np.float32)
        spans = tidy(text, decode(words, probabilities, self.settings.tags, self._transitions))
        return merge(text, spans, rules.find(text), Context(self._synonyms, self._today()), self._known)


def _written(texts: Sequence[str], cut: Sequence[Sequence[Piece]]) -> list[str]:
    return [text[piece.start : piece.end] for text, own in zip(texts, cut, strict=True) for piece in own]


def _as_written(text: str) -> list[Likely]:
    return [Likely(Reading(text))]


def _of_texts(outputs: Outputs, ways: Sequence[Sequence[Likely]]) -> Outputs:
    """Of each text, where ``outputs`` are of its likeliest reading, and behind the last text's of all others."""
    texts = len(ways)
    intents, at = outputs.intents[:texts], texts
    for text, own in enumerate(ways):
        if len(own) > 1:
            rows = [text, *range(at, at := at + len(own) - 1)]
            intents[text] = mixed(outputs.intents[rows], [likely.weight for likely in own])
    return Outputs(intents, outputs.tags[:texts], outputs.sentences[:texts])


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
