"""Verification, lists, tickets, a person, knowledge, and not understanding."""

import shutil

import pytest
import yaml
from sqlalchemy import select, update

from actions.db.clock import utc_now
from actions.db.models import Customer, Order, Ticket
from actions.intent_titles import INTENT_TITLES
from actions.knowledge import SURE, KnowledgeBase
from contract.conversation import PHOTO_TEXT
from contract.settings import ROOT


def test_my_orders_after_a_code(talk, order_of):
    known = order_of("delivered")
    talk.hear("show my orders", "list_orders").begin("verify_form")
    assert talk.asks == "contact"
    talk.hear(known.email).validate()
    talk.hear(talk.code()).validate()
    assert talk.form is None and talk.slots["goal"] == "list_orders"
    outcome = talk.act("action_list_orders")
    assert known.order_id in {card["title"].removeprefix("Order ") for card in outcome.cards}
    assert all(card["kind"] == "order" for card in outcome.cards)


def test_a_verified_customer_is_asked_nothing(talk, order_of):
    talk.customer_id = order_of("delivered").customer_id
    talk.hear("my orders", "list_orders")
    outcome = talk.begin("verify_form")
    assert talk.form is None and not outcome.messages


def test_verify_me(talk, order_of):
    known = order_of("delivered")
    talk.hear(f"log me in, {known.email}", "verify_identity", email=known.email).begin("verify_form")
    assert talk.asks == "code"
    talk.hear("the code did not come", "verify_identity").validate()
    assert len(talk.sent("Your code")) == 2 and talk.asks == "code"
    talk.hear(talk.code()).validate()
    outcome = talk.act("action_verified")
    assert "it's you" in outcome.text and outcome.buttons["Show my orders"] == "/list_orders"


def test_who_comes_back_is_offered_what_is_open(talk, order_of):
    known = order_of("shipped")
    with talk.shop.writing.begin() as session:
        customer = session.get_one(Customer, known.customer_id)
        name = customer.first_name
        newest = session.get_one(Order, known.order_id)
        newest.placed_at = utc_now()
        for status, number in (("closed", "T-10001"), ("open", "T-10002")):
            about = {"email": known.email, "subject": "x", "text": "y", "opened_at": utc_now(), "status": status}
            session.add(Ticket(id=number, conversation_id="earlier", customer_id=known.customer_id, **about))
    talk.customer_id = known.customer_id
    outcome = talk.hear("log me in", "verify_identity").act("action_verified")
    assert outcome.text == f"Thank you, {name}, now I know that it's you. What would you like to do?"
    assert list(outcome.buttons) == [
        f"Where is {known.order_id}?",
        "Ticket T-10002",
        "Show my orders",
        "Cancel an order",
    ]
    status = talk.press(outcome.buttons["Ticket T-10002"]).act("action_ticket_status")
    assert "Ticket **T-10002**" in status.text
    assert outcome.buttons[f"Where is {known.order_id}?"] == f'/track_order{{"order_id": "{known.order_id}"}}'


def test_who_has_nothing_open_is_offered_nothing_of_others(talk, order_of):
    known = order_of("delivered")
    with talk.shop.writing.begin() as session:
        session.execute(update(Order).where(Order.customer_id == known.customer_id).values(status="delivered"))
    talk.customer_id = known.customer_id
    outcome = talk.hear("log me in", "verify_identity").act("action_verified")
    assert list(outcome.buttons) == ["Show my orders", "Cancel an order"]


def test_too_many_codes_end_the_form(talk, order_of):
    known = order_of("delivered")
    talk.hear("log me in", "verify_identity").begin("verify_form")
    outcome = talk.hear(known.email).validate()
    for _ in range(3):
        outcome = talk.press("/verify_identity").validate() if talk.form else outcome
    assert "several codes already" in outcome.text and talk.form is None
    assert talk.act("action_verified").messages == []
    assert talk.act("action_list_orders").messages == []


def test_a_ticket_of_an_anonymous_shopper(talk, order_of):
    known = order_of("delivered")
    offered = talk.hear("this is a scandal", "complaint").act("action_complaint")
    assert offered.slots["next_flow"] is None and "I'm sorry" in offered.text
    assert (
        talk.press(offered.buttons["Open a ticket about this"]).act("action_complaint").slots["next_flow"] == "ticket"
    )
    talk.begin("ticket_form")
    assert talk.asks == "ticket_text"
    story = f"The parcel of {known.order_id} was open and the lamp is broken, what now?"
    talk.hear(story, "damaged_item").validate()
    assert talk.asks == "ticket_email"
    assert "name@example.com" in talk.hear("no idea").validate().text
    talk.hear("ann@example.com").validate()
    call = talk.call("action_open_ticket")
    opened = talk.act("action_open_ticket")
    assert "T-" in opened.text and "a***@example.com" in opened.text
    assert talk.repeat(call).text == opened.text
    assert len(talk.sent("We have your request")) == 1
    assert "is open" in talk.hear("and my ticket?", "ticket_status").act("action_ticket_status").text


def test_a_ticket_about_a_damaged_item_asks_for_a_photo_and_keeps_it(talk, order_of):
    talk.customer_id = order_of("delivered").customer_id
    talk.press('/complaint{"choice": "damaged_item"}').act("action_complaint")
    assert talk.begin("ticket_form").text == "You can add a photo with the paperclip."
    talk.photos = ("photo-1",)
    assert "I have your photo" in talk.hear(PHOTO_TEXT, "nlu_fallback").validate().text
    assert talk.asks == "ticket_text"
    talk.hear("the lamp came broken", "damaged_item").validate()
    talk.photos = ("photo-1", "photo-2")
    talk.hear("and this is the box", "inform")
    call = talk.call("action_open_ticket")
    opened = talk.act("action_open_ticket")
    assert opened.text.endswith("Our team will answer there. Your 2 photos are attached.")
    talk.photos = ()  # an hour later
    assert talk.repeat(call).text == opened.text
    with talk.shop.reading.begin() as session:
        (kept,) = session.scalars(select(Ticket))
        assert (kept.text, kept.photos) == ("the lamp came broken", ["photo-1", "photo-2"])


@pytest.mark.parametrize(("channel", "hint"), [("telegram", "You can send a photo of it, too."), ("rest", "")])
def test_only_the_web_chat_has_a_paperclip(talk, channel, hint):
    talk.channel = channel
    talk.press('/complaint{"choice": "damaged_item"}').act("action_complaint")
    assert talk.begin("ticket_form").text == hint


def test_no_other_ticket_and_no_photo_that_is_there_needs_a_paperclip(talk):
    talk.press('/complaint{"choice": "wrong_charge"}').act("action_complaint")
    assert talk.begin("ticket_form").text == ""
    talk.photos = ("photo-1",)  # is there already
    talk.press('/complaint{"choice": "damaged_item"}')
    assert talk.begin("ticket_form").text == ""


@pytest.mark.parametrize("action", ["action_fallback", "action_out_of_scope", "action_inform_outside"])
def test_a_photo_without_words_is_asked_about(talk, action):
    talk.photos = ("photo-1",)
    outcome = talk.hear(PHOTO_TEXT, "nlu_fallback").act(action)
    assert "Thank you for the photo" in outcome.text
    assert "damaged_item" in outcome.buttons["It is damaged"] and "Talk to a person" in outcome.buttons


def test_a_verified_customer_need_not_give_an_address(talk, order_of):
    known = order_of("delivered")
    talk.customer_id = known.customer_id
    talk.press('/complaint{"choice": "return_item"}').act("action_complaint")
    talk.begin("ticket_form")
    talk.hear("I want to return the lamp because it is too bright").validate()
    assert talk.form is None
    talk.act("action_open_ticket")
    assert [mail.recipient for mail in talk.sent("We have your request")] == [known.email]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("stop", "stop"),
        ("I would rather do that some other time, stop please", "stop"),
        ("how do I pay?", "check_payment_methods"),
    ],
)
def test_the_ticket_form_can_be_left_and_interrupted(talk, text, intent):
    talk.press('/complaint{"choice": "return_item"}').begin("ticket_form")
    assert talk.hear(text, intent).validate().is_rejected


def test_a_story_that_sounds_like_a_way_out_is_the_tickets_text(talk):
    talk.press('/complaint{"choice": "complaint"}').begin("ticket_form")
    talk.hear("please make your people stop ringing at my door at night", "stop").validate()
    assert talk.asks == "ticket_email"


def test_who_forgets_the_ticket_opens_none(talk):
    talk.press('/complaint{"choice": "complaint"}').begin("ticket_form")
    outcome = talk.hear("ok, forget the ticket", "inform").validate()
    assert (talk.asks, list(outcome.buttons)) == ("ticket_text", ["Stop"])
    talk.hear("please cancel my account there, nobody answers", "delete_account").validate()
    assert talk.asks == "ticket_email"


def test_another_conversations_ticket_does_not_exist(talk):
    outcome = talk.hear("how is T-10000", "ticket_status", ticket_id="T-10000").act("action_ticket_status")
    assert "can't find a ticket" in outcome.text
    assert "T-48210" in talk.hear("my ticket", "ticket_status").act("action_ticket_status").text


def test_a_person_takes_over(talk):
    call = talk.hear("a human please", "contact_human_agent").call("action_handoff")
    outcome, again = talk.act("action_handoff"), talk.repeat(call)
    assert [(effect.kind, effect.reason) for effect in outcome.effects] == [("handoff", "asked for a person")]
    assert outcome.effects[0].ticket_id == again.effects[0].ticket_id
    assert outcome.effects[0].ticket_id in outcome.text


@pytest.mark.parametrize("intent", ["delivery_cost", "business_hours", "damaged_item"])
def test_knowledge_comes_with_its_source(talk, intent):
    outcome = talk.hear("tell me", intent).act("action_answer_knowledge")
    assert outcome.text == talk.shop.knowledge.answer(intent).text
    assert [source["title"] for source in outcome.sources] == [talk.shop.knowledge.answer(intent).source.title]
    assert ("Open a ticket about this" in outcome.buttons) is (intent == "damaged_item")


def test_every_intent_that_goes_to_the_knowledge_base_has_an_article(talk):
    rules = yaml.safe_load((ROOT / "data" / "rules" / "knowledge.yml").read_text("utf-8"))["rules"]
    intents = {row["intent"] for rule in rules for row in rule["steps"][0]["or"]}
    assert len(intents) == 24
    assert not [intent for intent in intents if talk.shop.knowledge.answer(intent) is None]


def test_without_an_answer_nothing_is_made_up(talk, tmp_path):
    folder = tmp_path / "one_article"
    folder.mkdir()
    shutil.copy(ROOT / "data" / "knowledge" / "business_hours.md", folder)
    talk.shop.__dict__["knowledge"] = KnowledgeBase.load(folder)
    outcome = talk.hear("do you take shells?", "check_payment_methods").act("action_answer_knowledge")
    assert "don't want to guess" in outcome.text and not outcome.sources
    assert set(outcome.buttons) == {"Open a ticket", "Talk to a person"}


def test_not_understood_but_surely_known_is_answered(talk):
    answer = talk.shop.knowledge.answer("warranty")
    best = talk.shop.knowledge.search("how long is the warranty", 1)[0]
    outcome = talk.hear("how long is the warranty", "nlu_fallback", confidence=0.3).act("action_fallback")
    assert (outcome.text == answer.text) is (best.score >= SURE and best.answer == answer)


def test_not_understood_offers_the_likeliest_wishes(talk):
    talk.hear("blub", "nlu_fallback", confidence=0.4)
    talk.latest["intent_ranking"] = [
        {"name": name, "confidence": confidence}
        for name, confidence in (("greet", 0.4), ("track_order", 0.3), ("get_refund", 0.2), ("review", 0.01))
    ]
    outcome = talk.act("action_fallback")
    assert list(outcome.buttons) == [INTENT_TITLES["track_order"], INTENT_TITLES["get_refund"], "Talk to a person"]
    assert outcome.buttons["Where is my order?"] == "/track_order"


def test_the_second_time_in_a_row_a_person_comes_first(talk):
    talk.hear("blub", "nlu_fallback").act("action_fallback")
    outcome = talk.hear("blub blub", "nlu_fallback").act("action_fallback")
    assert list(outcome.buttons)[:2] == ["Talk to a person", "Open a ticket"]
    talk.hear("hello", "greet")
    assert "still" not in talk.hear("blub", "nlu_fallback").act("action_fallback").text


def test_out_of_scope_is_said(talk):
    outcome = talk.hear("what will the weather be tomorrow", "out_of_scope").act("action_out_of_scope")
    assert "can't help with" in outcome.text and "What can you do?" in outcome.buttons


def test_a_detail_that_nobody_asked_for(talk, order_of):
    known = order_of("shipped")
    assert talk.hear(known.order_id).act("action_inform_outside").slots["next_flow"] == "order"
    outcome = talk.hear("Bob", person_name="Bob").act("action_inform_outside")
    assert outcome.slots["next_flow"] is None and "What would you like me to do" in outcome.text


def test_a_review_can_be_written_here(talk):
    offered = talk.hear("where can I write a review", "review").act("action_answer_knowledge")
    talk.press(offered.buttons["Write a review here"]).act("action_complaint")
    assert talk.slots["next_flow"] == "ticket"
