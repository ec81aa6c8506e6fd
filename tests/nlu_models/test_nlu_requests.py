"""Several requests in one message: where it may be cut, and when it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from contract.nlu import Entity
from contract.settings import ROOT
from nlu_models.evaluation.requests import measure, read, text_of
from nlu_models.inference.parser import Parser
from nlu_models.inference.request_borders import WEIGHTS, all_clues
from nlu_models.inference.requests import parts, within
from nlu_models.inference.segments import MAX_PIECES, pieces
from nlu_models.training.request_borders import JOINED, KNOWN, NATURAL, ORDINARY, borders, learn, samples

INTENTS = ("cancel_order", "get_refund", "inform", "greet", "damaged_item")
FILES = ROOT / "data" / "evaluation" / "requests"


def cut(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in pieces(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cancel #W1 and refund the other one", ["cancel #W1", "refund the other one"]),
        ("Where is my order? And do you sell lamps?", ["Where is my order?", "And do you sell lamps?"]),
        ("cancel my order and also send me the invoice", ["cancel my order", "send me the invoice"]),
        ("track W1, cancel W2; then call me", ["track W1", "cancel W2", "call me"]),
        ("close my account\nwhere is my money", ["close my account", "where is my money"]),
        ("cancel W1 and the same for W2", ["cancel W1", "the same for W2"]),
        ("is it $ 19,99 and can I pay later", ["is it $ 19,99", "can I pay later"]),
    ],
)
def test_a_message_may_be_cut_where_a_request_begins(text: str, found: list[str]) -> None:
    assert cut(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "a red and a blue shirt",
        "I want to change my name and address",
        "Where is my order? Thanks!",
        "my zip is 10115 and my name is Anna",
        "do you take visa and mastercard?",
        "",
        "   \n \n",
    ],
)
def test_a_message_that_asks_once_costs_nothing_more(text: str) -> None:
    assert pieces(text) == []


def test_a_whole_sentence_may_be_a_request_though_it_does_not_begin_like_one() -> None:
    assert cut("My mug is broken; the second one is missing altogether") == [
        "My mug is broken",
        "the second one is missing altogether",
    ]
    assert cut("My mug is broken; very sad") == []


def test_a_long_message_has_few_pieces() -> None:
    assert len(pieces("cancel it now, " * 1000)) == MAX_PIECES
    for hostile in ("and " * 5000, "and if so " * 2000, ", i want " * 3000, "- " * 9000, "\n" * 9000):
        assert len(pieces(hostile)) <= MAX_PIECES


def row(**shares: float) -> list[float]:
    return [shares.get(name, 0.0) for name in INTENTS]


def order_id(text: str, number: str) -> Entity:
    at = text.index(number)
    return Entity("order_id", number, at, at + len(number), number)


def understood(
    text: str, rows: list[list[float]], whole: list[float], entities: tuple[Entity, ...] = ()
) -> list[tuple[str, str]]:
    whole_row = np.array(whole)
    found = parts(text, pieces(text), np.array(rows), whole_row, INTENTS, entities)
    return [(INTENTS[part.intent], text[part.start : part.end]) for part in found]


CANCEL, REFUND = row(cancel_order=0.99, inform=0.01), row(get_refund=0.99, inform=0.01)
BOTH = row(cancel_order=0.5, get_refund=0.5)


def test_two_sure_and_different_intents_are_two_requests() -> None:
    text = "cancel #W1, and refund the other one"
    assert understood(text, [CANCEL, REFUND], BOTH) == [
        ("cancel_order", "cancel #W1"),
        ("get_refund", "refund the other one"),
    ]


def test_an_unsure_side_is_no_request_unless_it_is_announced() -> None:
    unsure = row(get_refund=0.65, cancel_order=0.35)
    assert understood("cancel #W1, give me the other one", [CANCEL, unsure], BOTH) == []
    assert len(understood("cancel #W1, also give me the other one", [CANCEL, unsure], BOTH)) == 2


def test_two_reports_of_which_the_message_says_both_are_two_requests() -> None:
    text = "My mug is broken; the second one is missing altogether"
    rows, both = [row(damaged_item=0.99, inform=0.01), REFUND], row(damaged_item=0.5, get_refund=0.5)
    assert [intent for intent, _ in understood(text, rows, both)] == ["damaged_item", "get_refund"]
    assert understood(text, rows, row(damaged_item=0.9999, get_refund=0.0001)) == []


def test_small_talk_goes_with_the_request_before_it() -> None:
    text = "hello there, cancel #W1. it is late. And refund the rest. thank you. bye!"
    rows = [row(greet=1.0), CANCEL, row(inform=1.0), REFUND, row(greet=1.0)]
    assert understood(text, rows, BOTH) == [
        ("cancel_order", "hello there, cancel #W1. it is late."),
        ("get_refund", "And refund the rest. thank you. bye!"),
    ]


def test_a_story_and_its_request_are_one_unless_the_whole_message_says_both() -> None:
    text, rows = "the mug is broken. give me my money", [row(damaged_item=0.97, inform=0.03), REFUND]
    assert understood(text, rows, row(get_refund=1.0)) == []
    sure = [row(damaged_item=1.0), row(get_refund=1.0)]
    assert len(understood(text, sure, row(get_refund=0.5, damaged_item=0.5))) == 2


def test_an_elliptic_request_takes_over_the_intent() -> None:
    text = "cancel #W1 and do the same with #W2"
    entities = (order_id(text, "#W1"), order_id(text, "#W2"))
    assert understood(text, [CANCEL, row(inform=1.0)], CANCEL, entities) == [
        ("cancel_order", "cancel #W1"),
        ("cancel_order", "do the same with #W2"),
    ]
    assert understood("cancel #W1 and the same please", [CANCEL, row(inform=1.0)], CANCEL) == []


def test_the_same_intent_twice_is_two_requests_only_for_two_numbers() -> None:
    text = "cancel #W1, please cancel #W2"
    entities = (order_id(text, "#W1"), order_id(text, "#W2"))
    assert len(understood(text, [CANCEL, CANCEL], CANCEL, entities)) == 2
    assert understood("cancel it please, I want to cancel it", [CANCEL, CANCEL], CANCEL) == []


def test_no_request_begins_inside_an_entity() -> None:
    text = "cancel Black and Track mugs"
    name = Entity("product", "Black and Track mugs", 7, 27, text[7:])
    assert len(understood(text, [CANCEL, REFUND], BOTH)) == 2
    assert understood(text, [CANCEL, REFUND], BOTH, (name,)) == []


def test_the_whole_message_decides_what_an_unclear_piece_means() -> None:
    alone, whole = np.array([row(greet=0.8, cancel_order=0.2)]), np.array(row(cancel_order=0.9, get_refund=0.1))
    assert INTENTS[int(within(alone, whole)[0].argmax())] == "cancel_order"
    assert within(alone, whole).sum() == pytest.approx(1.0)


def test_our_messages_with_several_requests_can_be_read() -> None:
    texts: list[str] = []
    for name in ("validation", "test"):
        several, single = read(FILES / f"{name}.yml")
        assert len(several) >= 55 and len(single) >= 55
        assert all(len(message) > 1 for message in several) and all(len(message) == 1 for message in single)
        texts += [text_of(message) for message in (*several, *single)]
    assert len(texts) == len(set(texts)), "no message is for choosing and for testing"


def test_the_clues_are_those_that_have_weights() -> None:
    cut = pieces("cancel #W1, and refund the other one")
    (clues,) = all_clues(cut, np.array([CANCEL, REFUND]), np.array(BOTH), INTENTS, ())
    assert list(clues) == list(WEIGHTS)
    assert all(math.isfinite(value) for value in clues.values())


def test_weights_are_learned_from_borders_of_real_messages(parser: Parser) -> None:
    learned_from = samples()
    assert {sample.weight for sample in learned_from} == {NATURAL, JOINED, ORDINARY, KNOWN}
    assert all(pieces(sample.text) for sample in learned_from)
    found = list(borders(parser, learned_from[:40]))
    assert any(is_new for _, is_new, _ in found) and not all(is_new for _, is_new, _ in found)
    # a border is where "also" stands, and nothing else tells it
    announced = [np.array([float(name == "announced") * number for name in WEIGHTS]) for number in (0, 1)]
    bias, weights = learn([(clues, bool(clues.any()), 1.0) for clues in announced * 20])
    assert weights["announced"] > 1 and bias < 0
    assert {name for name, weight in weights.items() if weight} == {"announced"}


def test_the_figures_count_messages_and_entities(parser: Parser) -> None:
    several, single = read(FILES / "validation.yml")
    figures = measure(parser, several[:5], single[:5])
    assert 0 <= figures.several <= 1 and 0 <= figures.single <= 1 and 0 <= figures.entities <= 1
    assert all(" -> " in line for line in figures.wrong)
