"""A person has the conversation: the bot listens, the operator answers, the shopper sees it live."""

import uuid

import httpx
import pytest


@pytest.fixture
def handed_over(shopper, operator, bot):
    """A shopper who asked for a person, and the id that operators know the conversation by."""
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say("handoff", message_id=message_id)
    return someone, bot.seen("turns", message_id=message_id)[0]["conversation_id"]


def test_operators_see_who_waits(handed_over, operator):
    _, conversation_id = handed_over
    waiting = {row["conversation_id"]: row for row in operator.get("/handoffs").json()["handoffs"]}
    row = waiting[conversation_id]
    assert (row["ticket_id"], row["reason"], row["operator"]) == ("T-1", "asked", None)
    *_, answer, place = row["last_lines"]
    assert answer["text"] == "Done."
    assert place["author"] == "system"
    assert "You are next." in place["text"] or "before you." in place["text"]


def test_the_bot_only_listens(handed_over, bot, eventually):
    someone, conversation_id = handed_over
    message_id = str(uuid.uuid4())
    answer = someone.post("is anybody there?", message_id=message_id).json()
    assert answer["status"] == "with_person"
    assert (answer["items"][0]["author"], "T-1" in answer["items"][0]["text"]) == ("system", True)
    assert someone.post("hello?").json()["items"] == []
    assert not bot.seen("turns", message_id=message_id)
    (event,) = eventually(lambda: bot.seen("heard", about_message_id=message_id))
    assert (event["kind"], event["text"]) == ("shopper_message", "is anybody there?")
    assert event["conversation_id"] == conversation_id


def test_a_whole_handoff(handed_over, operator, bot, eventually):
    someone, conversation_id = handed_over
    taken = operator.post(f"/conversations/{conversation_id}/take", json={"operator": "Ana"})
    assert (taken.status_code, taken.json()["operator"]) == (200, "Ana")
    assert someone.open()["handoff"] == {"active": True, "agent_name": "Ana"}
    said = operator.post(f"/conversations/{conversation_id}/messages", json={"operator": "Ana", "text": "Hello!"})
    assert said.status_code == 200
    last = someone.history()[-1]
    assert (last["author"], last["agent_name"], last["text"]) == ("agent", "Ana", "Hello!")
    someone.post("thank you")
    seen = operator.get(f"/conversations/{conversation_id}/items", params={"after": last["seq"]}).json()
    assert [item["text"] for item in seen["items"]] == ["thank you"]
    assert operator.post(f"/conversations/{conversation_id}/release", json={"operator": "Ana"}).status_code == 200
    assert someone.say("hello bot")[0]["text"].startswith("heard")
    kinds = eventually(
        lambda: (
            (found := [row["kind"] for row in bot.seen("heard", conversation_id=conversation_id)])
            and len(found) == 4
            and found
        )
    )
    assert kinds == ["bot_message", "operator_message", "shopper_message", "handoff_ended"]


def test_the_shopper_ends_it(handed_over, bot, eventually):
    someone, conversation_id = handed_over
    assert someone.http.post("/v1/handoff/end").status_code == 200
    assert someone.say("hello")[0]["text"].startswith("heard")
    eventually(lambda: bot.seen("heard", conversation_id=conversation_id, kind="handoff_ended"))


def test_a_silent_handoff_names_its_ticket(shopper, bot):
    answer = shopper().post("silent-handoff").json()
    assert answer["status"] == "with_person"
    assert "T-2" in answer["items"][0]["text"]


def test_one_operator_at_a_time(handed_over, operator):
    _, conversation_id = handed_over
    operator.post(f"/conversations/{conversation_id}/take", json={"operator": "Ana"})
    for path, body in (("take", {}), ("messages", {"text": "hi"})):
        answer = operator.post(f"/conversations/{conversation_id}/{path}", json={"operator": "Bob", **body})
        assert (answer.status_code, answer.json()["error"]) == (409, "Ana has this conversation.")


def test_a_retried_operator_message_is_said_once(handed_over, operator):
    someone, conversation_id = handed_over
    body = {"operator": "Ana", "text": "Hello!", "message_id": str(uuid.uuid4())}
    answers = [operator.post(f"/conversations/{conversation_id}/messages", json=body).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert [item["author"] for item in someone.history()].count("agent") == 1
    changed = operator.post(f"/conversations/{conversation_id}/messages", json={**body, "text": "Bye!"})
    assert changed.status_code == 409


def test_the_bot_has_it_until_somebody_takes_it(shopper, operator, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say("hello", message_id=message_id)
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    body = {"operator": "Ana", "text": "hi"}
    assert operator.post(f"/conversations/{conversation_id}/messages", json=body).status_code == 409
    operator.post(f"/conversations/{conversation_id}/take", json={"operator": "Ana"})
    assert operator.post(f"/conversations/{conversation_id}/messages", json=body).status_code == 200
    assert someone.post("and now?").json()["status"] == "with_person"


def test_operators_see_buttons_but_no_tokens(shopper, operator, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say("buttons", message_id=message_id)
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    item = operator.get(f"/conversations/{conversation_id}/items").json()["items"][-1]
    assert item["buttons"] == [{"title": "Yes", "token": None}, {"title": "No", "token": None}]


@pytest.mark.parametrize("key", [None, "wrong", "é"])
def test_only_the_secret_key_opens_it(gateway, shopper, key):
    someone = shopper()
    headers = {} if key is None else {"Authorization": f"Bearer {key}".encode()}
    for method, path in (("GET", "/handoffs"), ("POST", f"/conversations/{uuid.uuid4()}/take")):
        answer = someone.http.request(method, f"/v1/operator{path}", headers=headers)
        assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")


@pytest.mark.parametrize("conversation_id", ["0d3f2b9c-5f0e-4c1b-9a53-6f2a7e1c8b44", "x", "%00", "..%2f"])
def test_an_unknown_conversation_is_not_found(operator, conversation_id):
    assert operator.get(f"/conversations/{conversation_id}/items").status_code == 404
    assert operator.post(f"/conversations/{conversation_id}/take", json={"operator": "Ana"}).status_code == 404


@pytest.mark.parametrize("name", [None, "", "   ", 7, "x" * 65, "a\x00b", "<b>"])
def test_an_operator_has_a_name(handed_over, operator, name):
    _, conversation_id = handed_over
    assert operator.post(f"/conversations/{conversation_id}/take", json={"operator": name}).status_code == 400


def test_metrics_and_health(gateway):
    page = httpx.get(f"{gateway.url}/metrics").text
    assert "shopclerk_gateway_turns_total" in page
    assert httpx.get(f"{gateway.url}/health").json() == {"status": "ok"}
    assert httpx.get(f"{gateway.url}/ready").json() == {"status": "ready", "bot": "archive-1"}


def test_metrics_are_closed_to_others(gateway):
    """A proxy on this machine passes on who asks."""
    for said in ("127.0.0.1", "127.0.0.1, 127.0.0.1", "203.0.113.9"):
        headers = {"X-Forwarded-For": said}
        assert httpx.get(f"{gateway.url}/metrics", headers=headers).status_code == 401
    headers["Authorization"] = "Bearer a secret key for tests, long enough"
    assert httpx.get(f"{gateway.url}/metrics", headers=headers).status_code == 200
