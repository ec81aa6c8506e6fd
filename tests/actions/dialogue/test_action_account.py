"""Changes of the shopper's own account: the whole way, and what goes wrong."""

from __future__ import annotations

import dataclasses
import re

import jwt
import pytest
from sqlalchemy import select

from actions import runtime
from actions.db.models import AccountChange, Address, Customer, GiftCard, Interaction, Order, PaymentMethod

MIA = "demo-mia"
EMAIL = "mia.hansen@example.com"
SHOP_KEY = "s" * 40


@pytest.fixture
def mia(talk):
    talk.customer_id = MIA
    return talk


def start(talk, text, intent, **entities):
    talk.hear(text, intent, **entities)
    found = talk.act("action_account")
    assert talk.slots["next_flow"] == "account", found.text
    return talk.begin("account_form")


def read_back(talk):
    assert talk.asks == "confirm"
    return talk.act("action_ask_account_form_confirm")


def finish(talk, text="yes", intent="affirm"):
    talk.hear(text, intent).validate()
    assert talk.form is None
    return talk.act("action_change_account")


def row(talk, customer_id=MIA):
    with talk.shop.reading.begin() as session:
        found = session.get(Customer, customer_id)
        session.expunge_all()
        return found


def changes(talk):
    with talk.shop.reading.begin() as session:
        return [(change.kind, change.details) for change in session.scalars(select(AccountChange))]


def close_everything(talk):
    """As it is when nothing of Mia's is open any more."""
    with talk.shop.writing.begin() as session:
        for order in session.scalars(select(Order).where(Order.customer_id == MIA)):
            order.status = "delivered"


@pytest.mark.parametrize("intent", ["delete_account", "newsletter_subscription", "create_account", "switch_account"])
def test_a_question_is_answered_with_a_button_that_does_it(talk, intent):
    talk.hear("how does that work?", intent)
    answer = talk.act("action_account")
    assert answer.sources and talk.slots["next_flow"] is None
    payload = next(payload for payload in answer.buttons.values() if payload.startswith(f"/{intent}"))
    talk.press(payload)
    talk.act("action_account")
    assert talk.slots["next_flow"] == "account"
    talk.begin("account_form")
    assert talk.asks == "contact"


def test_a_wish_in_the_form_of_a_question_is_a_wish(mia):
    start(mia, "could you please take me off the newsletter?", "newsletter_subscription")
    assert "no newsletter" in read_back(mia).text


def test_from_stranger_to_unsubscribed(talk):
    with talk.shop.writing.begin() as session:
        session.get_one(Customer, MIA).newsletter = True
    start(talk, "unsubscribe me from your newsletter", "newsletter_subscription")
    assert talk.asks == "contact"
    talk.hear(EMAIL, email=EMAIL).validate()
    assert talk.asks == "code"
    talk.hear(talk.code()).validate()
    assert "send no newsletter to m***@example.com any more" in read_back(talk).text
    done = finish(talk)
    assert done.text.startswith("Done: you get no newsletter any more") and not row(talk).newsletter
    assert changes(talk) == [("newsletter", {"from": True, "to": False})]
    assert len(talk.sent("Your account was changed")) == 1


def test_a_no_changes_nothing(mia):
    start(mia, "sign me up for the newsletter", "newsletter_subscription")
    assert finish(mia, "no", "deny").text == "Okay, everything stays as it is."
    assert not row(mia).newsletter and not changes(mia)


def test_on_or_off_is_asked_where_nobody_can_tell(mia):
    start(mia, "newsletter", "newsletter_subscription")
    asked = mia.act("action_ask_value")
    mia.press(asked.buttons["Subscribe"]).validate()
    assert "send the newsletter to m***@example.com" in read_back(mia).text


def test_a_person_is_no_answer_to_on_or_off(mia):
    start(mia, "newsletter", "newsletter_subscription")
    assert mia.hear("I want to talk to a human", "contact_human_agent").validate().is_rejected


def test_another_name_said_at_once(mia):
    start(mia, "please change my name to Mia Lindqvist-Hansen", "edit_account")
    assert "from Mia Hansen to **Mia Lindqvist-Hansen**" in read_back(mia).text
    mia.hear("no, it's Mia Lindqvist", "deny").validate()
    assert "**Mia Lindqvist**" in read_back(mia).text
    assert "**Mia Lindqvist**" in finish(mia).text
    assert (row(mia).first_name, row(mia).last_name) == ("Mia", "Lindqvist")


def test_a_name_that_is_none_is_explained(mia):
    start(mia, "my name is misspelled", "edit_account")
    assert mia.asks == "value"
    for text in ("Mia", "<b>Mia</b> Hansen", "Mia 4 Hansen"):
        assert "first and the last name" in mia.hear(text).validate().text
        assert mia.asks == "value"
    mia.hear("Ana María O'Neill").validate()
    assert "**Ana María O'Neill**" in read_back(mia).text


def test_what_shall_be_changed_is_asked(mia):
    start(mia, "I want to edit my account", "edit_account")
    assert mia.asks == "account"
    asked = mia.act("action_ask_account")
    assert "My password" not in asked.buttons, "no page of the shop is set for it"
    mia.press(asked.buttons["My e-mail address"]).validate()
    assert mia.asks == "value" and "code" in mia.act("action_ask_value").text


def test_a_new_address_counts_with_its_code(mia):
    start(mia, "change my e-mail address", "edit_account")
    mia.hear("mia@new.example", email="mia@new.example").validate()
    assert mia.asks == "proof"
    (code_mail,) = mia.sent("Your code")
    assert code_mail.recipient == "mia@new.example"
    assert "wrong" in mia.hear("000000").validate().text and mia.asks == "proof"
    mia.hear(mia.code()).validate()
    assert "to **mia@new.example**" in read_back(mia).text
    finish(mia)
    assert row(mia).email == "mia@new.example"
    assert {mail.recipient for mail in mia.sent("New e-mail address")} == {EMAIL}
    assert {mail.recipient for mail in mia.sent("Your account was changed")} == {"mia@new.example"}


def test_somebody_elses_address_is_refused_only_to_who_has_it(mia):
    start(mia, "change my e-mail to tom.becker@example.com", "edit_account", email="tom.becker@example.com")
    assert mia.asks == "proof"
    mia.hear(mia.code()).validate()
    read_back(mia)
    assert "belongs to another account" in finish(mia).text
    assert row(mia).email == EMAIL


def test_a_code_for_one_address_proves_no_other(mia):
    start(mia, "change my e-mail to mia@one.example", "edit_account", email="mia@one.example")
    first = mia.code()
    said = mia.hear("no, mia@two.example", email="mia@two.example").validate()
    assert "m***@two.example" in said.text and mia.asks == "proof"
    assert "wrong" in mia.hear(first).validate().text or first == mia.code()
    mia.hear(mia.code()).validate()
    assert "**mia@two.example**" in read_back(mia).text


def test_a_default_address_is_where_new_orders_go(mia):
    start(mia, "add a delivery address: 5 Elm Road, Denver, CO 80202", "set_up_shipping_address")
    assert "**5 Elm Road, Denver, CO 80202, USA** from now on instead of 14 Alder Street" in read_back(mia).text
    finish(mia)
    with mia.shop.reading.begin() as session:
        rows = session.scalars(select(Address).where(Address.customer_id == MIA).order_by(Address.id)).all()
        assert [(address.line1, address.is_default) for address in rows] == [
            ("14 Alder Street", False),
            ("5 Elm Road", True),
        ]
    mia.hear("I want to buy a water bottle", "place_order", product="water bottle", color="blue", size="500ml")
    mia.act("action_place_order")
    mia.begin("buy_form")
    assert "5 Elm Road" in mia.act("action_ask_buy_form_confirm").text


@pytest.mark.parametrize("text", ["somewhere in Denver", "5 Elm Road, <script>alert(1)</script>, 80202"])
def test_an_address_that_is_none(mia, text):
    start(mia, "I want to add an address", "set_up_shipping_address")
    assert "whole address" in mia.hear(text).validate().text and mia.asks == "value"


def test_a_business_account(mia):
    start(mia, "switch my private account to a business account", "switch_account", account_type="business")
    assert "**business account** (it is a private account now)" in read_back(mia).text
    finish(mia)
    assert row(mia).kind == "business"


def test_another_change_of_the_account_takes_its_place(mia):
    start(mia, "I want to add an address", "set_up_shipping_address")
    mia.hear("actually unsubscribe me from the newsletter", "newsletter_subscription").validate()
    assert mia.slots["account"] == "newsletter" and mia.asks == "confirm"


def test_a_new_account(talk):
    start(talk, "I'd like to open an account", "create_account")
    talk.hear("nina@new.example", email="nina@new.example").validate()
    assert talk.asks == "code"
    talk.hear(talk.code()).validate()
    assert talk.asks == "value"
    talk.hear("Nina Öström").validate()
    assert "for **Nina Öström** with the address nina@new.example" in read_back(talk).text
    done = finish(talk)
    (effect,) = done.effects
    made = row(talk, effect.customer_id)
    assert effect.kind == "verified"
    assert (made.email, made.first_name, made.last_name, made.source) == (
        "nina@new.example",
        "Nina",
        "Öström",
        "chat",
    )
    assert [mail.recipient for mail in talk.sent("Your account")] == ["nina@new.example"]


def test_who_has_an_account_gets_in_and_no_second_one(talk):
    start(talk, f"create an account for {EMAIL}", "create_account", email=EMAIL)
    assert talk.asks == "code"
    outcome = talk.hear(talk.code()).validate()
    assert outcome.effects[0].customer_id == MIA and talk.form is None
    assert "You have an account already" in talk.act("action_change_account").text


def test_deleting_is_refused_while_something_is_open(mia):
    start(mia, "delete my account", "delete_account")
    assert mia.form is None
    assert "is not finished yet" in mia.act("action_change_account").text
    assert row(mia).erased_at is None


def test_deleted_with_what_is_in_it(mia):
    close_everything(mia)
    start(mia, "delete my account", "delete_account")
    told = read_back(mia).text
    assert "$25.00" in told and "can't be undone" in told
    done = finish(mia)
    assert [(effect.kind, effect.customer_id) for effect in done.effects] == [("forgotten", MIA)]
    gone = row(mia)
    assert (gone.first_name, gone.email, gone.newsletter) == ("Deleted", f"{MIA}@erased.invalid", False)
    assert gone.erased_at is not None
    with mia.shop.reading.begin() as session:
        assert not session.scalars(select(Address).where(Address.customer_id == MIA)).all()
        assert not session.scalars(select(Interaction).where(Interaction.customer_id == MIA)).all()
        methods = session.scalars(select(PaymentMethod).where(PaymentMethod.customer_id == MIA)).all()
        assert methods and not any(method.last_four for method in methods)
        assert session.get_one(GiftCard, "gift_card_demo-mia").balance_minor == 0
        assert session.get_one(Order, "#W0417301").total_minor > 0, "tax law keeps the orders"
    (last,) = mia.sent("Your account is deleted")
    assert last.recipient == EMAIL
    again = mia.hear("delete my account", "delete_account")
    again.customer_id = MIA
    assert not mia.sent("Your code")


def test_a_repeated_call_deletes_once(mia):
    close_everything(mia)
    start(mia, "delete my account", "delete_account")
    read_back(mia)
    mia.hear("yes", "affirm").validate()
    call = mia.call("action_change_account")
    first, second = mia.repeat(call), mia.repeat(call)
    assert first.text == second.text and len(mia.sent("Your account is deleted")) == 1


def test_an_identification_that_ran_out_changes_nothing(mia):
    start(mia, "unsubscribe me", "newsletter_subscription")
    read_back(mia)
    mia.hear("yes", "affirm").validate()
    mia.customer_id = None
    mia.hear("yes", "affirm")
    assert "identification has run out" in mia.act("action_change_account").text
    assert not changes(mia)


def with_password_page(talk):
    settings = dataclasses.replace(
        talk.shop.settings, password_reset_url="https://shop.example/password", shop_token_key=SHOP_KEY
    )
    talk.shop.settings = settings
    runtime.use(talk.shop)


def test_without_a_page_for_it_a_password_is_for_the_shop(talk):
    talk.hear("I forgot my password", "recover_password")
    answer = talk.act("action_account")
    assert answer.sources and talk.slots["next_flow"] is None


@pytest.mark.parametrize(("email", "mails"), [(EMAIL, 1), ("nobody@else.example", 0)])
def test_a_link_for_a_new_password(talk, email, mails):
    with_password_page(talk)
    start(talk, "I forgot my password", "recover_password")
    assert talk.asks == "contact"
    talk.hear(email, email=email).validate()
    said = talk.act("action_change_account").text
    assert said.startswith(f"If {email[0]}***@{email.partition('@')[2]} belongs to an account here")
    found = talk.sent("A new password")
    assert len(found) == mails
    if mails:
        token = re.search(r"token=(\S+)", found[0].body)[1]
        claims = jwt.decode(token, SHOP_KEY, algorithms=["HS256"], audience="password-reset")
        assert claims["sub"] == MIA
        with pytest.raises(jwt.InvalidAudienceError):  # so it is no token with which the shop's login vouches
            jwt.decode(token, SHOP_KEY, algorithms=["HS256"])
