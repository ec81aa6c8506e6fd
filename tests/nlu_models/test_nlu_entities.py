"""Entities: rules, tags, values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from contract.nlu import EntitySpan
from nlu_models.data.tags import tag_names, word_tags
from nlu_models.inference.borders import tidy
from nlu_models.inference.merge import merge
from nlu_models.inference.normalise import Context, normalise
from nlu_models.inference.rules import Found, find
from nlu_models.inference.spans import Span, decode
from nlu_models.inference.transitions import Transitions
from nlu_models.inference.words import Word

CONTEXT = Context({"navy blue": "navy", "king": "queen"}, date(2026, 11, 25))
KNOWN = (
    "email",
    "invoice_id",
    "order_id",
    "person_name",
    "product",
    "promo_code",
    "ticket_id",
    "tracking_id",
    "zip_code",
)


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
    for text in ("a." * 20_000, "1" * 40_000, "a@" * 20_000, "a@" + "a." * 20_000, "W" * 40_000, "a at a dot " * 4_000):
        find(text)
    assert time.perf_counter() - began < 5
    assert len(find("T-123 " * 500)) == 40


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it's # w 2611340 thx", ("order_id", "# w 2611340", "#W2611340")),
        ("W-2611340", ("order_id", "W-2611340", "#W2611340")),
        ("# 2611340", ("order_id", "# 2611340", "#W2611340")),
        ("mail john.doe at mail dot com please", ("email", "john.doe at mail dot com", "john.doe@mail.com")),
        ("my email is john at mail dot com", ("email", "john at mail dot com", "john@mail.com")),
        ("mia at example dot org", ("email", "mia at example dot org", "mia@example.org")),
        ("john(at)mail(dot)co(dot)uk", ("email", "john(at)mail(dot)co(dot)uk", "john@mail.co.uk")),
        ("1Z 999 AA1 01 2345 6784", ("tracking_id", "1Z 999 AA1 01 2345 6784", "1Z999AA10123456784")),
    ],
)
def test_numbers_and_addresses_are_found_as_shoppers_write_them(text: str, found: tuple[str, str, str]) -> None:
    assert [(e.entity, e.text, e.value) for e in merge(text, [], find(text), CONTEXT, KNOWN)] == [found]


@pytest.mark.parametrize(
    "text",
    ["saw it cheaper at shop dot com", "meet me at the shop", "look at that dot", "at noon", "w 26113401", "#W261134"],
)
def test_other_words_are_no_numbers_and_addresses(text: str) -> None:
    assert find(text) == []


def values(*rows: str) -> list[tuple[str, str, str]]:
    """Rows of ``entity: written | value``."""
    parts = [row.partition(": ") for row in rows]
    return [(entity, *pair.split(" | ")) for entity, _, pair in parts]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("entity", "text", "value"),
    values(
        "order_id: w2611340 | #W2611340",
        "order_id: 2611340 | #W2611340",
        "order_id: #W-2611340 | #W2611340",
        "order_id: my last one | my last one",
        "invoice_id: inv 2026 00417 | INV-2026-00417",
        "ticket_id: t 48210 | T-48210",
        "email: Mia@Example.COM | mia@example.com",
        "email: mia [at] example dot com | mia@example.com",
        "tracking_id: 1z999 aa1 | 1Z999AA1",
        "promo_code: save10 | SAVE10",
        "promo_code: save 10 | SAVE10",
        "zip_code: sw1a 1aa | SW1A 1AA",
        "quantity: two | 2",
        "quantity: 3 x | 3",
        "quantity: 3x | 3",
        "quantity: x4 | 4",
        "quantity: a couple of | 2",
        "quantity: a pair of | 2",
        "quantity: two pairs | 2",
        "quantity: a dozen | 12",
        "quantity: half a dozen | 6",
        "quantity: two dozen | 24",
        "quantity: twenty-five | 25",
        "quantity: two hundred and fifty | 250",
        "quantity: a lot | a lot",
        "price: $1,299.50 | 1299.50 USD",
        "price: $ 19,99 | 19.99 USD",
        "price: 20 bucks | 20 USD",
        "price: 49,99 eur | 49.99 EUR",
        "price: 1.299,50 € | 1299.50 EUR",
        "price: 30 quid | 30 GBP",
        "price: £29 | 29 GBP",
        "price: fifty dollars | 50 USD",
        "price: 4.95 | 4.95",
        "price: 100dollars | 100 USD",
        "price: cheap | cheap",
        "refund_amount: 100 dollars | 100 USD",
        "refund_amount: 27.50 | 27.50",
        "size: extra large | XL",
        "size: Extra-Large | XL",
        "size: x large | XL",
        "size: 2xl | XXL",
        "size: xxl | XXL",
        "size: double extra large | XXL",
        "size: xs | XS",
        "size: medium | M",
        "size: size 9 | 9",
        "size: size large | L",
        "size: EU 42 | EU 42",
        "size: king | queen",
        "color: Navy  Blue | navy",
        "color: red | red",
        "person_name: Navy Blue | Navy Blue",
        "date: tomorrow | 2026-11-26",
        "date: ages ago | ages ago",
    ),
)
def test_values(entity: str, text: str, value: str) -> None:
    assert normalise(entity, text, CONTEXT) == value


def no_order(tags: Sequence[str]) -> Transitions:
    return Transitions.of([], len(tags))


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
    found = decode(words, rows, tags, no_order(tags))
    assert [(s.start, s.end, s.entity, s.role) for s in found] == [(s.start, s.end, s.entity, s.role) for s in spans]
    assert text[found[3].start : found[3].end] == "New York"


def test_a_word_of_several_tokens_has_their_mean() -> None:
    rows = np.array([[0.8, 0.2], [0.9, 0.1], [0.0, 1.0], [0.6, 0.4]], dtype=np.float32)
    words = [Word(0, 2, [0]), Word(3, 9, [1, 2]), Word(10, 12, [3])]
    tags = ("O", "B-color")
    (span,) = decode(words, rows, tags, no_order(tags))
    assert (span.start, span.end) == (3, 9) and span.confidence == pytest.approx(0.55)
    assert decode([], rows, tags, no_order(tags)) == []


def test_all_tags_are_named_outside_first() -> None:
    from nlu_models.data.markup import parse_example

    assert tag_names([parse_example("[a](x) [b](c)", intent="i")]) == ("O", "B-c", "I-c", "B-x", "I-x")


def test_rules_win_over_the_model() -> None:
    text = "is W2611340 for Ann"
    spans = [Span(3, 11, "promo_code", None, None, 0.8), Span(16, 19, "person_name", None, None, 0.7)]
    merged = merge(text, spans, find(text), CONTEXT, KNOWN)
    assert [(e.entity, e.extractor, e.value) for e in merged] == [
        ("order_id", "rules", "#W2611340"),
        ("person_name", "transformer", "Ann"),
    ]


def test_a_sure_model_wins_over_a_form_that_is_others_too() -> None:
    text = "a WF1000 earbud, ticket 4821034"
    spans = [Span(2, 15, "product", None, None, 0.95), Span(24, 31, "ticket_id", None, None, 0.95)]
    found = [Found("promo_code", 2, 8, is_certain=False), Found("order_id", 24, 31, is_certain=False)]
    assert [(e.entity, e.text) for e in merge(text, spans, found, CONTEXT, KNOWN)] == [
        ("product", "WF1000 earbud"),
        ("ticket_id", "4821034"),
    ]
    unsure = [Span(2, 15, "product", None, None, 0.6)]
    assert [e.entity for e in merge(text, unsure, found, CONTEXT, KNOWN)] == ["promo_code", "order_id"]
    assert [rule.is_certain for rule in find("SAVE10, W2611340, then 2611341")] == [False, True, False]


def test_what_the_shop_calls_by_another_name_is_not_taken_from_it() -> None:
    text = "write to mia@example.com about W2611340"
    spans = [Span(9, 24, "email_address", None, None, 0.6)]
    merged = merge(text, spans, find(text), CONTEXT, ("email_address",))
    assert [(e.entity, e.extractor) for e in merged] == [("email_address", "transformer"), ("order_id", "rules")]


def test_a_number_without_digits_is_none() -> None:
    spans = [Span(0, 2, "order_id", None, None, 0.9), Span(3, 5, "email", None, None, 0.9)]
    assert merge("my it W12 x@", spans, [], CONTEXT, KNOWN) == ()
    assert merge("14 Elm Lane", [Span(0, 2, "zip_code", None, None, 0.9)], [], CONTEXT, KNOWN) == ()
    kept = merge("W12 is wrong", [Span(0, 3, "order_id", None, None, 0.9)], [], CONTEXT, KNOWN)
    assert [(e.entity, e.value) for e in kept] == [("order_id", "W12")]


@pytest.mark.parametrize(
    ("text", "spans", "found"),
    [
        ("why 79,90 euro", [(4, 6, "refund_amount"), (7, 14, "price")], ["79,90 euro"]),
        ("under $1,299.50!", [(7, 8, "price")], ["$1,299.50"]),
        ("for Sofia Rossi", [(4, 9, "person_name"), (10, 15, "person_name")], ["Sofia Rossi"]),
        ("red, blue", [(0, 3, "color"), (5, 9, "color")], ["red", "blue"]),
        ("a double extra large shirt", [(15, 20, "size")], ["double extra large"]),
        ("x-large", [(2, 7, "size")], ["x-large"]),
        ("one pair", [(0, 3, "quantity"), (4, 8, "quantity")], ["one", "pair"]),
    ],
)
def test_borders(text: str, spans: list[tuple[int, int, str]], found: list[str]) -> None:
    tidied = tidy(text, [Span(start, end, name, None, None, 0.9) for start, end, name in spans])
    assert [text[span.start : span.end] for span in tidied] == found
