"""Marking entities in a real browser: by mouse, by keyboard, with exact offsets behind an emoji."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from dataclasses import fields, replace
from pathlib import Path

import pytest

from admin_ui.review.accounts import Accounts
from admin_ui.review.training.files import read_examples
from contract.settings import ROOT

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TEXT = "😀 I want it in red, size nine 🎁 please"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def address(settings, log, projector, database, cheap_hasher):
    """A running admin UI with one message and the account kim."""
    accounts = Accounts(database, hasher=cheap_hasher)
    accounts.make_first(code=accounts.new_setup_code(), name="kim", password="correct horse battery")
    log.user("s1", TEXT, "greet", 0.4)
    settings = replace(settings, admin_port=free_port())
    changed = {f"SHOPCLERK_{f.name.upper()}": str(getattr(settings, f.name)) for f in fields(settings)}
    whole = {**os.environ, **changed}
    url = f"http://127.0.0.1:{settings.admin_port}"
    with Path(settings.var_dir, "admin.log").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "admin_ui"], env=whole, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            wait_for(f"{url}/_stcore/health", process)
            yield url
        finally:
            process.terminate()
            process.wait(10)


def wait_for(url: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("The admin UI did not start.")


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def log_in(page, url):
    page.goto(url)
    page.get_by_label("Name", exact=True).fill("kim")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def drag_over(page, words):
    """Presses the mouse before the words and lets go behind them."""
    box = page.evaluate(
        """(words) => {
            const walker = document.createTreeWalker(document.querySelector('.span-marker-text'), NodeFilter.SHOW_TEXT);
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
    page.mouse.move(box["left"] + 0.5, box["middle"])
    page.mouse.down()
    page.mouse.move((box["left"] + box["right"]) / 2, box["middle"], steps=4)
    page.mouse.move(box["right"] - 0.5, box["middle"], steps=4)
    page.mouse.up()


def mark_by_mouse(page, words, button):
    """On a slow machine the page may still move while the mouse does: then the words are marked again, as one would."""
    for _ in range(3):
        drag_over(page, words)
        with suppress(sync_api.TimeoutError):
            page.get_by_role("button", name=button).wait_for(timeout=10_000)
            return
    raise AssertionError(f"{words!r} could not be marked.")


def test_marking_by_mouse_and_keyboard_reaches_the_training_data(address, browser, data_dir):
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    page.set_default_timeout(30_000)
    log_in(page, address)
    page.goto(f"{address}/conversation?id=s1")  # a reload: the cookie keeps the login
    page.get_by_text("Correct or approve").click()
    page.locator(".span-marker-choice").select_option("color")
    page.locator(".span-marker-text").scroll_into_view_if_needed()
    mark_by_mouse(page, "red", "Remove Color “red”")

    page.locator(".span-marker-choice").select_option("order_id")
    message = page.locator(".span-marker-text")
    message.focus()
    for _ in range(7):
        message.press("ArrowRight")
    message.press("Enter")
    page.get_by_role("button", name="Remove Order id “nine”").wait_for()

    message.focus()
    message.press("Shift+ArrowRight")
    message.press("Delete")
    page.get_by_role("button", name="Remove Order id “nine”").wait_for(state="detached")
    page.locator(".span-marker-choice").select_option("color")
    mark_by_mouse(page, "nine", "Remove Color “nine”")
    page.wait_for_timeout(500)

    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved as greet").wait_for()
    (example,) = read_examples(data_dir / "nlu" / "reviewed")
    assert example.text == TEXT
    assert [(example.text[s.start : s.end], s.entity) for s in example.entities] == [
        ("red", "color"),
        ("nine", "color"),
    ]
