"""Headless Chromium, and what a person does on our pages with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class ChatPage:
    """The shopper's page."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page = browser.new_page(viewport={"width": 900, "height": 900})
        self.page.set_default_timeout(20_000)
        self.page.goto(address)
        self.page.locator("#log .entry.bot").first.wait_for()

    def say(self, text: str) -> str:
        """Type ``text``, send it, and return what the bot answered."""
        before = self.page.locator("#log .entry.bot").count()
        self.page.get_by_label("Your message").fill(text)
        self.page.keyboard.press("Enter")
        self.page.wait_for_function(
            "n => document.querySelectorAll('#log .entry.bot').length > n && document.querySelector('#typing').hidden",
            arg=before,
        )
        self.page.wait_for_timeout(300)
        return "\n".join(self.page.locator("#log .entry.bot").all_inner_texts()[before:])


class AdminPage:
    """The operator's pages."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 1100})
        self.page.set_default_timeout(40_000)

    def make_account(self, code: str) -> None:
        self.page.goto(self.address)
        self.page.get_by_label("Set-up code").fill(code)
        self.page.get_by_label("Name", exact=True).fill("kim")
        self.page.get_by_label("Password", exact=True).fill("correct horse battery")
        self.page.get_by_label("Password again").fill("correct horse battery")
        self.page.get_by_role("button", name="Make the account").click()
        self.page.get_by_role("heading", name="Overview").wait_for()

    def open(self, path: str, heading: str) -> None:
        self.page.goto(f"{self.address}/{path}")
        self.page.get_by_role("heading", name=heading).first.wait_for()

    def relabel(self, text: str, intent_title: str, *, mark: tuple[str, str]) -> None:
        """In the open conversation: correct the message ``text`` and mark ``mark`` (words, entity) with the mouse."""
        card = self.page.locator("[class*=st-key-turn_]").filter(has_text=" ".join(text.split()[:3]))
        card.get_by_text("Correct or approve").click()
        choice = card.get_by_role("combobox", name="Right intent")
        choice.click()
        choice.fill(intent_title)
        self.page.get_by_role("option", name=intent_title).first.click()
        words, entity = mark
        card.locator(".span-marker-choice").select_option(entity)
        card.locator(".span-marker-text").scroll_into_view_if_needed()
        self._drag_over(words)
        card.get_by_role("button", name="Remove").first.wait_for()
        card.get_by_role("button", name="Approve", exact=False).last.click()
        self.page.get_by_text("is learned at the next training").wait_for()

    def train(self, *, minutes: int) -> None:
        self.open("train", "Train")
        self.page.get_by_role("button", name="Train now").click()
        self.page.get_by_text("Running").first.wait_for()
        self.page.get_by_text("Compare and promote it").wait_for(timeout=minutes * 60_000)

    def compare(self) -> None:
        self.open("models", "Models")
        self.page.get_by_role("button", name="Compare").click()

    def promote_newest(self, archive: str) -> None:
        self.open("models", "Models")
        table = self.page.locator("[data-testid=stDataFrame]").first
        table.wait_for()
        self.page.wait_for_timeout(1500)
        box = table.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
        self.page.get_by_role("button", name=f"Promote {archive}").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Promote").click()

    def roll_back(self) -> None:
        self.open("models", "Models")
        self.page.get_by_role("button", name="Roll back").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()

    def _drag_over(self, words: str) -> None:
        box = self.page.evaluate(
            """(words) => {
                const walker = document.createTreeWalker(document.querySelector('.span-marker-text'), 4);
                for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                    const at = node.data.indexOf(words);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(node, at); range.setEnd(node, at + words.length);
                    const box = range.getBoundingClientRect();
                    return {left: box.left, right: box.right, middle: (box.top + box.bottom) / 2};
                }
            }""",
            words,
        )
        assert box, f"{words!r} is not in the marked text"
        self.page.mouse.move(box["left"] + 0.5, box["middle"])
        self.page.mouse.down()
        self.page.mouse.move((box["left"] + box["right"]) / 2, box["middle"], steps=4)
        self.page.mouse.move(box["right"] - 0.5, box["middle"], steps=4)
        self.page.mouse.up()
