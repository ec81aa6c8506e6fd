"""The widget in a shop's page on another origin, under that page's own strict policy."""

import re
import time

import jwt
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SHOP_KEY = "the shop's own key for tests, long enough"


@pytest.fixture
def shop(context, shop_url, open_chat):
    """``shop(color="…")``: the shop's page with these attributes of the script, and the chat in its frame."""

    def open_shop(**attributes):
        page = context.new_page()
        page.goto(shop_url + "?" + "&".join(f"{name.replace('_', '-')}={value}" for name, value in attributes.items()))
        page.locator("shopclerk-chat .launcher").wait_for()
        return open_chat(page, page.frame_locator("iframe"))

    return open_shop


def launcher(chat):
    return chat.page.locator("shopclerk-chat .launcher")


def test_chat_in_another_sites_page(shop, say_unique):
    chat = shop(color="%23b5472f", position="left")
    assert chat.page.locator("iframe").count() == 0  # no session before it is wanted
    expect(launcher(chat)).to_have_css("background-color", "rgb(181, 71, 47)")
    assert launcher(chat).bounding_box()["x"] < 50
    launcher(chat).click()
    chat.ready()
    expect(chat.field).to_be_focused()
    text = say_unique("echo from the shop")
    chat.say(text, answer=text.removeprefix("echo "))
    expect(chat.button("Send")).to_have_css("background-color", re.compile("rgb"))
    assert Axe().run(chat.page).violations_count == 0
    chat.page.reload()
    chat.bot(text.removeprefix("echo ")).wait_for()  # the panel is open again, with the conversation
    assert chat.page.evaluate("document.activeElement.tagName") == "BODY"


def test_a_cards_link_leaves_the_frame_and_the_shops_page_alone(shop, chat_url, shop_url):
    chat = shop(open="")
    chat.ready().say(f"products {chat_url} {shop_url}?product=tempo", answer="popular")
    with chat.page.context.expect_page() as opened:
        chat.log.get_by_role("link", name="Tempo Road Running Shoes").click()
    opened.value.wait_for_url(f"{shop_url}?product=tempo")
    with chat.page.context.expect_page() as again:
        chat.log.locator(".card").first.locator("img").click(force=True)  # under the link, which lies over it
    again.value.wait_for_url(f"{shop_url}?product=tempo")
    expect(chat.bot("popular")).to_be_visible()


def test_open_and_close_by_keyboard(shop):
    chat = shop(label="Help")
    expect(launcher(chat)).to_have_accessible_name("Help")
    launcher(chat).focus()
    chat.page.keyboard.press("Enter")
    chat.ready()
    expect(chat.field).to_be_focused()
    expect(launcher(chat)).to_have_attribute("aria-expanded", "true")
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator(".panel")).to_be_hidden()
    expect(launcher(chat)).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.field).to_be_focused()
    chat.button("Close the chat").click()
    expect(chat.page.locator(".panel")).to_be_hidden()


def test_an_answer_while_it_is_closed_is_counted(shop):
    chat = shop()
    launcher(chat).click()
    chat.ready().say("sleep 0.6")
    chat.mine("sleep").wait_for()
    chat.page.keyboard.press("Escape")
    expect(launcher(chat)).to_have_accessible_name("Chat with us, 1 new message", timeout=20000)
    launcher(chat).click()
    chat.bot("heard").wait_for()
    expect(chat.page.locator(".unread")).to_be_hidden()


def test_the_shops_login_vouches_for_the_customer(shop):
    token = jwt.encode({"sub": "C-77", "exp": time.time() + 300}, SHOP_KEY, algorithm="HS256")
    chat = shop(shop_token=token, open="")
    chat.ready().say("who", answer="You are C-77.")
    assert token not in chat.page.locator("iframe").get_attribute("src")


def test_a_token_that_is_not_the_shops_leaves_the_shopper_anonymous(shop):
    chat = shop(shop_token="not-a-token", open="")
    chat.ready().say("who", answer="You are nobody.")


def test_logging_in_and_out_without_a_new_page(shop):
    chat = shop(open="")
    chat.ready()
    token = jwt.encode({"sub": "C-78", "exp": time.time() + 300}, SHOP_KEY, algorithm="HS256")
    with chat.page.expect_response("**/v1/session"):
        chat.page.evaluate("token => Shopclerk.setShopToken(token)", token)
    chat.say("who", answer="You are C-78.")
    chat.page.evaluate("Shopclerk.setShopToken(null); Shopclerk.restart()")
    expect(chat.log.locator(".entry")).to_have_count(1)
    chat.say("who", answer="You are nobody.")


def test_logging_out_on_a_page_that_never_showed_the_chat(shop):
    token = jwt.encode({"sub": "C-79", "exp": time.time() + 300}, SHOP_KEY, algorithm="HS256")
    chat = shop(shop_token=token, open="")
    chat.ready().say("who", answer="You are C-79.")
    other = shop()
    with other.page.expect_response(lambda answer: answer.request.method == "DELETE"):
        other.page.evaluate("Shopclerk.restart()")
    launcher(other).click()
    expect(other.ready().log.locator(".entry")).to_have_count(1)  # the page may still show what the answer forgets
    other.say("who", answer="You are nobody.")
    chat.page.bring_to_front()
    expect(chat.bot("You are C-79.")).to_have_count(0)


def test_logging_out_forgets_the_shops_token(shop):
    token = jwt.encode({"sub": "C-80", "exp": time.time() + 300}, SHOP_KEY, algorithm="HS256")
    chat = shop(shop_token=token, open="")
    chat.ready().say("who", answer="You are C-80.")
    chat.page.evaluate("Shopclerk.restart()")
    expect(chat.log.locator(".entry")).to_have_count(1)
    chat.say("who", answer="You are nobody.")


def test_a_phone_on_its_side_is_not_covered_without_being_asked(context, shop_url):
    page = context.new_page()
    page.set_viewport_size({"width": 740, "height": 360})
    page.goto(shop_url + "?open=")
    page.get_by_role("button", name="Chat with us").wait_for()
    expect(page.locator(".panel")).to_be_hidden()


def test_a_chat_that_is_away_can_be_closed_on_a_phone_and_asked_for_again(browser, shop_url, chat_url, open_chat):
    with browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.clock.install()
        page.route(f"{chat_url}/", lambda route: route.abort())
        page.goto(shop_url)
        page.get_by_role("button", name="Chat with us").tap()
        page.clock.fast_forward(9000)
        expect(page.get_by_role("link", name="Open it in its own window")).to_be_visible()
        page.get_by_role("button", name="Close: Chat with us").tap()
        expect(page.locator(".panel")).to_be_hidden()
        page.unroute(f"{chat_url}/")
        page.get_by_role("button", name="Chat with us").tap()
        open_chat(page, page.frame_locator("iframe")).ready()


def test_on_a_phone_it_fills_the_screen(browser, shop_url, open_chat):
    with browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(shop_url)
        page.get_by_role("button", name="Chat with us").tap()
        chat = open_chat(page, page.frame_locator("iframe")).ready()
        box = page.locator(".panel").bounding_box()
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 640)
        chat.button("Close the chat").tap()
        expect(page.get_by_role("button", name="Chat with us")).to_be_visible()


def test_other_sites_may_not_frame_the_chat(context, shop_url):
    """The same page under a name that is not among the allowed origins."""
    page = context.new_page()
    page.clock.install()
    page.goto(shop_url.replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="Chat with us").click()
    refused = page.locator("iframe")
    expect(refused).to_have_count(1)
    page.wait_for_timeout(500)
    assert [frame.url for frame in page.frames[1:]] in ([], ["chrome-error://chromewebdata/"])
    page.clock.fast_forward(9000)
    expect(page.get_by_role("link", name="Open it in its own window")).to_be_visible()
