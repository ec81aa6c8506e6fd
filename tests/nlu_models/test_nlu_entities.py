"""Entities: rules, tags, values."""

from __future__ import annotations

import time

import numpy as np
import pytest

from contract.nlu import EntitySpan
from nlu_models.data.tags import tag_names, word_tags
from nlu_models.inference.borders import tidy
from nlu_models.inference.merge import merge
from nlu_models.inference.normalise import normalise
from nlu_models.inference.rules import find
from nlu_models.inference.segments import segments
from nlu_models.inference.spans import Span, decode
from nlu_models.inference.words import Word


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("where is #W2611340?", [("order_id", "#W2611340")]),
        ("w2611340 pls", [("order_id", "w2611340")]),
        ("order 2611340", [("order_id", "2611340")]),
        ("mail Mia.Li+x@example.co.uk.", [("email", "Mia.Li+x@example.co.uk")]),
        (
            "1Z999AA10123456784 and 357962501027",
            [("tracking_id", "1Z999AA10123456784"), ("tracking_id", "357962501027")],
        ),
        ("JD014600006281", [("tracking_id", "JD014600006281")]),
        ("inv 2026 00417", [("invoice_id", "inv 2026 00417")]),
        ("INV-2026-00417!", [("invoice_id", "INV-2026-00417")]),
        ("ticket T-48210", [("ticket_id", "T-48210")]),
        ("SAVE10 and BDAY25 on a DDR4", [("promo_code", "SAVE10"), ("promo_code", "BDAY25")]),
        ("closest branch to SW1A 1AA", [("zip_code", "SW1A 1AA")]),
        ("my card 4111111111111111", []),
        ("call 555 1234567", []),
        ("it costs 1234567.50", []),
        ("w26113401", []),
        ("t-shirt size 42 for 10083", []),
        ("user2611340@example.com", [("email", "user2611340@example.com")]),
    ],
)
def test_rules(text: str, found: list[tuple[str, str]]) -> None:
    assert [(rule.entity, text[rule.start : rule.end]) for rule in find(text)] == found


def test_rules_are_fast_on_hostile_texts() -> None:
    began = time.perf_counter()
    for text in ("a." * 20_000, "1" * 40_000, "a@" * 20_000, "a@" + "a." * 20_000, "W" * 40_000):
        find(text)
    assert time.perf_counter() - began < 5
    assert len(find("T-123 " * 500)) == 40


@pytest.mark.parametrize(
    ("entity", "text", "value"),
    [
        ("order_id", "w2611340", "#W2611340"),
        ("order_id", "2611340", "#W2611340"),
        ("order_id", "my last one", "my last one"),
        ("invoice_id", "inv 2026 00417", "INV-2026-00417"),
        ("email", "Mia@Example.COM", "mia@example.com"),
        ("tracking_id", "1z999 aa1", "1Z999AA1"),
        ("promo_code", "save10", "SAVE10"),
        ("quantity", "two", "2"),
        ("quantity", "3 x", "3"),
        ("quantity", "a lot", "a lot"),
        ("price", "$1,299.50", "1299.50"),
        ("price", "49,99 eur", "49.99"),
        ("refund_amount", "100 dollars", "100"),
        ("color", "Navy  Blue", "navy"),
        ("color", "red", "red"),
        ("person_name", "Navy Blue", "Navy Blue"),
    ],
)
def test_values(entity: str, text: str, value: str) -> None:
    assert normalise(entity, text, {"navy blue": "navy"}) == value


def test_tags_and_spans_are_opposites() -> None:
    text = "send two red mugs to New York"
    spans = (
        EntitySpan(5, 8, "quantity"),
        EntitySpan(9, 12, "color"),
        EntitySpan(13, 17, "product", role="gift"),
        EntitySpan(21, 29, "delivery_city"),
    )
    offsets = [(0, 4), (5, 8), (9, 12), (13, 17), (18, 20), (21, 24), (25, 29)]
    names = word_tags(offsets, spans)
    assert names[-2:] == ["B-delivery_city", "I-delivery_city"]
    tags = ("O", *(f"{p}-{n}" for n in ("color", "delivery_city", "product/gift", "quantity") for p in "BI"))
    rows = np.array([[0.9 if tag == name else 0.01 for tag in tags] for name in names], dtype=np.float32)
    words = [Word(start, end, [i]) for i, (start, end) in enumerate(offsets)]
    found = decode(words, rows, tags)
    assert [(s.start, s.end, s.entity, s.role) for s in found] == [(s.start, s.end, s.entity, s.role) for s in spans]
    assert text[found[3].start : found[3].end] == "New York"


def test_a_word_of_several_tokens_has_their_mean() -> None:
    rows = np.array([[0.8, 0.2], [0.9, 0.1], [0.0, 1.0], [0.6, 0.4]], dtype=np.float32)
    words = [Word(0, 2, [0]), Word(3, 9, [1, 2]), Word(10, 12, [3])]
    (span,) = decode(words, rows, ("O", "B-color"))
    assert (span.start, span.end) == (3, 9) and span.confidence == pytest.approx(0.55)
    assert decode([], rows, ("O", "B-color")) == []


def test_all_tags_are_named_outside_first() -> None:
    from nlu_models.data.markup import parse_example

    assert tag_names([parse_example("[a](x) [b](c)", intent="i")]) == ("O", "B-c", "I-c", "B-x", "I-x")


def test_rules_win_over_the_model() -> None:
    text = "is W2611340 for Ann"
    spans = [Span(3, 11, "promo_code", None, None, 0.8), Span(16, 19, "person_name", None, None, 0.7)]
    merged = merge(text, spans, find(text), {})
    assert [(e.entity, e.extractor, e.value) for e in merged] == [
        ("order_id", "rules", "#W2611340"),
        ("person_name", "transformer", "Ann"),
    ]


def test_a_number_without_digits_is_none() -> None:
    spans = [Span(0, 2, "order_id", None, None, 0.9), Span(3, 5, "email", None, None, 0.9)]
    assert merge("my it W12 x@", spans, [], {}) == ()
    assert merge("14 Elm Lane", [Span(0, 2, "zip_code", None, None, 0.9)], [], {}) == ()
    kept = merge("W12 is wrong", [Span(0, 3, "order_id", None, None, 0.9)], [], {})
    assert [(e.entity, e.value) for e in kept] == [("order_id", "W12")]


@pytest.mark.parametrize(
    ("text", "spans", "found"),
    [
        ("why 79,90 euro", [(4, 6, "refund_amount"), (7, 14, "price")], ["79,90 euro"]),
        ("under $1,299.50!", [(7, 8, "price")], ["$1,299.50"]),
        ("for Sofia Rossi", [(4, 9, "person_name"), (10, 15, "person_name")], ["Sofia Rossi"]),
        ("red, blue", [(0, 3, "color"), (5, 9, "color")], ["red", "blue"]),
        ("one pair", [(0, 3, "quantity"), (4, 8, "quantity")], ["one", "pair"]),
    ],
)
def test_borders(text: str, spans: list[tuple[int, int, str]], found: list[str]) -> None:
    tidied = tidy(text, [Span(start, end, name, None, None, 0.9) for start, end, name in spans])
    assert [text[span.start : span.end] for span in tidied] == found


def test_sentences_of_their_own() -> None:
    assert segments("Where is my order? And do you sell lamps?") == ["Where is my order?", "And do you sell lamps?"]
    assert segments("Where is my order? Thanks!") == []
    assert segments("cancel my order and also send me the invoice") == ["cancel my order", "send me the invoice"]
