"""Every page, driven with real stores and real HTTP services."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from admin_ui import services, session
from admin_ui.components.texts import answer
from admin_ui.review.accounts import MAX_FAILURES, Accounts
from contract.deployment import TrainingRun
from tests.admin_ui.contract_server import NEW, OLD, OPEN, ContractServer, World, ratings

APP = str(Path(session.__file__).with_name("app.py"))
PASSWORD = "correct horse battery"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def world():
    return World(KEY)


@pytest.fixture
def running(settings, world, monkeypatch):
    """The settings of an installation whose programs all run."""
    server = ContractServer(world)
    settings = replace(settings, control_url=server.url, nlu_url=server.url, gateway_url=server.url)
    _export(settings, monkeypatch)
    yield settings
    server.close()


def _export(settings, monkeypatch):
    for item in fields(settings):
        value = getattr(settings, item.name)
        if value != item.default:
            monkeypatch.setenv(f"SHOPCLERK_{item.name.upper()}", str(value))


@pytest.fixture
def office(running, cheap_hasher):
    """An account and a login."""
    made = services.build(running)
    accounts = Accounts(made.database, hasher=cheap_hasher)
    account = accounts.make_first(code=accounts.new_setup_code(), name="kim", password=PASSWORD)
    _, token = accounts.log_in("kim", PASSWORD)
    yield made, account, token
    made.database.close()


@pytest.fixture
def visit(office, log):
    """Opens a page as kim."""

    def open_page(name: str | None = None, **query: str) -> AppTest:
        page = AppTest.from_file(APP, default_timeout=30)
        page.session_state[session.TOKEN] = office[2]
        if name:
            page.switch_page(f"app_pages/{name}.py")
        page.query_params.update(query)
        page.run()
        assert not page.exception, page.exception
        return page

    return open_page


@pytest.fixture
def said(log):
    """A misunderstood message in one conversation."""
    log.user("s1", "where's the red one, #W2611340", "greet", 0.31, second=("track_order", 0.3), is_fallback=True)
    log.action("s1", "action_fallback")
    log.bot("s1", "Sorry, *what* do you mean?", buttons=[{"title": "Talk to a person", "payload": "/x"}])
    log.user("s2", "Where's the RED one: #W9911340!", "greet", 0.3, is_fallback=True)
    log.now += 10


def texts(page):
    kinds = ("title", "markdown", "caption", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(page, kind))


def click(page, label):
    button = next(button for button in page.button if button.label == label)
    return button.click().run()


def test_first_run_and_login(running):
    made = services.build(running)
    code = made.accounts.new_setup_code()
    page = AppTest.from_file(APP, default_timeout=30).run()
    values = {"Set-up code": "wrong", "Name": "kim", "Password": PASSWORD, "Password again": "other"}
    for label, value in values.items():
        next(field for field in page.text_input if field.label == label).input(value)
    click(page, "Make the account")
    assert "two passwords differ" in page.error[0].value
    next(field for field in page.text_input if field.label == "Password again").input(PASSWORD)
    click(page, "Make the account")
    assert "set-up code is wrong" in page.error[0].value
    next(field for field in page.text_input if field.label == "Set-up code").input(code)
    click(page, "Make the account")
    assert not page.exception and page.title[0].value == "Overview"
    click(page, "Log out")
    assert [field.label for field in page.text_input] == ["Name", "Password"]
    page.text_input[0].input("kim")
    page.text_input[1].input("wrong")
    click(page, "Log in")
    assert page.error[0].value == "The name or the password is wrong."
    page.text_input[1].input(PASSWORD)
    click(page, "Log in")
    assert page.title[0].value == "Overview"
    made.database.close()


def test_a_name_that_was_tried_too_often_is_locked_for_a_while(office):
    page = AppTest.from_file(APP, default_timeout=30).run()
    for _ in range(MAX_FAILURES):
        page.text_input[0].input("kim")
        page.text_input[1].input("not the password")
        click(page, "Log in")
    assert "Too many wrong passwords: this account is locked for 15 more minutes." in page.error[0].value
    page.text_input[1].input(PASSWORD)
    click(page, "Log in")
    assert "locked" in page.error[0].value


def test_an_answer_is_bold_where_the_bot_wrote_it_and_nothing_else():
    assert answer("It is **here**: [x](http://x) <b>") == r"It is **here**\: \[x\]\(http\://x\) \<b\>"


def test_a_session_that_was_ended_elsewhere_shows_the_login(visit, office):
    page = visit()
    office[0].accounts.log_out(office[2])
    page.run()
    assert [field.label for field in page.text_input] == ["Name", "Password"]


def test_overview_counts_and_says_which_programs_answer(visit, said, log):
    log.now = 0.0
    page = visit()
    assert "No messages in this time" in texts(page)
    assert "2 decisions wait" not in texts(page)
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Messages"] == "0"
    assert "Gateway answers" in texts(page)


def test_overview_of_recent_messages(visit, log):
    import time

    log.now = time.time() - 60
    log.user("s1", "hello there you", "greet", 0.3, is_fallback=True)
    page = visit()
    metrics = {metric.label: metric.value for metric in page.metric}
    assert (metrics["Messages"], metrics["Fallbacks"]) == ("1", "100.0 %")


def satisfied(page):
    return {metric.label: (metric.value, metric.delta) for metric in page.metric if metric.label.startswith("Satisf")}


def test_overview_shows_satisfaction_with_bot_and_person_apart(visit, log, world):
    assert satisfied(visit()) == {}
    world.satisfaction["person"] = ratings(5)
    assert satisfied(visit()) == {"Satisfied with a person": ("5.0 of 5", "1 answer")}
    world.satisfaction["bot"] = ratings(4, 4, 5, 1)
    page = visit()
    assert satisfied(page) == {
        "Satisfied with the bot": ("3.5 of 5", "4 answers"),
        "Satisfied with a person": ("5.0 of 5", "1 answer"),
    }
    (shown,) = (metric for metric in page.metric if metric.label == "Satisfied with the bot")
    assert shown.help == "From 1 to 5. Very bad: 1, Bad: 0, Okay: 0, Good: 2, Very good: 1."


def test_conversations_list_and_filter(visit, said):
    page = visit("conversations")
    table = page.dataframe[0].value
    assert len(table) == 2 and table["Look at"][0] == ["Not understood"]
    assert "2611340" not in " ".join(table["First words"])
    page.text_input(key="f_text").input("nothing like it").run()
    assert "Nothing fits these filters" in texts(page)


@pytest.mark.parametrize(
    ("widget", "key", "value", "found"),
    [
        ("text_input", "f_text", "parcel", {"where is my parcel"}),
        ("date_input", "f_dates", (date(2026, 9, 20), date(2026, 9, 21)), {"where is my parcel", "you are no help"}),
        ("date_input", "f_dates", (date(2026, 9, 23), date(2026, 9, 23)), {"later on"}),
        ("selectbox", "f_channel", "rest", {"you are no help"}),
        ("selectbox", "f_intent", "cancel_order", {"later on"}),
        ("slider", "f_confidence", (90, 100), {"where is my parcel"}),
        ("pills", "f_only", ["Not understood"], {"later on"}),
        ("pills", "f_only", ["Handed over"], {"you are no help"}),
        ("pills", "f_only", ["Handed over", "Thumbs down"], {"you are no help"}),
        ("pills", "f_only", ["Not understood", "Thumbs down"], None),
    ],
)
def test_every_filter_of_the_conversations(visit, log, widget, key, value, found):
    log.user("s1", "where is my parcel", confidence=0.95)
    log.user("s2", "you are no help", confidence=0.6, channel="rest", message_id="a")
    log.feedback("s2", "a", -1)
    log.action("s2", "action_handoff")
    log.now += timedelta(days=2).total_seconds()
    log.user("s3", "later on", "cancel_order", 0.3)
    log.user("s3", "blah", "greet", 0.2, is_fallback=True)
    log.now = 0.0
    page = visit("conversations")
    getattr(page, widget)(key=key).set_value(value).run()
    assert not page.exception
    if found is None:
        assert "Nothing fits these filters" in texts(page)
    else:
        assert set(page.dataframe[0].value["First words"]) == found


def test_personal_data_is_shown_to_an_administrator_who_asks(visit, log, office):
    log.user("s1", "I am Noah Brown, where is my parcel")
    page = visit("conversation", id="s1")
    assert "Noah" not in texts(page)
    click(page, "Show the personal data")
    assert "I am Noah Brown, where is my parcel" in page.info[0].value
    page.run()
    assert "Noah" not in texts(page)
    assert "reveal" in set(visit("accounts").dataframe[0].value["What"])


def test_an_operator_cannot_ask_for_personal_data(visit, log, office):
    accounts = office[0].accounts
    accounts.add(name="lee", password=PASSWORD, role="operator", by=office[1])
    log.user("s1", "I am Noah Brown, where is my parcel")
    page = visit("conversation", id="s1")
    page.session_state[session.TOKEN] = accounts.log_in("lee", PASSWORD)[1]
    page.run()
    assert "Show the personal data" not in [button.label for button in page.button]


def test_a_training_file_that_is_broken_is_named_where_one_corrects(visit, said, data_dir):
    (data_dir / "nlu" / "orders.yml").write_text("nlu: [", encoding="utf-8")
    page = visit("conversation", id="s1")
    page.toggle[0].set_value(True).run()
    assert "orders.yml cannot be read" in page.error[0].value


def test_conversations_when_there_are_none(visit):
    assert "No conversations yet" in texts(visit("conversations"))


def test_correcting_a_message_in_its_conversation(visit, said, office, data_dir, world):
    page = visit("conversation", id="s1")
    shown = texts(page)
    assert "action_fallback" in shown and "Model version 20261101T120000" in shown
    assert r"Sorry, \*what\* do you mean" in shown
    page.toggle[0].set_value(True).run()
    intent = page.selectbox[0]
    assert intent.value == "greet"
    assert "2 messages say the same" in texts(page)
    intent.set_value("track_order").run()
    click(page, "Approve")
    assert "Approved as track_order" in page.success[0].value
    assert "It is in force" in page.success[0].value and "It is in force" in texts(page)
    assert [c.intent for c in world.corrections.values()] == ["track_order"]
    assert "1 of them are in force already" in texts(visit("train"))
    written = (data_dir / "nlu" / "reviewed" / "track_order.yml").read_text(encoding="utf-8")
    assert "where's the red one, #W" in written and "2611340" not in written
    click(page, "Take back")
    assert not (data_dir / "nlu" / "reviewed" / "track_order.yml").exists()
    assert world.corrections == {}


def test_an_unknown_conversation_and_none(visit):
    assert "There is no conversation 'nope'" in texts(visit("conversation", id="nope"))
    assert "No conversation chosen" in texts(visit("conversation"))


def test_the_queue_groups_and_decides(visit, said, office):
    page = visit("review_queue")
    assert "1 decision to make" in texts(page)
    assert page.metric[0].value == "2"
    assert "not sure; its best guess was greet" in texts(page)
    page.toggle[0].set_value(True).run()
    click(page, "No example")
    assert "Nothing waits" in texts(page)


def test_training_with_live_progress(visit, world):
    page = visit("train")
    assert "No training yet" in texts(page)
    click(page, "Train now")
    assert page.progress[0].text.startswith("transformer: epoch 2 of 6")
    page.run()
    assert next(button for button in page.button if button.label == "Train now").disabled
    world.trainings[0] = TrainingRun(
        "run-1", "succeeded", 1.0, "done", "2026-11-24T10:00:00Z", archive="a.tar.gz", model_version=NEW
    )
    page.run()
    assert "Made a.tar.gz" in page.success[0].value
    assert {metric.label: metric.value for metric in page.metric}["Intent accuracy"] == "0.941"
    world.trainings[0] = TrainingRun("run-1", "failed", 0.4, "x", "2026-11-24T10:00:00Z", error="The data is broken.")
    page.run()
    assert page.error[0].value == "The data is broken."


def test_comparing_two_models(visit, world):
    page = visit("models")
    assert page.selectbox(key="old_version").value == OLD
    assert page.selectbox(key="new_version").value == NEW
    click(page, "Compare")
    metrics = {metric.label: (metric.value, metric.delta) for metric in page.metric}
    assert metrics["Intent accuracy"] == ("94.1 %", "+2.00 points")
    assert metrics["Entity F1"][1] == "-0.40 points"
    assert [tab.label for tab in page.tabs][:2] == ["Got better (1)", "Got worse (1)"]
    sent = next(body for method, path, body in world.asked if path == "/v1/comparisons")
    assert {example["intent"] for example in sent["examples"]} >= {"track_order", "greet"}


def test_promoting_and_rolling_back(visit, world, office):
    page = visit("models")
    assert next(b for b in page.button if b.label == "Promote").disabled
    assert "20261101-old.tar.gz" in texts(page)
    click(page, "Roll back")
    assert "nothing to roll back to" in texts(page)
    world.deployment = replace(world.deployment, previous="20261120-new.tar.gz")
    page = visit("models")
    click(page, "Roll back")
    page.button(key="really_roll_back").click().run()
    assert world.deployment.candidate == "20261120-new.tar.gz"
    assert "the old one goes on answering" in texts(page)


def test_promoting_the_archive_that_was_chosen(visit, world):
    page = visit("models")
    page.session_state["archives"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    click(page, "Promote 20261120-new.tar.gz")
    page.button(key="really_promote").click().run()
    assert world.deployment.candidate == "20261120-new.tar.gz"
    assert "20261120-new.tar.gz is being loaded." in page.success[0].value
    assert "promote" in set(visit("accounts").dataframe[0].value["What"])


def test_an_archive_that_cannot_be_loaded_says_why_and_the_old_one_serves(visit, world):
    sentence = "20261120-new.tar.gz is not what was signed: it was changed after the training. Train again."
    world.deployment = replace(world.deployment, state="failed", error=sentence)
    page = visit("models")
    assert sentence in page.error[0].value
    assert "the model below goes on answering" in texts(page)
    assert "20261101-old.tar.gz" in texts(page)


def test_the_confusion_picture_and_its_absence(visit, world):
    page = visit("models")
    page.toggle(key="show_confusion").set_value(True).run()
    assert len(page.image) == 1
    world.picture = None
    page.run()
    assert "There is no picture for this version" in texts(page)


def test_taking_over_talking_and_giving_back(visit, world):
    page = visit("handoffs")
    assert "No conversation open" in texts(page)
    click(page, "Open")
    assert "waits for a person" in texts(page)
    click(page, "Take over")
    assert world.chat["operator"] == "kim"
    page.chat_input[0].set_value("Hello, I am Kim").run()
    assert world.chat["items"][-1]["text"] == "Hello, I am Kim"
    assert ("POST", f"/v1/operator/conversations/{OPEN}/messages") in [row[:2] for row in world.asked]
    click(page, "Give back to the bot")
    assert "Nobody waits" in texts(page)
    assert not world.chat["handoff"]


def test_the_photo_of_a_shopper_is_shown_and_fetched_once(visit, world):
    url = "/v1/operator/photos/3f1c0f9e-6c1b-4f0a-9a57-0d6c1f3a2b4c"
    world.chat["items"][0] |= {"text": None, "image_url": url}
    page = visit("handoffs")
    click(page, "Open")
    assert len(page.image) == 1
    assert "no words" not in [row.value for row in page.markdown]
    page.run()
    assert [path for _, path, _ in world.asked].count(url) == 1
    world.picture = None
    world.chat["items"][1] |= {"author": "shopper", "image_url": url + "0"}
    page.run()
    assert "This photo is not kept any more" in texts(page)


def test_an_internal_note_is_never_said_to_the_shopper(visit, world):
    page = visit("handoffs")
    click(page, "Open")
    assert page.chat_input[0].placeholder == "Write an internal note (the shopper never sees it)"
    page.chat_input[0].set_value("Had two broken ones *already*").run()
    click(page, "Take over")
    assert page.chat_input[0].placeholder == "Write to the shopper"
    page.segmented_control(key="write_as").set_value("Internal note").run()
    page.chat_input[0].set_value("Be kind").run()
    assert [note["text"] for note in world.chat["notes"]] == ["Had two broken ones *already*", "Be kind"]
    assert [item["author"] for item in world.chat["items"]] == ["shopper", "bot", "system"]
    shown = texts(page)
    assert "Had two broken ones \\*already\\*" in shown
    assert shown.count("Internal note · ") == 2


def test_the_packet_for_the_person(visit, world, log):
    log.user(OPEN, "hello", "greet")
    log.user(OPEN, "where is my order #W2611340", entities=(("order_id", "#W2611340"),))
    log.action(OPEN, "action_track_order")
    log.bot(OPEN, "It is on its way.")
    log.user(OPEN, "I am Noah Brown, blah", "greet", 0.2, is_fallback=True)
    log.action(OPEN, "action_fallback")
    log.bot(OPEN, "Sorry?")
    log.user(OPEN, "a person please", "contact_human_agent")
    log.now += 10
    verified = {"customer_id": "C-7", "verified_at": "2026-11-24T09:59:00.000Z", "identified_orders": ["#W2611340"]}
    world.chat["shopper"].update(verified)
    page = visit("handoffs")
    click(page, "Open")
    shown = texts(page)
    assert "customer C\\-7 since 24 Nov 2026, 09:59" in shown
    assert "Ticket **T\\-48210** · reason: the shopper asked" in shown
    assert "**Track order** “where is my order" in shown
    assert "tried: Track order" in shown
    assert "“Unclear”, was not understood" in shown
    assert "Noah" not in shown
    click(page, "Show the personal data")
    assert "I am Noah Brown, blah" in [info.value for info in page.info]
    assert "reveal" in set(visit("accounts").dataframe[0].value["What"])


def test_only_an_administrator_reveals_the_packet(visit, world, log, office):
    office[0].accounts.add(name="lee", password=PASSWORD, role="operator", by=office[1])
    log.user(OPEN, "I am Noah Brown, where is my parcel")
    log.now += 10
    page = visit("handoffs")
    page.session_state[session.TOKEN] = office[0].accounts.log_in("lee", PASSWORD)[1]
    page.run()
    click(page, "Open")
    assert "**Track order**" in texts(page)
    assert "Show the personal data" not in [button.label for button in page.button]


def test_tickets_that_nobody_answered(visit, world):
    world.chat.update(handoff=False)
    ticket = {"conversation_id": OPEN, "ticket_id": "H-31", "reason": "asked for a person", "operator": None}
    world.unanswered = [{**ticket, "since": "2026-11-24T10:00:00.000Z", "ended_as": "queue timed out"}]
    page = visit("handoffs")
    assert "**H\\-31** · asked for a person" in texts(page)
    click(page, "Open")
    assert "The bot has this conversation." in texts(page)
    click(page, "Is answered")
    assert "Ticket H-31 is answered." in page.success[0].value
    assert world.unanswered == []
    assert "H\\-31" not in texts(page)


def test_somebody_else_was_faster(visit, world):
    page = visit("handoffs")
    click(page, "Open")
    world.chat["operator"] = "lee"
    click(page, "Take over")
    assert "lee has this conversation." in texts(page)


def test_accounts(visit, office):
    page = visit("accounts")
    page.text_input[0].input("lee")
    page.text_input[1].input("short")
    click(page, "Add")
    assert "12 to 256 characters" in page.error[0].value
    page.text_input[1].input("another good password")
    click(page, "Add")
    assert "The account lee is made" in page.success[0].value
    next(field for field in page.text_input if field.label == "A password to begin with").input("a forgotten word")
    click(page, "Reset")
    assert "lee has a new password" in page.success[0].value
    assert office[0].accounts.log_in("lee", "a forgotten word")
    click(page, "Close")
    assert "The account lee is closed" in page.success[0].value
    assert [account.is_active for account in office[0].accounts.every()] == [True, False]
    old, new, again = (field for field in page.text_input if field.label in PASSWORD_FIELDS)
    old.input(PASSWORD)
    new.input("a better password")
    again.input("a better password")
    click(page, "Change")
    assert "Your password is changed" in page.success[0].value
    assert office[0].accounts.log_in("kim", "a better password")


PASSWORD_FIELDS = ("Your password now", "New password", "New password again")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("train", "The bot's control program at http://127.0.0.1:9 does not answer. Start it with"),
        ("models", "python -m bot.control"),
        ("handoffs", "The gateway at http://127.0.0.1:9 does not answer."),
        ("overview", "Transformer service does not answer"),
    ],
)
def test_a_program_that_is_down_is_named_with_what_to_do(visit, monkeypatch, office, name, says):
    for url in ("CONTROL", "NLU", "GATEWAY"):
        monkeypatch.setenv(f"SHOPCLERK_{url}_URL", "http://127.0.0.1:9")
    assert says in texts(visit(name))


def test_a_wrong_key_is_named(visit, world):
    world.key = "another"
    assert "does not accept our key" in texts(visit("train"))


def test_a_broken_tracker_store_leaves_the_pages_usable(visit, settings, log):
    log.close()
    Path(settings.var_dir, "tracker.db").write_bytes(b"no database" * 100)
    page = visit("conversations")
    assert "What you see may be old" in texts(page)
    assert "No conversations yet" in texts(page)
