"""Lost connections, lost answers and ended sessions: nothing is lost, nothing is said twice."""

from playwright.sync_api import Route, expect


def test_a_lost_answer_is_asked_for_again_with_the_same_id(chat, say_unique):
    """The gateway took the message in; only its response got lost."""
    ids = []

    def lose_first(route: Route) -> None:
        ids.append(route.request.post_data_json["message_id"])
        if len(ids) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    chat.page.route("**/v1/messages", lose_first)
    text = say_unique("echo once")
    chat.say(text, answer=text.removeprefix("echo "))
    chat.page.wait_for_timeout(1500)  # the retry comes after 0.7 s
    assert len(set(ids)) == 1
    expect(chat.mine(text)).to_have_count(1)
    expect(chat.bot(text.removeprefix("echo "))).to_have_count(1)
    chat.page.reload()
    chat.ready()
    expect(chat.mine(text)).to_have_count(1)


def test_without_a_connection_it_says_so_and_sends_when_it_is_back(chat, say_unique):
    text = say_unique("echo later")
    chat.page.context.set_offline(True)
    chat.say(text)
    entry = chat.mine(text)
    expect(entry).to_contain_text("Not sent. There is no connection to the shop.")
    expect(chat.button("Try again")).to_be_visible()
    expect(chat.page.locator("#status")).to_have_text("Your message was not sent.")
    expect(chat.page.locator("#presence")).to_have_text("Reconnecting …")
    chat.page.context.set_offline(False)
    chat.bot(text.removeprefix("echo ")).wait_for()
    expect(entry).to_have_count(1)
    expect(chat.page.locator("#presence")).to_have_text("Automated assistant")


def test_try_again_sends_the_same_message(chat, say_unique):
    ids = []

    def refuse(route: Route) -> None:
        ids.append(route.request.post_data_json["message_id"])
        route.fulfill(status=503, json={"error": "The chat is not ready yet.", "error_type": "unavailable"})

    chat.page.evaluate("Object.defineProperty(navigator, 'onLine', {value: false})")  # no retries of its own
    chat.page.route("**/v1/messages", refuse)
    text = say_unique("echo again")
    chat.say(text)
    expect(chat.mine(text)).to_contain_text("Not sent. The chat is not ready yet.")
    chat.page.unroute("**/v1/messages")
    with chat.page.expect_request("**/v1/messages") as request:
        chat.button("Try again").click()
    expect(chat.field).to_be_focused()  # the button is gone
    assert ids == [request.value.post_data_json["message_id"]]
    chat.bot(text.removeprefix("echo ")).wait_for()
    expect(chat.mine(text)).to_have_count(1)


def test_where_events_do_not_come_through_it_polls(context, chat_url, open_chat, say_unique):
    page = context.new_page()
    page.route("**/v1/events*", lambda route: route.abort())
    page.goto(chat_url)
    text = say_unique("echo polled")
    open_chat(page).ready().say(text, answer=text.removeprefix("echo "))


def test_an_ended_session_begins_anew_and_the_message_is_not_lost(chat, say_unique):
    old, text = say_unique("echo old"), say_unique("echo new")
    chat.say(old, answer=old.removeprefix("echo "))
    chat.page.context.clear_cookies()
    chat.say(text, answer=text.removeprefix("echo "))
    expect(chat.page.get_by_role("alert")).to_have_text("Your earlier chat has ended. This is a new one.")
    expect(chat.mine(old)).to_have_count(0)
    expect(chat.mine(text)).to_have_count(1)


def test_where_cookies_are_forbidden_it_says_what_to_do(context, chat_url, open_chat):
    page = context.new_page()

    def without_cookie(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        context.clear_cookies()
        route.fulfill(response=answer, headers=headers)

    page.route("**/v1/session", without_cookie)
    page.goto(chat_url)
    open_chat(page).ready().say("hello")
    expect(page.locator(".not-sent")).to_contain_text("Please open the chat in its own window.")


def test_a_shopper_who_is_verified_goes_on_with_a_new_cookie(chat):
    before = chat.page.context.cookies()[0]["value"]
    chat.say("verify C-5", answer="Done.")
    chat.say("who", answer="You are C-5.")
    assert chat.page.context.cookies()[0]["value"] != before
    chat.say("echo still live", answer="still live")
    chat.page.reload()
    chat.bot("still live").wait_for()


def test_a_button_that_is_no_longer_offered_says_so_and_leaves_the_others(chat):
    def another_token(route: Route) -> None:
        route.continue_(post_data={**route.request.post_data_json, "token": "not-a-token-of-this-conversation"})

    chat.page.route("**/v1/messages", another_token)
    chat.button("Track my order").click()
    expect(chat.page.locator(".not-sent")).to_contain_text("That button is no longer offered. Please ask again.")
    chat.page.unroute("**/v1/messages")
    chat.button("Remove").click()
    expect(chat.log.locator(".entry.shopper")).to_have_count(0)
    chat.button("Find a product").click()
    chat.bot("heard").wait_for()


def test_a_gateway_that_restarts_is_found_again(context, make_gateway, shop_bot, open_chat, say_unique):
    gateway = make_gateway(bot_url=shop_bot, shop_name="Green Garden", turn_deadline_s=4)
    page = context.new_page()
    page.goto(gateway.url)
    chat = open_chat(page).ready()
    chat.say("echo before", answer="before")
    gateway.stop()
    text = say_unique("echo after")
    chat.say(text)
    expect(chat.mine(text)).to_contain_text("Sending …")
    gateway.start()
    sent_or_again = chat.button("Try again").or_(chat.bot(text.removeprefix("echo ")))
    sent_or_again.first.wait_for()
    if chat.button("Try again").is_visible():  # a slow start
        chat.button("Try again").click()
    chat.bot(text.removeprefix("echo ")).wait_for()
    expect(chat.mine(text)).to_have_count(1)
    expect(chat.mine("echo before")).to_have_count(1)


def test_messages_that_are_sent_quickly_stay_in_order(chat):
    for number in range(1, 6):
        chat.say(f"echo number {number}")
    chat.bot("number 5").wait_for()
    mine = chat.log.locator(".entry.shopper .bubble").all_inner_texts()
    assert mine == [f"echo number {number}" for number in range(1, 6)]
    answers = chat.log.locator(".entry.bot", has_text="number").locator(".bubble").all_inner_texts()
    assert answers == [f"number {number}" for number in range(1, 6)]
