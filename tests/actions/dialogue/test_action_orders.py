"""order_form and what follows it."""

import pytest


def ask_for(talk, intent, known, contact=None):
    """Through order_form by e-mail address; gives back what the form said last."""
    talk.hear(f"about {known.order_id}", intent, order_id=known.order_id)
    outcome = talk.begin("order_form")
    if talk.asks == "contact":
        outcome = talk.hear(contact or known.email).validate()
    return outcome


def test_where_is_my_order(talk, order_of):
    known = order_of("shipped")
    talk.hear("where is my order?", "track_order").begin("order_form")
    assert talk.asks == "order_id"
    talk.hear(f"it's {known.order_id[1:].lower()}").validate()
    assert talk.asks == "contact"
    outcome = talk.hear(f"my zip code is {known.zip_code}").validate()
    assert [(effect.kind, effect.order_id) for effect in outcome.effects] == [("identified", known.order_id)]
    assert talk.form is None
    told = talk.act("action_track_order")
    assert known.order_id in told.text and "Tracking number" in told.text
    assert told.cards[0]["title"] == f"Order {known.order_id}"
    assert talk.slots["order_id"] is None and talk.slots["contact"] is None


@pytest.mark.parametrize(
    ("intent", "goal", "action"),
    [
        ("track_order", "track_order", "action_track_order"),
        ("late_delivery", "track_order", "action_track_order"),
        ("order_details", "order_details", "action_order_details"),
        ("check_invoice", "order_details", "action_order_details"),
        ("get_invoice", "get_invoice", "action_get_invoice"),
        ("track_refund", "track_refund", "action_track_refund"),
    ],
)
def test_each_goal_has_its_answer(talk, order_of, intent, goal, action):
    known = order_of("refunded")
    ask_for(talk, intent, known)
    assert talk.form is None and talk.slots["goal"] == goal
    assert known.order_id in talk.act(action).text


def test_the_invoice_goes_to_the_address_on_file_once(talk, order_of):
    known = order_of("delivered")
    ask_for(talk, "get_invoice", known, contact=known.zip_code)
    call = talk.call("action_get_invoice")
    outcome = talk.act("action_get_invoice")
    again = talk.repeat(call)
    assert "INV-" in outcome.text and known.email not in outcome.text
    assert again.text == outcome.text
    assert [mail.recipient for mail in talk.sent("nvoice")] == [known.email]


def test_an_identified_order_is_not_asked_for_again(talk, order_of):
    known = order_of("shipped")
    ask_for(talk, "track_order", known)
    ask_for(talk, "order_details", known)
    assert talk.form is None
    assert "item" in talk.act("action_order_details").text


def test_an_unknown_order_and_a_foreign_one_sound_the_same(talk, order_of):
    known, mine = order_of("shipped"), order_of("shipped", 1)
    foreign = ask_for(talk, "track_order", known, contact=mine.email)
    assert talk.asks == "contact" and not foreign.effects
    talk.hear("where is #W9999999", "track_order", order_id="#W9999999").validate()
    unknown = talk.hear(mine.email).validate()
    assert unknown.text == foreign.text and talk.asks == "contact"


def test_another_customers_order_does_not_exist_for_a_verified_customer(talk, order_of):
    known, mine = order_of("shipped"), order_of("shipped", 1)
    talk.customer_id = mine.customer_id
    outcome = ask_for(talk, "track_order", known)
    assert "can't find" in outcome.text and talk.asks == "order_id"
    assert known.email not in outcome.text


def test_a_final_action_without_identification_tells_nothing(talk, order_of):
    known = order_of("shipped")
    for action in ("action_track_order", "action_order_details", "action_get_invoice", "action_track_refund"):
        talk.hear("x").slots["order_id"] = known.order_id
        outcome = talk.act(action)
        assert "e-mail address or zip code" in outcome.text and not outcome.cards
    assert not talk.sent("nvoice")


def test_a_wrong_value_is_explained_and_the_third_time_a_person_is_offered(talk):
    talk.hear("where is my order", "track_order").begin("order_form")
    for attempt in (1, 2, 3):
        outcome = talk.hear("the blue one").validate()
        assert "#W1234567" in outcome.text and talk.asks == "order_id"
        assert ("a person from our team" in outcome.text) is (attempt == 3)
    assert "Talk to a person" in outcome.buttons and "Stop" in outcome.buttons


def test_guessing_ends(talk, order_of):
    known = order_of("shipped")
    outcome = ask_for(talk, "track_order", known, contact="a0@example.com")
    for number in range(1, 6):
        outcome = talk.hear(f"a{number}@example.com").validate() if talk.form else outcome
    assert "several times" in outcome.text
    assert talk.form is None and talk.slots["order_id"] is None
    assert talk.act("action_track_order").messages == []


@pytest.mark.parametrize(
    "intent", ["delivery_cost", "stop", "contact_human_agent", "cancel_order", "list_orders", "thanks"]
)
def test_another_wish_is_handed_to_the_rules(talk, intent):
    talk.hear("where is my order", "track_order").begin("order_form")
    outcome = talk.hear("something else altogether", intent).validate()
    assert outcome.is_rejected and not outcome.messages


def test_after_an_interruption_the_form_asks_again(talk):
    talk.hear("where is my order", "track_order").begin("order_form")
    assert talk.hear("what does delivery cost?", "delivery_cost").validate().is_rejected
    talk.act("action_answer_knowledge")
    outcome = talk.validate()
    assert outcome.text == "Now back to your order." and talk.asks == "order_id"


def test_an_answer_counts_whatever_intent_was_predicted(talk, order_of):
    known = order_of("shipped")
    talk.hear("cancel an order", "cancel_order").begin("change_form")
    talk.hear(f"sure, it's {known.order_id}", "track_order").validate()
    assert talk.form == "change_form" and talk.slots["order_id"] == known.order_id


def test_a_wish_with_a_number_is_a_wish(talk, order_of):
    known = order_of("shipped")
    talk.hear("where is my order", "track_order").begin("order_form")
    assert talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).validate().is_rejected


def test_switching_is_said(talk):
    talk.hear("cancel an order", "cancel_order").begin("change_form")
    talk.hear("no wait, where is my parcel", "track_order")
    outcome = talk.begin("order_form")
    assert "we leave cancelling your order" in outcome.text and talk.asks == "order_id"


@pytest.mark.parametrize("words", ["i want to cancel my order", "how do I cancel it", "cancel please"])
def test_the_order_goes_along_to_another_wish(talk, order_of, words):
    known = order_of("pending")
    talk.hear(f"where is my order {known.order_id}", "track_order", order_id=known.order_id).begin("order_form")
    assert talk.asks == "contact"
    assert talk.hear(words, "cancel_order").validate().is_rejected
    assert f"Okay, we stay with order {known.order_id}." in talk.begin("change_form").text
    assert (talk.slots["change"], talk.slots["order_id"], talk.asks) == ("cancel", known.order_id, "contact")


def test_it_goes_along_when_what_to_change_is_still_open(talk, order_of):
    known = order_of("pending")
    talk.hear(f"where is my order {known.order_id}", "track_order", order_id=known.order_id).begin("order_form")
    talk.hear("I need to change my order", "change_order").begin("change_form")
    assert talk.asks == "change" and talk.slots["order_id"] == known.order_id


def test_a_number_in_the_wish_counts_instead(talk, order_of):
    known, other = order_of("pending"), order_of("shipped")
    talk.hear(f"where is my order {known.order_id}", "track_order", order_id=known.order_id).begin("order_form")
    talk.hear(f"cancel {other.order_id}", "cancel_order", order_id=other.order_id)
    said = talk.begin("change_form").text
    assert known.order_id not in said and talk.slots["order_id"] == other.order_id


def test_a_wish_that_is_about_no_order_leaves_it(talk, order_of):
    known = order_of("pending")
    talk.hear(f"where is my order {known.order_id}", "track_order", order_id=known.order_id).begin("order_form")
    talk.hear("why does my promo code not work", "promo_code_issue")
    assert "we leave your order for now" in talk.begin("promo_form").text


def test_and_back_again_without_being_shown_unproved(talk, order_of):
    known = order_of("shipped")
    talk.hear(f"cancel {known.order_id}", "cancel_order", order_id=known.order_id).begin("change_form")
    talk.hear("where is my parcel anyway", "track_order")
    talk.begin("order_form")
    assert talk.slots["order_id"] == known.order_id and talk.asks == "contact"


@pytest.mark.parametrize(
    "say",
    [lambda talk: talk.hear("cancel my other order", "cancel_order"), lambda talk: talk.press("/cancel_order")],
    ids=["another order", "a button"],
)
def test_who_may_mean_another_order_is_asked_which(talk, order_of, say):
    known = order_of("pending")
    talk.hear(f"where is my order {known.order_id}", "track_order", order_id=known.order_id).begin("order_form")
    say(talk)
    assert "we leave your order for now" in talk.begin("change_form").text
    assert talk.asks == "order_id" and talk.slots["order_id"] is None


def test_the_orders_that_one_may_see_are_offered(talk, order_of):
    known = order_of("shipped")
    ask_for(talk, "track_order", known)
    talk.hear("the invoice please", "get_invoice").begin("order_form")
    offered = talk.act("action_ask_order_id").buttons
    assert len(offered) == 1
    talk.press(next(iter(offered.values()))).validate()
    assert talk.form is None and talk.slots["goal"] == "get_invoice"
