"""Messages that answer a form's question and ask for something else in the same breath."""

from __future__ import annotations

import pytest


def hear(talk, *pieces: tuple[str, str], between: str = ", and ", confidence: float = 0.9, **entities: str):
    """A message inside a form, made of these (text, intent), as the bot's channel hands it over."""
    text = between.join(piece for piece, _ in pieces)
    talk.hear(text, pieces[0][1], **entities)
    own = talk.latest["shopclerk"]
    own["requests"], own["parts"], start = [], [], 0
    for piece, intent in pieces:
        score = {"name": intent, "confidence": confidence}
        end = start + len(piece)
        rows = [row for row in talk.latest["entities"] if start <= row["start"] < end]
        cut = [{**row, "start": row["start"] - start, "end": row["end"] - start} for row in rows]
        own["requests"].append({"intent": score, "start": start, "end": end})
        own["parts"].append({"text": piece, "intent": score, "entities": cut, "intent_ranking": [score]})
        start = end + len(between)
    return talk


def waiting(outcome) -> list[str]:
    return [part["text"] for part in (outcome.slots.get("requests") or {"waiting": []})["waiting"]]


@pytest.fixture
def asked_for_the_order(talk):
    talk.hear("where is my order", "track_order").begin("order_form")
    assert talk.asks == "order_id"
    return talk


def test_the_answer_is_taken_and_the_rest_waits(asked_for_the_order, order_of):
    talk, known = asked_for_the_order, order_of("pending")
    number = known.order_id
    outcome = hear(
        talk, (f"it is {number}", "inform"), ("how can I pay", "check_payment_methods"), order_id=number
    ).validate()
    assert (outcome.slots["order_id"], talk.asks) == (number, "contact")
    assert waiting(outcome) == ["how can I pay"]
    assert outcome.text == "I'll come to “how can I pay” after that."


def test_of_two_other_wishes_the_first_is_answered_and_the_second_waits(asked_for_the_order):
    talk = asked_for_the_order
    pieces = (("how can I pay", "check_payment_methods"), ("do you have boots", "product_search"))
    outcome = hear(talk, *pieces).validate()
    assert outcome.is_rejected and waiting(outcome) == ["do you have boots"]
    assert "boots" not in talk.act("action_answer_knowledge").text
    back = talk.validate()
    assert back.text == "Now back to your order." and waiting(back) == []


def test_of_two_other_wishes_the_one_that_the_rules_act_on_is_answered(asked_for_the_order):
    talk = asked_for_the_order
    pieces = (("do you have boots", "product_search"), ("how can I pay", "check_payment_methods"))
    hear(talk, *pieces).latest["intent"] = {"name": "check_payment_methods", "confidence": 0.9}
    outcome = talk.validate()
    assert outcome.is_rejected and waiting(outcome) == ["do you have boots"]
    assert outcome.text == "I'll come to “do you have boots” after that."
    assert "pay" in talk.act("action_answer_knowledge").text


def test_what_waits_already_stays_in_front(asked_for_the_order, order_of):
    talk, number = asked_for_the_order, order_of("pending").order_id
    earlier = {"text": "cancel it", "intent": {"name": "cancel_order", "confidence": 1.0}, "entities": []}
    talk.slots["requests"] = {"waiting": [earlier], "asked": ["where is it", "cancel it"]}
    outcome = hear(talk, (number, "inform"), ("how can I pay", "check_payment_methods"), order_id=number).validate()
    assert waiting(outcome) == ["cancel it", "how can I pay"]
    assert outcome.slots["requests"]["asked"] == ["where is it", "cancel it"]


def test_an_answer_in_front_of_a_question_counts(asked_for_the_order, order_of):
    talk, known = asked_for_the_order, order_of("pending")
    number, email = known.order_id, known.email
    outcome = talk.hear(f"it's {number}, and how can I pay?", "check_payment_methods", order_id=number).validate()
    assert outcome.is_rejected and outcome.slots["order_id"] == number
    assert (talk.validate().text, talk.asks) == ("Now back to your order.", "contact")
    text = f"my email is {email} and do you have boots?"
    outcome = talk.hear(text, "product_search", confidence=0.6, email=email).validate()
    assert outcome.is_rejected and outcome.slots["contact"] == "given"
    assert talk.validate() and talk.form is None


def test_a_number_that_belongs_to_the_question_is_no_answer(asked_for_the_order, order_of):
    number = order_of("pending").order_id
    outcome = asked_for_the_order.hear(f"first cancel {number}", "cancel_order", order_id=number).validate()
    assert outcome.is_rejected and "order_id" not in outcome.slots


def test_a_wrong_answer_in_front_of_a_question_is_told(asked_for_the_order):
    asked_for_the_order.hear("#W1234567").validate()
    outcome = asked_for_the_order.hear("no@example.com, and how can I pay?", "check_payment_methods").validate()
    assert outcome.is_rejected and outcome.text and outcome.slots["tries"] == 1.0


@pytest.mark.parametrize(
    ("pieces", "confidence"),
    [
        ((("it is {number}", "inform"), ("thanks a lot", "thank")), 0.9),  # small talk is no request
        ((("it is {number}", "inform"), ("how can I pay", "check_payment_methods")), 0.4),  # perhaps none
        ((("it is {number}", "inform"), ("where is it", "track_order")), 0.9),  # what the form is about
        ((("{number}", "inform"), ("how can I pay", "check_payment_methods"), ("a@example.com", "inform")), 0.9),
    ],
)
def test_in_doubt_a_message_is_one_answer(asked_for_the_order, order_of, pieces, confidence):
    talk, number = asked_for_the_order, order_of("pending").order_id
    pieces = tuple((text.format(number=number), intent) for text, intent in pieces)
    outcome = hear(talk, *pieces, confidence=confidence, order_id=number).validate()
    assert waiting(outcome) == [] and "after that" not in outcome.text
    assert outcome.slots["order_id"] == number


@pytest.fixture
def asked_to_confirm(talk, order_of):
    known = order_of("pending")
    talk.customer_id = known.customer_id
    talk.hear(f"cancel {known.order_id}, I found it cheaper", "cancel_order", order_id=known.order_id)
    talk.begin("change_form")
    if talk.asks == "reason":
        talk.hear("no longer needed").validate()
    assert talk.asks == "confirm"
    return talk


def test_a_clear_yes_confirms_and_the_rest_waits(asked_to_confirm):
    outcome = hear(asked_to_confirm, ("yes", "affirm"), ("tell me how I can pay", "check_payment_methods")).validate()
    assert outcome.slots["confirm"] is True and waiting(outcome) == ["tell me how I can pay"]


def test_a_yes_with_a_doubt_beside_it_confirms_nothing(asked_to_confirm):
    pieces = (("yes", "affirm"), ("but what does it cost?", "check_cancellation_fee"))
    outcome = hear(asked_to_confirm, *pieces).validate()
    assert outcome.slots.get("confirm") is None and waiting(outcome) == []


def test_a_correction_at_the_question_is_no_later_request(asked_to_confirm):
    pieces = (("no", "deny"), ("return it instead", "return_item"))
    outcome = hear(asked_to_confirm, *pieces).validate()
    assert waiting(outcome) == []
