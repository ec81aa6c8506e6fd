"""Cancelling: proof, reason, read-back, a clear yes, exactly once."""

import pytest


def up_to_confirm(talk, known):
    """Anonymous until the read-back; gives back the read-back."""
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    assert talk.asks == "contact"
    sent = talk.hear(known.email).validate()
    assert "a code is on its way" in sent.text and known.email not in sent.text
    assert talk.asks == "code"
    proved = talk.hear(f"the code is {talk.code()}").validate()
    assert [(effect.kind, effect.customer_id) for effect in proved.effects] == [("verified", known.customer_id)]
    assert talk.asks == "reason"
    talk.press('/inform{"choice": "ordered by mistake"}').validate()
    assert talk.asks == "confirm" and talk.slots["reason"] == "ordered by mistake"
    return talk.act("action_ask_confirm")


def test_the_whole_way(talk, order_of, status_of):
    known = order_of("pending")
    read_back = up_to_confirm(talk, known)
    assert known.order_id in read_back.text and "would go back to" in read_back.text
    assert read_back.cards[0]["kind"] == "order"
    talk.press(read_back.buttons["Yes, cancel it"]).validate()
    assert talk.form is None and status_of(known.order_id) == "pending"
    done = talk.act("action_make_change")
    assert done.text.startswith("Done: order") and "goes back to" in done.text
    assert status_of(known.order_id) == "cancelled"
    assert len(talk.sent("is cancelled")) == 1
    assert all(talk.slots[name] is None for name in ("order_id", "contact", "code", "confirm"))


def test_a_repeated_call_cancels_once_and_says_the_same(talk, order_of):
    known = order_of("processed")
    up_to_confirm(talk, known)
    talk.hear("yes please", "affirm").validate()
    call = talk.call("action_make_change")
    first = talk.act("action_make_change")
    answers = [talk.repeat(call).text for _ in range(3)]
    assert answers == [first.text] * 3
    assert len(talk.sent("is cancelled")) == 1


def test_a_second_yes_later_changes_nothing(talk, order_of):
    known = order_of("processed")
    up_to_confirm(talk, known)
    talk.hear("yes", "affirm").validate()
    talk.act("action_make_change")
    talk.hear("yes", "affirm").slots.update(change="cancel", order_id=known.order_id, confirm=True)
    assert "was cancelled already" in talk.act("action_make_change").text
    assert len(talk.sent("is cancelled")) == 1


def test_a_no_leaves_the_order(talk, order_of, status_of):
    known = order_of("pending")
    read_back = up_to_confirm(talk, known)
    talk.press(read_back.buttons["No, keep it"]).validate()
    assert talk.form is None
    assert "left order" in talk.act("action_make_change").text
    assert status_of(known.order_id) == "pending"


@pytest.mark.parametrize("text", ["yes but not now", "will I get the money back", "maybe", "yes?"])
def test_only_a_clear_yes_counts(talk, order_of, text):
    up_to_confirm(talk, order_of("pending"))
    outcome = talk.hear(text, "inform").validate()
    assert "clear yes" in outcome.text and talk.asks == "confirm" and talk.slots["confirm"] is None


def test_the_yes_button_of_another_order_does_not_count(talk, order_of):
    up_to_confirm(talk, order_of("pending"))
    talk.press('/affirm{"order_id": "#W0000001"}').validate()
    assert talk.asks == "confirm" and talk.slots["confirm"] is None
    talk.press("/affirm").validate()
    assert talk.asks == "confirm" and talk.slots["confirm"] is None


@pytest.mark.parametrize("status", ["shipped", "delivered", "cancelled"])
def test_what_cannot_be_cancelled_is_said_before_any_question(talk, order_of, status):
    known = order_of(status)
    talk.customer_id = known.customer_id
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    assert talk.form is None
    outcome = talk.act("action_make_change")
    assert status in outcome.text and "Talk to a person" in outcome.buttons


def test_an_order_that_ships_in_between_is_not_cancelled(talk, order_of, status_of):
    from actions.db.models import Order

    known = order_of("pending")
    up_to_confirm(talk, known)
    with talk.shop.writing.begin() as session:
        session.get_one(Order, known.order_id).status = "shipped"
    talk.hear("yes", "affirm").validate()
    outcome = talk.act("action_make_change")
    assert "already been shipped" in outcome.text and "Nothing was changed" in outcome.text
    assert status_of(known.order_id) == "shipped" and not talk.sent("is cancelled")


def test_a_foreign_order_sounds_like_an_unknown_one(talk, order_of):
    mine, foreign = order_of("pending"), order_of("pending", 1)
    texts = []
    for number in (foreign.order_id, "#W9999999"):
        talk.customer_id = mine.customer_id
        talk.hear(f"cancel {number}", "cancel_order", order_id=number)
        texts.append(talk.begin("change_form").text)
        assert talk.asks == "order_id"
        talk.form = None
    assert "can't find" in texts[0]
    assert texts[0].endswith(texts[1].splitlines()[-1])


def test_an_unknown_address_gets_the_same_answer_and_no_mail(talk, order_of):
    known = order_of("pending")
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    outcome = talk.hear("nobody.here@example.com").validate()
    assert "If n***@example.com belongs to an account here" in outcome.text
    assert talk.asks == "code" and not talk.sent("Your code")


def test_a_wrong_code_is_refused_and_a_new_one_can_be_had(talk, order_of):
    known = order_of("pending")
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    talk.hear(known.email).validate()
    old = talk.code()
    wrong = "000000" if old != "000000" else "111111"
    outcome = talk.hear(wrong).validate()
    assert "That code is wrong" in outcome.text and talk.asks == "code" and not outcome.effects
    assert "on its way" in talk.press("/verify_identity").validate().text
    assert len(talk.sent("Your code")) == 2
    talk.hear(talk.code()).validate()
    assert talk.asks == "reason"


def test_verification_that_ran_out_is_said(talk, order_of, status_of):
    known = order_of("pending")
    up_to_confirm(talk, known)
    talk.hear("yes", "affirm").validate()
    talk.customer_id, talk._pending = None, []
    talk.hear("yes", "affirm").slots.update(change="cancel", order_id=known.order_id, confirm=True)
    outcome = talk.act("action_make_change")
    assert "Nothing was changed" in outcome.text
    assert f'"{known.order_id}"' in outcome.buttons["Start again"]
    assert status_of(known.order_id) == "pending"


def test_another_order_in_the_middle(talk, order_of):
    first, other = order_of("pending"), order_of("processed")
    talk.hear(f"cancel {first.order_id}", "cancel_order", order_id=first.order_id).begin("change_form")
    talk.press(f'/cancel_order{{"order_id": "{other.order_id}"}}').validate()
    assert talk.slots["order_id"] == other.order_id and talk.asks == "contact"


@pytest.mark.parametrize(
    ("text", "intent", "is_reason"),
    [
        ("my kid ordered it by accident", "complaint", True),
        ("it takes too long", "late_delivery", True),
        ("hm how does the warranty work", "warranty", False),
        ("is it free?", "check_cancellation_fee", False),
        ("stop", "stop", False),
    ],
)
def test_any_words_are_a_reason_but_a_question_or_a_way_out_is_none(talk, order_of, text, intent, is_reason):
    known = order_of("pending")
    talk.customer_id = known.customer_id
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    assert talk.asks == "reason"
    assert talk.hear(text, intent).validate().is_rejected is not is_reason
    assert talk.slots["reason"] == (text if is_reason else None)


def test_leaving_empties_the_form(talk, order_of):
    known = order_of("pending")
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    assert talk.hear("forget it", "stop").validate().is_rejected
    outcome = talk.act("action_leave_form")
    assert "Your order stays as it is" in outcome.text and talk.slots["order_id"] is None
