"""Live events (SSE): items in order and once, typing, handoff, and resuming after a break."""

import json
import threading
import time
import uuid

import jwt
import pytest

SHOP_KEY = "the shop's own key for tests, long enough"


class Listener:
    """Reads a shopper's event stream in a thread."""

    def __init__(self, someone, after=None):
        self.events, self.is_over = [], False
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        self._stream = someone.http.stream("GET", "/v1/events", headers=headers)
        self.answer = self._stream.__enter__()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        event = {}
        for line in self.answer.iter_lines():
            name, _, value = line.partition(": ")
            if not line and "data" in event:
                self.events.append((event["event"], json.loads(event["data"]), event.get("id")))
            event = {**event, name: value} if line else {}
        self.is_over = True

    def of(self, kind):
        return [data for name, data, _ in self.events if name == kind]


@pytest.fixture
def listen():
    return Listener


def test_items_typing_and_state_arrive_live(shopper, listen, eventually):
    someone = shopper()
    live = listen(someone)
    assert live.answer.headers["Content-Type"].startswith("text/event-stream")
    eventually(lambda: live.of("typing"))
    someone.post("sleep 0.2", wait=False)
    eventually(lambda: len(live.of("item")) == 3)
    assert [item["author"] for item in live.of("item")] == ["bot", "shopper", "bot"]
    eventually(lambda: [data["active"] for data in live.of("typing")] == [False, True, False])
    assert live.of("handoff") == [{"active": False, "agent_name": None}]
    assert live.of("item") == someone.history()


def test_it_resumes_after_the_last_event(shopper, listen, eventually):
    someone = shopper()
    someone.say("one")
    someone.say("two")
    live = listen(someone, after=3)
    eventually(lambda: len(live.of("item")) == 2)
    assert [identifier for name, _, identifier in live.events if name == "item"] == ["4", "5"]


def test_many_messages_arrive_once_and_in_order(shopper, listen, eventually):
    someone = shopper()
    live = listen(someone)
    for number in range(15):
        someone.post(f"number {number}", wait=False)
    eventually(lambda: len(live.of("item")) == 31)
    assert [item["seq"] for item in live.of("item")] == list(range(1, 32))


def test_two_tabs_see_the_same(shopper, listen, eventually):
    someone = shopper()
    tabs = [listen(someone), listen(someone)]
    someone.say("hello")
    eventually(lambda: all(len(tab.of("item")) == 3 for tab in tabs))
    assert tabs[0].of("item") == tabs[1].of("item")


def test_nobody_hears_another_conversation(shopper, listen, eventually):
    one, other = shopper(), shopper()
    live = listen(other)
    one.say("my secret")
    other.say("hello")
    eventually(lambda: len(live.of("item")) == 3)
    assert "my secret" not in str(live.events)


def test_the_stream_ends_with_its_session(shopper, listen, eventually):
    someone = shopper()
    live = listen(someone)
    someone.http.delete("/v1/session")
    eventually(lambda: live.is_over)


def test_the_stream_ends_when_the_cookie_changes_and_goes_on_with_the_new_one(shopper, listen, eventually):
    someone = shopper()
    live = listen(someone)
    someone.say("verify C-1")
    eventually(lambda: live.is_over)
    again = listen(someone, after=len(live.of("item")))
    someone.say("hello")
    eventually(lambda: "from C-1" in again.of("item")[-1]["text"])


def test_the_streams_of_the_former_cookie_end_when_the_shop_vouches(shopper, listen, eventually):
    """Whoever planted that cookie would hear everything that the customer is told."""
    someone = shopper()
    live = listen(someone)
    token = jwt.encode({"sub": "C-3", "exp": time.time() + 60}, SHOP_KEY, algorithm="HS256")
    someone.open(shop_token=token)
    eventually(lambda: live.is_over)
    goes_on = listen(someone)
    someone.open(shop_token=token)  # the same customer again: the same cookie
    someone.say("still here")
    eventually(lambda: goes_on.of("item")[-1]["author"] == "bot" and len(goes_on.of("item")) == 3)


def test_a_stream_names_its_session(shopper, listen, eventually):
    someone = shopper()
    live = listen(someone)
    eventually(lambda: live.of("session"))
    assert live.of("session") == [{"tag": someone.opened["session"]}]
    assert someone.http.get("/v1/messages").json()["session"] == someone.opened["session"]
    someone.http.delete("/v1/session")
    assert someone.open()["session"] != someone.opened["session"]


def test_an_answer_does_not_hide_who_has_taken_the_conversation(shopper, listen, eventually, operator, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say("hello", message_id=message_id)
    place = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    live = listen(someone)
    someone.post("sleep 0.6", wait=False)
    eventually(lambda: {"active": True} in live.of("typing"))
    operator.post(f"/conversations/{place}/take", json={"operator": "Anna"}).raise_for_status()
    eventually(lambda: live.of("item")[-1]["author"] == "bot" and not live.of("typing")[-1]["active"])
    someone.post("anybody?", wait=False)
    eventually(lambda: live.of("item")[-1]["text"] == "anybody?")
    assert live.of("handoff")[-1] == {"active": True, "agent_name": "Anna"}


def test_without_waiting_the_stream_ends_so_that_it_can_bring_the_new_cookie(shopper, listen, eventually):
    someone = shopper()
    before = someone.http.cookies["shopclerk_session"]
    live = listen(someone)
    someone.post("verify C-1", wait=False)
    eventually(lambda: live.is_over)
    assert len(live.of("item")) == 3
    again = listen(someone, after=3)
    assert someone.http.cookies["shopclerk_session"] != before
    someone.say("hello")
    eventually(lambda: "from C-1" in again.of("item")[-1]["text"])


def test_too_many_streams_of_one_session_are_refused(shopper, listen, eventually):
    someone = shopper()
    streams = [listen(someone) for _ in range(6)]
    assert someone.http.get("/v1/events").status_code == 429
    assert all(stream.answer.status_code == 200 for stream in streams)
    someone.http.delete("/v1/session")
    eventually(lambda: all(stream.is_over for stream in streams))


def test_a_gateway_with_open_streams_stops_quickly(make_gateway, shopper, listen):
    gateway = make_gateway()
    live = listen(shopper(gateway.url))
    begun = time.monotonic()
    gateway.stop()
    assert time.monotonic() - begun < 5.5
    assert live.answer.status_code == 200
