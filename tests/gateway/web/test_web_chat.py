"""The chat's page in a real browser: what is said, shown, kept and rated."""

import re

from playwright.sync_api import expect


def test_a_message_is_answered_live(chat, say_unique):
    text = say_unique("echo hello")
    chat.say(text, answer=text.removeprefix("echo "))
    expect(chat.mine(text)).to_have_count(1)
    expect(chat.field).to_have_value("")
    assert chat.page.title() == "Chat · Green Garden"


def test_a_reload_keeps_the_conversation(chat, say_unique):
    text = say_unique("echo remember")
    chat.say(text, answer=text.removeprefix("echo "))
    before = chat.log.locator(".bubble").all_inner_texts()
    chat.page.reload()
    chat.ready()
    assert chat.log.locator(".bubble").all_inner_texts() == before
    assert "echo" not in str(chat.page.evaluate("[JSON.stringify(localStorage), JSON.stringify(sessionStorage)]"))


def test_a_second_tab_sees_the_same_conversation_live(chat, open_chat, say_unique):
    other = chat.page.context.new_page()
    other.goto(chat.page.url)
    second = open_chat(other).ready()
    text = say_unique("echo both")
    second.say(text, answer=text.removeprefix("echo "))
    chat.page.bring_to_front()
    chat.bot(text.removeprefix("echo ")).wait_for()
    expect(chat.mine(text)).to_have_count(1)


def test_typing_is_shown_while_the_bot_works(chat):
    typing = chat.page.locator("#typing")
    chat.say("sleep 0.7")
    expect(typing).to_be_visible()
    expect(chat.page.locator("#status")).to_have_text("The assistant is typing.")
    chat.bot("heard").wait_for()
    expect(typing).to_be_hidden()


def test_quick_replies_are_pressed_once(chat):
    chat.say("buttons", answer="Choose")
    chat.button("Yes").click()
    chat.bot("heard").wait_for()
    chosen = chat.log.locator(".quick-reply.chosen")
    expect(chosen).to_have_text("Yes(chosen)")
    for name in ("Yes", "No", "Track my order"):
        expect(chat.log.locator(".quick-reply", has_text=name)).to_be_disabled()
    chat.page.reload()
    chat.bot("heard").wait_for()
    expect(chosen).to_have_text("Yes(chosen)")
    expect(chat.log.locator(".quick-reply:enabled")).to_have_count(0)
    chat.button("Cancel it: Order A1").click()
    chat.mine("Cancel it").wait_for()
    expect(chat.bot("heard")).to_have_count(2)


def test_cards_show_picture_badge_fields_and_buttons(chat):
    chat.say("products", answer="popular")
    shoe, bottle, lamp = chat.log.locator(".card").all()
    expect(shoe.locator("img")).to_have_attribute("src", re.compile("/static/icon.svg$"))
    expect(shoe.get_by_role("heading", name="Tempo Road Running Shoes")).to_be_visible()
    expect(shoe.locator(".badge")).to_have_text("In stock")
    expect(shoe.locator("dl")).to_contain_text("from $89.99")
    expect(shoe.get_by_role("button")).to_have_count(2)
    expect(bottle.locator("svg.icon-product")).to_be_visible()
    expect(lamp.locator("svg.icon-product")).to_be_visible()  # its picture is not there
    assert lamp.get_by_role("link").count() == bottle.get_by_role("link").count() == 0  # no page, and a wicked one
    chat.say("order", answer="Shall I do anything")
    expect(chat.log.locator(".card-order dd").last).to_have_text("$198.98")


def test_a_cards_title_opens_the_shops_page_in_a_new_tab(chat, shop_url):
    chat.say(f"products {chat.page.url} {shop_url}", answer="popular")
    shoe = chat.log.locator(".card").first
    link = shoe.get_by_role("heading").get_by_role("link", name="Tempo Road Running Shoes (opens in a new tab)")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_css("color", shoe.evaluate("node => getComputedStyle(node).color"))
    shoe.get_by_role("button").first.focus()
    chat.page.keyboard.press("Shift+Tab")
    expect(link).to_be_focused()
    expect(link).to_have_css("outline-style", "solid")
    with chat.page.context.expect_page() as opened:
        chat.page.keyboard.press("Enter")
    page = opened.value
    page.wait_for_url(shop_url)
    assert page.evaluate("[window.opener, document.referrer]") == [None, ""]
    expect(chat.field).to_be_visible()


def test_a_knowledge_answer_names_its_source(chat):
    chat.say("source", answer="within 30 days")
    link = chat.log.locator(".source").get_by_role("link")
    expect(link).to_have_attribute("href", "https://shop.example/returns")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_thumbs_are_kept_and_can_change(chat):
    chat.say("echo rate me", answer="rate me")
    up, down = chat.button("Helpful"), chat.button("Not helpful")
    with chat.page.expect_response("**/v1/feedback") as answer:
        up.click()
    assert answer.value.json()["feedback"] == 1
    expect(up).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    chat.page.reload()
    expect(chat.button("Not helpful")).to_have_attribute("aria-pressed", "true")
    expect(chat.log.locator(".thumb")).to_have_count(2)  # the greeting cannot be rated


def test_a_new_conversation_is_empty_and_asked_about_first(chat, say_unique):
    text = say_unique("echo old")
    chat.say(text, answer=text.removeprefix("echo "))
    chat.button("New conversation").click()
    chat.button("Keep this one").click()
    expect(chat.mine(text)).to_be_visible()
    chat.button("New conversation").click()
    chat.button("Start a new one").click()
    expect(chat.mine(text)).to_have_count(0)
    expect(chat.log.locator(".entry")).to_have_count(1)
    chat.say("echo new", answer="new")
    chat.page.reload()
    expect(chat.log.locator(".entry")).to_have_count(3)


def test_a_new_conversation_in_one_tab_is_the_other_tabs_too(chat, open_chat, say_unique):
    old, new = say_unique("echo old"), say_unique("echo new")
    chat.say(old, answer=old.removeprefix("echo "))
    page = chat.page.context.new_page()
    page.goto(chat.page.url)
    other = open_chat(page).ready()
    other.button("New conversation").click()
    other.button("Start a new one").click()
    expect(other.mine(old)).to_have_count(0)
    other.say(new, answer=new.removeprefix("echo "))
    chat.page.bring_to_front()
    expect(chat.mine(old)).to_have_count(0)
    expect(chat.mine(new)).to_have_count(1)
    expect(chat.page.get_by_role("alert")).to_have_text("Your earlier chat has ended. This is a new one.")


def test_a_person_takes_over_and_gives_back(chat, operator, say_unique, eventually):
    text = say_unique("I need a person")
    chat.say(text, answer="heard")
    chat.say("handoff", answer="Done.")
    expect(chat.page.locator("#handoff")).to_contain_text("A person from our team will answer you here")
    expect(chat.page.locator("#person")).to_be_hidden()
    waiting = operator.get("/handoffs").json()["handoffs"]
    (place,) = [row["conversation_id"] for row in waiting if any(line["text"] == text for line in row["last_lines"])]
    operator.post(f"/conversations/{place}/take", json={"operator": "Anna"}).raise_for_status()
    expect(chat.page.locator("#handoff")).to_contain_text("Anna from our team is with you.")
    said = {"operator": "Anna", "text": "Hello **there**, see https://shop.example/x"}
    operator.post(f"/conversations/{place}/messages", json=said).raise_for_status()
    bubble = chat.log.locator(".entry.agent")
    expect(bubble).to_contain_text("Anna: Hello **there**, see https://shop.example/x")
    expect(bubble.get_by_role("link")).to_have_attribute("href", "https://shop.example/x")
    expect(chat.page.locator("#presence")).to_have_text("You are talking to Anna")
    chat.page.reload()
    expect(chat.page.locator("#handoff")).to_contain_text("Anna")
    chat.button("End chat with person").click()
    chat.button("End the chat").click()
    expect(chat.page.locator("#handoff")).to_be_hidden()
    chat.say("echo bot again", answer="bot again")


def test_talk_to_a_person_presses_the_button_that_was_offered(chat):
    with chat.page.expect_request("**/v1/messages") as request:
        chat.page.locator("#person").click()
    assert set(request.value.post_data_json) == {"message_id", "token"}
    chat.mine("Talk to a person").wait_for()
    chat.bot("heard").wait_for()


def test_the_counter_warns_and_nothing_too_long_is_sent(chat):
    chat.field.fill("x" * 1700)
    expect(chat.page.locator("#counter")).to_be_empty()
    chat.field.fill("\U0001f600" * 1990)
    expect(chat.page.locator("#counter")).to_have_text("10 characters left")
    chat.field.fill("x" * 2001)
    expect(chat.page.locator("#counter")).to_have_text("1 character too many")
    expect(chat.button("Send")).to_be_disabled()
    chat.field.press("Enter")
    expect(chat.log.locator(".entry.shopper")).to_have_count(0)


def test_a_refused_message_says_why_and_can_be_edited(chat):
    chat.field.fill("\u200b\u2800")  # characters that nobody sees: the gateway finds nothing in it
    chat.field.press("Enter")
    entry = chat.log.locator(".not-sent")
    expect(entry).to_contain_text("Please type a message: this one is empty.")
    chat.button("Edit").click()
    expect(chat.log.locator(".entry.shopper")).to_have_count(0)
    expect(chat.field).to_be_focused()
