"""`make e2e`: from a shop's export to a promoted fix, in a real browser, asserting on the databases."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import threading
import time

import httpx
import pytest

from contract.settings import ROOT
from launcher.browser import find_browser
from launcher.environments import APP
from tests.e2e.browser import AdminPage, ChatPage, chromium
from tests.e2e.shop_database import mailed_code, rows
from tests.e2e.shopper import Shopper
from tests.e2e.system import System
from tests.shared_data import SHARED

EXPORT = SHARED / "tau_retail"
TRAINING_MINUTES = 15

# Ways to ask where a parcel is that nobody wrote into the training data, and the word in it that is a product.
# The first that the model gets wrong is taken.
SLANG = {
    "oi wheres me gubbins from tuesday innit": "gubbins",
    "any joy with my clobber from monday": "clobber",
    "has my loot from friday set sail": "loot",
    "what's the craic with my gear from sunday": "gear",
}
RIGHT, TITLE = "track_order", "Track order"

pytestmark = [
    pytest.mark.story,
    pytest.mark.skipif(find_browser() is None, reason="needs Chromium: python3 -m launcher.browser installs it"),
]


class Shop:
    """Two orders of the shop to talk about: one of any state, one that can be cancelled."""

    def __init__(self, system: System) -> None:
        found = rows(
            system,
            "select o.id, c.email, o.status from orders o join customers c on c.id = o.customer_id "
            "where o.status in ('pending', 'delivered') order by o.id",
        )
        self.delivered, self.delivered_email, _ = next(row for row in found if row[2] == "delivered")
        self.pending, self.pending_email, _ = next(row for row in found if row[2] == "pending")


@pytest.fixture(scope="module")
def story(trained, tmp_path_factory):
    """All programs over an imported shop, or over the demo shop where there is no export."""
    system = System.prepare(tmp_path_factory.mktemp("story"))
    if EXPORT.is_dir():
        for command in (["actions.db", "upgrade"], ["actions.shop_import", str(EXPORT)]):
            subprocess.run([APP.executable, "-m", *command], cwd=ROOT, env=system.environ, check=True)
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="module")
def browser(story):
    with chromium(str(find_browser())) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(story):
    return f"http://127.0.0.1:{story.settings.gateway_port}/"


@pytest.fixture(scope="module")
def control(story):
    return httpx.Client(
        base_url=story.settings.control_url.replace("5004", str(story.settings.control_port)),
        headers={"Authorization": f"Bearer {story.settings.secret_key}"},
        timeout=30,
    )


def understood(story, text, version=None):
    url = f"http://127.0.0.1:{story.settings.nlu_port}/v1/parse"
    return httpx.post(url, json={"text": text, "version": version}, timeout=10).raise_for_status().json()


def test_the_whole_export_is_there(story):
    if not EXPORT.is_dir():
        pytest.skip("no export here: the demo shop is used")
    counts = [rows(story, f"select count(*) from {table}")[0][0] for table in ("orders", "customers", "products")]
    exported = [len(json.loads((EXPORT / f"{name}.json").read_text())) for name in ("orders", "users", "products")]
    assert counts == exported


def test_a_shopper_asks_cancels_and_gets_a_recommendation(story, browser, address):
    shop = Shop(story)
    chat = ChatPage(browser, address)
    chat.say(f"where is my order {shop.delivered}?")
    assert shop.delivered in chat.say(shop.delivered_email)

    chat.say(f"please cancel order {shop.pending}")
    chat.say(shop.pending_email)
    chat.say(mailed_code(story, shop.pending_email))
    assert shop.pending in chat.say("I no longer need it")
    assert "cancelled" in chat.say("yes").lower()
    assert rows(story, "select status from orders where id = ?", shop.pending) == [("cancelled",)]
    refunds = rows(story, "select count(*), sum(amount_minor) from refunds where order_id = ?", shop.pending)
    assert refunds[0][0] >= 1
    assert refunds[0][1] > 0

    chat.say("can you recommend me something?")
    assert chat.page.locator("#log .card").count() >= 3

    chat.page.reload()
    chat.page.get_by_text("I no longer need it").wait_for()


def test_a_wrong_answer_becomes_a_promoted_fix(story, browser, address, control):
    text = next((text for text in SLANG if understood(story, text)["intent"]["name"] != RIGHT), None)
    assert text, "The model understands every slang sentence of this test already: add harder ones."
    chat = ChatPage(browser, address)
    chat.say(text)

    code = re.search(r"with this code: (\S+)", story.log())
    assert code, "The admin UI printed no set-up code."
    admin = AdminPage(browser, f"http://127.0.0.1:{story.settings.admin_port}")
    admin.make_account(code[1])
    sender = conversation_with(story, text)
    admin.open(f"conversation?id={sender}", "Conversation")
    admin.relabel(text, TITLE, mark=(SLANG[text], "product"))
    written = (ROOT / story.settings.data_dir / "nlu" / "reviewed" / f"{RIGHT}.yml").read_text("utf-8")
    assert f"[{SLANG[text]}](product)" in written
    at_once = understood(story, text)
    assert at_once["intent"]["name"] == RIGHT and at_once["correction"], "the label holds before any training"

    before = control.get("/v1/deployment").json()["active"]["name"]
    stop_chatting = keep_chatting(address)
    admin.train(minutes=TRAINING_MINUTES)
    run = control.get("/v1/trainings").json()[0]
    admin.compare()
    admin.page.get_by_text("Intent accuracy").first.wait_for(timeout=120_000)
    admin.promote_newest(run["archive"])
    wait_until(lambda: control.get("/v1/deployment").json()["active"]["name"] == run["archive"])
    answers = stop_chatting()
    assert answers
    assert all(answers), "The bot was silent while the model was trained and exchanged."

    assert understood(story, text, run["model_version"])["intent"]["name"] == RIGHT
    answer = ChatPage(browser, address).say(text)
    assert "order" in answer.lower()

    admin.roll_back()
    wait_until(lambda: control.get("/v1/deployment").json()["active"]["name"] == before)


def conversation_with(story, text):
    """The id under which the admin UI knows the conversation in which ``text`` was said."""
    with sqlite3.connect(f"file:{story.settings.var_dir}/tracker.db?mode=ro", uri=True) as connection:
        found = connection.execute(
            "select sender_id from events where type_name = 'user' and data like ? order by id desc", (f"%{text}%",)
        )
        return found.fetchone()[0]


def keep_chatting(address):
    """Another shopper goes on talking; the returned function stops that and gives what was answered."""
    answers, stopped = [], threading.Event()

    def talk():
        shopper = Shopper(address)
        while not stopped.wait(2.0):
            answers.append(shopper.say("what is your refund policy?"))

    thread = threading.Thread(target=talk)
    thread.start()

    def stop():
        stopped.set()
        thread.join(30)
        return answers

    return stop


def wait_until(condition, seconds=60.0):
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return
        time.sleep(0.5)
    raise AssertionError("It did not come about in time.")
