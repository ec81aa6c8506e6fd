"""Usable by everyone: axe-core finds nothing, the keyboard is enough, small and zoomed screens work."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SMALL = """() => [...document.querySelectorAll("button, a.skip, textarea")]
    .filter((node) => node.checkVisibility())
    .map((node) => [node.textContent.trim() || node.id, node.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 44).map(([name]) => name)"""
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}


def talk(chat):
    """A conversation in which everything there is can be seen."""
    said = {"markdown": "step by step", "products": "popular", "order": "Shall I", "source": "30 days"}
    said["buttons"] = "Choose"
    for text, answer in said.items():
        chat.say(text, answer=answer)
    chat.button("Helpful").last.click()
    chat.field.fill("x" * 1990)
    return chat


def assert_accessible(chat):
    results = Axe().run(chat.page)
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_nothing_in_light_with_handoff_and_failure(chat, operator):
    talk(chat)
    assert_accessible(chat)
    chat.field.fill("")
    chat.say("handoff", answer="Done.")
    expect(chat.page.locator("#handoff")).to_be_visible()
    chat.page.context.set_offline(True)
    chat.say("is anybody there")
    chat.page.locator(".not-sent").wait_for()
    chat.button("New conversation").click()
    assert_accessible(chat)
    chat.button("Keep this one").click()
    assert_accessible(chat)


def test_axe_finds_nothing_in_the_dark(chat):
    chat.page.emulate_media(color_scheme="dark")
    assert_accessible(talk(chat))


def test_axe_finds_nothing_on_a_phone_and_fingers_hit_everything(browser, chat_url, open_chat):
    with browser.new_context(**PHONE) as context:
        page = context.new_page()
        page.goto(chat_url)
        chat = talk(open_chat(page).ready())
        assert_accessible(chat)
        assert [name for name in page.evaluate(SMALL) if name != "Skip to the message field"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_log_is_live_and_says_who_speaks(chat):
    log = chat.page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "polite")
    chat.say("echo good morning", answer="good morning")
    expect(log).to_have_attribute("aria-live", "polite")
    assert chat.mine("good morning").inner_text().startswith("You:")
    assert chat.bot("good morning").last.inner_text().startswith("Assistant")
    for role, name in (("banner", None), ("main", None), ("form", "Write a message")):
        expect(chat.page.get_by_role(role, name=name)).to_have_count(1)


def test_an_answer_leaves_what_was_said_before_untouched(chat):
    """Otherwise a screen reader would read it all again."""
    chat.say("buttons", answer="Choose")
    chat.page.evaluate("for (const part of document.querySelectorAll('.bubble, .cards')) part.isOld = true")
    chat.say("echo next", answer="next")
    expect(chat.button("Yes")).to_be_disabled()
    for part in (".bubble", ".cards"):
        assert chat.bot("Choose").locator(part).evaluate("node => node.isOld") is True


def test_a_whole_conversation_by_keyboard(chat):
    keyboard = chat.page.keyboard
    expect(chat.field).to_be_focused()
    keyboard.type("buttons")
    keyboard.press("Shift+Enter")
    keyboard.type("please")
    expect(chat.field).to_have_value("buttons\nplease")
    chat.field.fill("")
    keyboard.type("buttons please")
    keyboard.press("Enter")
    chat.button("Yes").wait_for()
    focus_backwards_to(chat, "Yes")
    assert chat.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    keyboard.press("Enter")
    chat.mine("Yes").wait_for()
    expect(chat.field).to_be_focused()
    chat.bot("heard").wait_for()
    focus_backwards_to(chat, "Not helpful")
    keyboard.press("Space")
    expect(chat.button("Not helpful").last).to_have_attribute("aria-pressed", "true")
    expect(chat.button("Not helpful").last).to_be_focused()
    focus_backwards_to(chat, "New conversation")
    keyboard.press("Enter")
    expect(chat.button("Keep this one")).to_be_focused()
    keyboard.press("Escape")
    expect(chat.page.locator("#question")).to_be_hidden()
    expect(chat.mine("Yes")).to_be_visible()


def focus_backwards_to(chat, name):
    for _ in range(25):
        chat.page.keyboard.press("Shift+Tab")
        focused = chat.page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText?.trim()")
        if focused == name:
            return
    raise AssertionError(f"{name} cannot be reached with Shift+Tab")


def test_it_works_at_320_pixels_and_with_200_percent_zoom(chat):
    for width, height in ((320, 560), (640, 400), (640, 260)):  # 1280 x 800 and 1280 x 520, zoomed
        chat.page.set_viewport_size({"width": width, "height": height})
        chat.say(f"echo at {width} {height}", answer=f"at {width} {height}")
        chat.bot(f"at {width} {height}").scroll_into_view_if_needed()
        expect(chat.bot(f"at {width} {height}")).to_be_in_viewport()
        chat.field.scroll_into_view_if_needed()
        expect(chat.button("Send")).to_be_in_viewport()
        chat.page.locator("#person").scroll_into_view_if_needed()
        expect(chat.page.locator("#person")).to_be_in_viewport()
        assert chat.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_quick_answer_is_followed_to_its_end(chat):
    chat.page.emulate_media(reduced_motion="no-preference")
    for number in range(5):
        chat.say("products", answer="popular")
        expect(chat.bot("popular")).to_have_count(number + 1)
        assert chat.log.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") < 80
        expect(chat.button("New messages")).to_be_hidden()


def test_newer_messages_do_not_pull_away_whoever_reads_older_ones(chat, operator):
    for number in range(3):
        chat.say("products", answer="popular")
        expect(chat.bot("popular")).to_have_count(number + 1)
    chat.say("sleep 0.5")
    chat.mine("sleep").wait_for()
    chat.log.evaluate("node => node.scrollTo(0, 0)")
    chat.bot("heard").wait_for(state="attached")
    newer = chat.button("New messages")
    newer.wait_for()
    assert chat.log.evaluate("node => node.scrollTop") == 0
    newer.focus()
    chat.page.keyboard.press("Enter")
    expect(newer).to_be_hidden()
    expect(chat.log).to_be_focused()
    expect(chat.bot("heard")).to_be_in_viewport()
