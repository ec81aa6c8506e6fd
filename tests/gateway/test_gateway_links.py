"""Links to recommended products: on to the shop whatever the action server does, and every click told once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from contract.links import PRODUCT_LINK_MAX_AGE_S, Document, ProductLink
from contract.signing import sign
from gateway.channels.links import BROKEN
from gateway.clicks import CLICKS_PER_MINUTE
from tests.gateway.conftest import SECRET, free_port, http

PAGE = "https://shop.example/p/mat?size=6%20mm#pictures"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CUBOT = "Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138 Safari/537.36"


class ActionServer(ThreadingHTTPServer):
    """Keeps what it was told; ``status`` is what it answers, once ``is_open``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clicked)
        self.told: list[tuple[str, str, str]] = []
        self.status, self.is_open = 204, threading.Event()
        self.is_open.set()
        self.url = f"http://127.0.0.1:{self.server_port}/webhook"


class _Clicked(BaseHTTPRequestHandler):
    server: ActionServer

    def do_POST(self) -> None:
        click = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert (self.path, self.headers["Authorization"]) == ("/recommendations/clicked", f"Bearer {SECRET}")
        self.server.is_open.wait(20)
        self.server.told.append((click["message_id"], click["product_id"], str(sorted(click))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def running() -> Iterator[ActionServer]:
    server = ActionServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.is_open.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def actions(running):
    """The action server, which was told nothing yet."""
    running.told.clear()
    running.status = 204
    running.is_open.set()
    return running


@pytest.fixture(scope="module")
def door(make_gateway, running):
    return make_gateway(actions_url=running.url)


def token(message_id="m-1", *, url=PAGE, key=SECRET, age_s=0.0):
    return sign(ProductLink(url, message_id, "mat", time.time() - age_s), key=key)


def follow(door, link, *, method="GET", agent=FIREFOX, **headers):
    return http().request(method, f"{door.url}/v1/links/{link}", headers={"User-Agent": agent, **headers})


def test_a_click_leads_on_and_is_told(door, actions, eventually):
    answer = follow(door, token())
    assert (answer.status_code, answer.headers["Location"], answer.content) == (302, PAGE, b"")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"] and "Set-Cookie" not in answer.headers
    assert eventually(lambda: actions.told) == [("m-1", "mat", "['message_id', 'product_id']")]


def test_an_address_with_any_letters_is_one_header(door, actions, eventually):
    answer = follow(door, token(url="https://shop.example/p/thermoskanne-groß\r\nSet-Cookie: a=b"))
    assert answer.headers["Location"] == "https://shop.example/p/thermoskanne-gro%C3%9F%0D%0ASet-Cookie:%20a=b"
    eventually(lambda: actions.told)


DOCUMENT = sign(Document("invoice", "INV-2026-00001", time.time(), time.time() + 60), key=SECRET)


@pytest.mark.parametrize(
    "link",
    [
        token(key="x" * 40),
        token(age_s=PRODUCT_LINK_MAX_AGE_S + 60),
        token(url="javascript:alert(1)"),
        token(url="//evil.example"),
        token()[:-4],
        DOCUMENT,
        "nonsense",
        "%00.b",
        "x" * 5000 + ".y",
    ],
)
def test_links_that_are_not_good_lead_nowhere(door, actions, link):
    answer = follow(door, link)
    assert (answer.status_code, answer.text) == (410, BROKEN)
    assert "Location" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
    assert actions.told == []


@pytest.mark.parametrize(
    ("method", "agent", "headers"),
    [
        ("HEAD", FIREFOX, {}),
        ("GET", FIREFOX, {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", "", {}),
        ("GET", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", {}),
        ("GET", "TelegramBot (like TwitterBot)", {}),
        ("GET", "WhatsApp/2.23.20.0 A", {}),
        ("GET", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", {}),
        ("GET", "Mozilla/5.0 (Macintosh) AppleWebKit Safari facebookexternalhit/1.1 Facebot Twitterbot/1.0", {}),
        ("GET", "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", {}),
        ("GET", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}),
        ("GET", "curl/8.5.0", {}),
    ],
)
def test_who_only_looks_is_led_on_and_counts_for_nothing(door, actions, eventually, method, agent, headers):
    answer = follow(door, token(), method=method, agent=agent, **headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    follow(door, token("m-2"))
    assert [row[0] for row in eventually(lambda: actions.told)] == ["m-2"]


def test_a_phone_of_cubot_is_no_robot(door, actions, eventually):
    follow(door, token("m-3"), agent=CUBOT)
    assert eventually(lambda: actions.told)[0][0] == "m-3"


def test_an_action_server_that_is_slow_keeps_nobody(door, actions, eventually):
    actions.is_open.clear()
    with httpx.Client(headers={"User-Agent": FIREFOX}) as browser:  # keeps its connection
        for number in range(3):
            begun = time.monotonic()
            answer = browser.get(f"{door.url}/v1/links/{token(f'm-{number}')}")
            assert answer.status_code == 302 and time.monotonic() - begun < 2
    assert actions.told == []
    actions.is_open.set()
    eventually(lambda: len(actions.told) == 3)


def test_an_action_server_that_refuses_or_is_away_is_logged_without_the_link(door, actions, make_gateway, eventually):
    actions.status = 401
    away = make_gateway(actions_url=f"http://127.0.0.1:{free_port()}/webhook")
    for gateway, why in ((door, "with status 401"), (away, "does not answer")):
        link = token("secret-message")
        assert follow(gateway, link).headers["Location"] == PAGE
        eventually(lambda gateway=gateway, why=why: "click_not_noted" in gateway.log and why in gateway.log)
        assert link not in gateway.log and "secret-message" not in gateway.log and "crashed" not in gateway.log


def test_who_plays_with_a_link_is_led_on_and_told_no_more(make_gateway, actions, eventually):
    gateway = make_gateway(actions_url=actions.url)
    link = token()
    statuses = {follow(gateway, link).status_code for _ in range(CLICKS_PER_MINUTE + 20)}
    assert statuses == {302}
    eventually(lambda: "Too many clicks." in gateway.log)
    eventually(lambda: len(actions.told) >= CLICKS_PER_MINUTE)
    assert len(actions.told) < CLICKS_PER_MINUTE + 20
