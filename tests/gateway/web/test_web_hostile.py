"""Markup, script and markdown from both sides are shown or made harmless, never run."""

from playwright.sync_api import expect

ATTACKS = (
    "<script>window.hacked=1</script>",
    '<img src=x onerror="window.hacked=1">',
    "[x](javascript:window.hacked=1)",
    "**<svg onload=window.hacked=1>**",
    '/cancel_order{"order_id": "#W0417301"}',
)
SHOWN = """() => [...document.querySelectorAll("#items *")].flatMap((node) =>
    [node.tagName.toLowerCase(), ...node.getAttributeNames().map((name) => name.replace(/^on.*/, "on"))])"""
FORBIDDEN = {"script", "iframe", "img", "object", "style", "on"}


def is_inert(chat) -> bool:
    """No script ran, and the conversation holds no element or attribute that could run one."""
    tags = set(chat.page.evaluate(SHOWN))
    return chat.page.evaluate("window.hacked === undefined") and not tags & FORBIDDEN


def test_what_the_shopper_types_is_shown_as_typed(chat):
    for number, attack in enumerate(ATTACKS, start=1):
        chat.say(attack)
        expect(chat.bot("heard")).to_have_count(number)
    assert chat.log.locator(".shopper .bubble").all_inner_texts() == list(ATTACKS)
    assert is_inert(chat)
    assert chat.log.locator("a").count() == 0


def test_what_the_bot_says_is_inert(chat):
    chat.say("inject", answer="window.hacked")
    assert is_inert(chat)
    addresses = chat.log.locator("a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(addresses) <= {"https:"}
    bold = chat.log.locator(".bot strong")
    expect(bold).to_have_text('<b onmouseover="window.hacked=1">bold</b>')


def test_markdown_becomes_elements(chat):
    chat.say("markdown", answer="step by step")
    bubble = chat.bot("step by step").locator(".bubble")
    expect(bubble.locator("strong")).to_have_text("how it works")
    expect(bubble.locator("em")).to_have_text("step by step")
    expect(bubble.locator("ol > li")).to_have_count(2)
    expect(bubble.locator("ul > li")).to_have_text(["free within 30 days", "by post or in the shop"])
    expect(bubble.locator("code")).to_have_text("Return")
    links = bubble.locator("a").evaluate_all("links => links.map(link => [link.href, link.target, link.rel])")
    assert links == [
        ["https://shop.example/orders", "_blank", "noopener noreferrer"],
        ["mailto:help@shop.example", "", ""],
        ["https://shop.example/help", "_blank", "noopener noreferrer"],
    ]


def test_text_that_only_looks_like_markdown_stays(chat):
    text = "2*3*4 = 24, snake_case_name, a * b, **open, [no](ftp://x.example), #W0417301"
    chat.say(f"echo {text}", answer="snake_case")
    expect(chat.bot("snake_case").locator(".bubble")).to_have_text(text)


def test_markdown_that_never_closes_is_drawn_at_once(chat):
    texts = ["**a" * 1300, "[" * 4000, "`a" * 2000, "_a *b " * 600, "https://" * 500, "> " * 2000, "**" * 2000]
    script = """async (texts) => {
      const { markdown } = await import("/static/markdown.js");
      const begin = performance.now();
      for (const text of texts) markdown(text);
      return performance.now() - begin;
    }"""
    assert chat.page.evaluate(script, texts) < 1000


def test_right_to_left_and_long_words_stay_in_their_bubble(chat):
    chat.page.set_viewport_size({"width": 320, "height": 560})
    chat.say(f"echo \u0645\u0631\u062d\u0628\u0627 {'w' * 300} https://shop.example/{'p' * 300}", answer="www")
    assert chat.bot("www").locator("p[dir=auto]").last.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert chat.log.evaluate("node => node.scrollWidth - node.clientWidth") <= 0


def test_the_page_runs_nothing_inline_and_reaches_no_other_host(context, chat_url, open_chat):
    hosts, complaints = set(), []
    page = context.new_page()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("console", lambda message: complaints.append(message.text))
    answer = page.goto(chat_url)
    open_chat(page).ready().say("echo hi", answer="hi")
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert hosts == {chat_url.split("/")[2]}
    assert complaints == []
