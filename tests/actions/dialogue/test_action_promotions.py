"""Promo codes: which one, whether it works, and why not."""

from __future__ import annotations

import pytest

from actions.db.models import PromoUse

MIA = "demo-mia"


def ask(talk, text, **entities):
    talk.hear(text, "promo_code_issue", **entities)
    talk.act("action_promo")
    assert talk.slots["next_flow"] == "promo"
    talk.begin("promo_form")


def verdict(talk):
    assert talk.form is None
    return talk.act("action_check_promo")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("WELCOME10", "takes **10 %** off an order. It works once per customer. Whether you have used it"),
        ("SAVE20", "takes **$20.00** off orders of at least **$150.00**, until"),
        ("SUMMER25", "ran out on"),
        ("EARLYBIRD15", "is good from"),
        ("FLASH50", "is used up"),
    ],
)
def test_each_code_of_the_demo_shop(talk, code, words):
    ask(talk, f"my code {code} doesn't work")
    assert words in verdict(talk).text


def test_the_code_is_asked_for_and_may_be_written_small(talk):
    ask(talk, "my promo code is not accepted")
    assert talk.asks == "promo_code"
    talk.hear("it's summer25").validate()
    assert "**SUMMER25** ran out" in verdict(talk).text


def test_a_question_about_codes_is_answered(talk):
    talk.hear("how do promo codes work?", "promo_code_issue")
    answer = talk.act("action_promo")
    assert answer.sources and talk.slots["next_flow"] is None
    talk.press(answer.buttons["Check my code"])
    talk.act("action_promo")
    talk.begin("promo_form")
    assert talk.asks == "promo_code"


def test_a_code_that_this_customer_has_used(talk):
    talk.customer_id = MIA
    with talk.shop.writing.begin() as session:
        session.add(PromoUse(order_id="#W0388120", code="WELCOME10", customer_id=MIA))
    ask(talk, "WELCOME10 is refused")
    assert "you have used it for order **#W0388120**" in verdict(talk).text
    talk.customer_id = "demo-tom"
    ask(talk, "WELCOME10 is refused")
    assert "**WELCOME10** works" in verdict(talk).text


def test_unknown_codes_are_counted(talk):
    for number in range(5):
        ask(talk, f"the code GUESS{number} does not work")
        assert f"We have no code **GUESS{number}**" in verdict(talk).text
    ask(talk, "the code WELCOME10 does not work")
    assert "several codes that we don't know" in verdict(talk).text


@pytest.mark.parametrize("text", ["I have no idea what you mean by that at all", "??"])
def test_what_is_no_code(talk, text):
    ask(talk, "my promo code is not accepted")
    assert "don't see a code" in talk.hear(text, "inform").validate().text and talk.asks == "promo_code"


def test_another_wish_leaves_the_question(talk):
    ask(talk, "my promo code is not accepted")
    assert talk.hear("where is my order?", "track_order").validate().is_rejected
