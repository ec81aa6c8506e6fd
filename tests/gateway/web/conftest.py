"""A real Chromium before a real gateway with the test bot, and a shop's page on another origin."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).parent
SECRET = "a secret key for tests, long enough"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LOG = "#log"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shop_bot(eventually: Callable[..., Any]) -> Iterator[str]:
    """The address of a bot that answers with cards, markdown and sources."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parents[2])])}
    process = subprocess.Popen([sys.executable, str(HERE / "shop_bot.py"), str(port), SECRET], env=environment)
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: httpx.get(f"{url}/seen").is_success)
    yield url
    process.kill()
    process.wait()


class ShopPages(BaseHTTPRequestHandler):
    """Serves a shop's page with the widget; the query string becomes the script's attributes."""

    gateway_url = ""

    def do_GET(self) -> None:
        path, _, attributes = self.path.partition("?")
        body = shop_page(self.gateway_url, httpx.QueryParams(attributes)).encode()
        self.send_response(200 if path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        # as strict as a careful shop's own policy may be
        policy = f"default-src 'self'; script-src {self.gateway_url}; frame-src {self.gateway_url}; style-src 'self'"
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


def shop_page(gateway_url: str, attributes: httpx.QueryParams) -> str:
    data = " ".join(f'data-{name}="{value}"' for name, value in attributes.items())
    return f"""<!doctype html><html lang="en"><head><title>Shop</title>
    <meta name="viewport" content="width=device-width"></head>
    <body><main><h1>Garden tools</h1><p>Everything for your garden, since 1954.</p>
    <button>Add to basket</button></main>
    <script src="{gateway_url}/widget.js" async {data}></script></body></html>"""


@pytest.fixture(scope="session")
def shop_origin() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), ShopPages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def shop_url(shop_origin: ThreadingHTTPServer, chat_url: str) -> str:
    """A shop's page on another origin, which the gateway allows."""
    ShopPages.gateway_url = chat_url
    return f"http://127.0.0.1:{shop_origin.server_port}/"


@pytest.fixture(scope="module")
def chat_url(make_gateway: Callable[..., Any], shop_bot: str, shop_origin: ThreadingHTTPServer) -> str:
    """The gateway whose chat the tests open."""
    origin = f"http://127.0.0.1:{shop_origin.server_port}"
    gateway = make_gateway(bot_url=shop_bot, allowed_origins=origin, shop_name="Green Garden", turn_deadline_s=4)
    url: str = gateway.url
    return url


class Chat:
    """A shopper before the page, or before the widget's frame."""

    def __init__(self, page: Page, place: Any = None) -> None:
        self.page = page
        self.place = place or page
        self.log = self.place.locator(LOG)
        self.field = self.place.get_by_label("Your message")

    def say(self, text: str, *, answer: str | None = None) -> None:
        """Types and sends ``text`` and waits for ``answer`` in the newest bubble of the bot."""
        self.field.fill(text)
        self.field.press("Enter")
        if answer is not None:
            self.bot(answer).last.wait_for()

    def bot(self, text: str) -> Any:
        return self.log.locator(".entry.bot", has_text=text)

    def mine(self, text: str) -> Any:
        return self.log.locator(".entry.shopper", has_text=text)

    def button(self, name: str) -> Any:
        return self.place.get_by_role("button", name=name, exact=True)

    def ready(self) -> Chat:
        self.bot("I am the assistant of Green Garden").wait_for()
        return self


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile; errors on the page fail the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert errors == []


@pytest.fixture
def chat(context: BrowserContext, chat_url: str) -> Chat:
    """The chat's page, opened and greeted."""
    page = context.new_page()
    page.goto(chat_url)
    return Chat(page).ready()


@pytest.fixture
def open_chat() -> Callable[..., Chat]:
    """``open_chat(page)`` or ``open_chat(page, frame)``: a shopper in it."""
    return Chat


@pytest.fixture
def operator(chat_url: str) -> Iterator[httpx.Client]:
    """A person of the shop's team."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    with httpx.Client(base_url=f"{chat_url}/v1/operator", headers=headers) as http:
        yield http


@pytest.fixture
def say_unique() -> Callable[[str], str]:
    """A text that no other test says."""
    return lambda word: f"{word} {uuid.uuid4().hex[:8]}"
