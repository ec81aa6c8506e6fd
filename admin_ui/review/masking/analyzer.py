"""presidio's analyzer over a *blank* spaCy pipeline: our recognisers, and presidio's for numbers of states.

A trained pipeline was tried and finds brands instead of people ("Nike Air Max" an organisation, "1001" a date),
so spaCy serves as the tokeniser that presidio needs, and names come from lists and from what stands around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from admin_ui.review.masking.light_import import without
from admin_ui.review.masking.numbers import find_formed
from admin_ui.review.masking.people import find_people
from admin_ui.review.masking.spans import Found

with without("torch", "transformers", "tensorflow"):
    import spacy
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import CryptoRecognizer, MacAddressRecognizer, UsSsnRecognizer

LANGUAGE = "en"
_SURROGATES = re.compile("[\ud800-\udfff]")
OURS = "rank_"  # an entity type of ours is ``rank_<rank>_<kind>``: presidio's results have no room for more
STATE_RANK = 2
MIN_SCORE = 0.4  # presidio's own weak patterns (a bare run of nine digits) stay below


class BlankEngine(SpacyNlpEngine):
    """A tokeniser for every language and nothing else; needs no model package."""

    def load(self) -> None:
        """Makes the pipeline; reads nothing from a disk or a network."""
        self.nlp = {LANGUAGE: spacy.blank("xx")}  # type: ignore[assignment]


class OwnRecognizer(EntityRecognizer):
    """One of our finder functions as presidio sees it."""

    def __init__(self, name: str, find: Callable[[str], Iterable[Found]]) -> None:
        self._find = find
        super().__init__(supported_entities=[name], name=name, supported_language=LANGUAGE)

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[RecognizerResult]:
        """Everything that the finder finds, whichever entities were asked for."""
        del entities, nlp_artifacts
        return [RecognizerResult(f"{OURS}{f.rank}_{f.kind}", f.start, f.end, 1.0) for f in self._find(text)]


@lru_cache(maxsize=1)
def engine() -> AnalyzerEngine:
    """The analyzer, made once: about 0.3 s."""
    tokenizer = BlankEngine()
    tokenizer.load()
    own = [OwnRecognizer("formed", find_formed), OwnRecognizer("people", find_people)]
    states = [UsSsnRecognizer(), CryptoRecognizer(), MacAddressRecognizer()]
    registry = RecognizerRegistry(recognizers=[*own, *states], supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=tokenizer, supported_languages=[LANGUAGE])


def find_personal_data(text: str) -> list[Found]:
    """Every piece of personal data in ``text``; pieces may overlap."""
    readable = _SURROGATES.sub("\ufffd", text)  # spaCy encodes what it reads
    results = engine().analyze(readable, language=LANGUAGE, score_threshold=MIN_SCORE)
    return [_found(result) for result in results]


def _found(result: RecognizerResult) -> Found:
    if not result.entity_type.startswith(OURS):
        return Found(result.start, result.end, result.entity_type.lower(), STATE_RANK)
    rank, kind = result.entity_type.removeprefix(OURS).split("_", 1)
    return Found(result.start, result.end, kind, int(rank))
