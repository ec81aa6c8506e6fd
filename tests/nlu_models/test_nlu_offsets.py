"""Offsets are Python string indices into the text that was sent, whatever it is made of."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu_models.inference.parser import Parser, writable

PIECES = st.sampled_from(
    [
        "where is",
        "#W1234567",
        "a@example.com",
        "red dress",
        "😊👩‍👩‍👧",
        "é",
        "e\u0301\u0323",
        "أين طلبي",
        "\u202e",
        "東京",
        "ﬁ",
        "İ",
        "\ud83d",
        "\n",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, min_size=1, max_size=12).map(" ".join), st.text(min_size=1, max_size=80))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_entities_are_slices_of_the_text(parser: Parser, text: str) -> None:
    (result,) = parser.parse([text])
    assert len(result.text) == len(text)
    assert result.text.encode("utf-8")
    end = 0
    for entity in result.entities:
        assert writable(text)[entity.start : entity.end] == entity.text != ""
        assert entity.start >= end, "sorted, and none overlaps another"
        end = entity.end
        assert 0 <= entity.confidence <= 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.text(alphabet="😊 é٣أ\u0301\u200d👍🏽", max_size=20), after=st.text(alphabet="😊 é.!", max_size=8))
def test_a_rule_entity_is_found_behind_anything(parser: Parser, before: str, after: str) -> None:
    text = f"{before} #W1234567 {after}"
    (result,) = parser.parse([text])
    found = [entity for entity in result.entities if entity.extractor == "rules"]
    assert [(entity.start, entity.value) for entity in found] == [(len(before) + 1, "#W1234567")]


def test_a_long_text_is_cut_but_rules_read_on(parser: Parser) -> None:
    text = "where is my order please " * 3000 + "#W7654321"
    (result,) = parser.parse([text])
    assert [entity.value for entity in result.entities if entity.extractor == "rules"] == ["#W7654321"]


def test_a_batch_gives_what_single_messages_give(parser: Parser) -> None:
    texts = ["hello", "where is my red dress", "cancel order #W1234567 please, I changed my mind " * 6, "?"]
    for alone, together in zip((parser.parse([text])[0] for text in texts), parser.parse(texts), strict=True):
        assert alone.intent.name == together.intent.name
        assert abs(alone.intent.confidence - together.intent.confidence) < 0.1, "int8 rounds by the batch"
        assert [(e.start, e.end, e.entity) for e in alone.entities] == [
            (e.start, e.end, e.entity) for e in together.entities
        ]
