"""Internal notes and unanswered tickets: operators have them, shoppers, machines and the bot never see a note."""

import json
import uuid

import httpx
import pytest

from contract.wire import Conflict, NotFound
from gateway.notes import Notes
from gateway.store import conversations
from gateway.store.database import Database

SECRET_WORDS = "gruff-but-right-about-the-parcel"


@pytest.fixture
def handed_over(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say("handoff", message_id=message_id)
    return someone, bot.seen("turns", message_id=message_id)[0]["conversation_id"]


def note(operator, conversation_id, text=SECRET_WORDS, **more):
    body = {"operator": "Ana", "text": text, **more}
    return operator.post(f"/conversations/{conversation_id}/notes", json=body)


def test_operators_read_notes_beside_the_conversation(handed_over, operator):
    _, conversation_id = handed_over
    before = operator.get(f"/conversations/{conversation_id}/items").json()
    assert note(operator, conversation_id).status_code == 200
    after = operator.get(f"/conversations/{conversation_id}/items").json()
    ((written,), items) = after.pop("notes"), after.pop("items")
    assert (written["operator"], written["text"]) == ("Ana", SECRET_WORDS)
    assert (before.pop("notes"), before.pop("items")) == ([], items)
    assert before == after


def test_a_retried_note_is_kept_once(handed_over, operator):
    _, conversation_id = handed_over
    message_id = str(uuid.uuid4())
    answers = [note(operator, conversation_id, message_id=message_id).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(operator.get(f"/conversations/{conversation_id}/items").json()["notes"]) == 1
    assert note(operator, conversation_id, "another", message_id=message_id).status_code == 409


def test_no_route_of_the_shopper_returns_a_note(gateway, handed_over, operator, bot, eventually):
    """Not the messages, the session, the events (live, missed and resumed), nor an answer; nor does the bot hear it."""
    someone, conversation_id = handed_over
    seen = []
    with someone.http.stream("GET", "/v1/events") as stream:
        lines = stream.iter_lines()
        seen += [next(lines) for _ in range(12)]
        assert note(operator, conversation_id).status_code == 200
        operator.post(f"/conversations/{conversation_id}/take", json={"operator": "Ana"})
        operator.post(f"/conversations/{conversation_id}/messages", json={"operator": "Ana", "text": "That is all."})
        while "That is all." not in seen[-1]:
            seen.append(next(lines))
    for path in ("/v1/messages", "/v1/messages?after=1", "/v1/config", "/", "/widget.js", "/health"):
        seen.append(someone.http.get(path).text)
    seen.append(json.dumps(someone.open()))
    seen.append(someone.post("and then?").text)
    seen.append(someone.http.post("/v1/handoff/end").text)
    seen.append(someone.http.post("/v1/feedback", json={"seq": 1, "value": 1}).text)
    with someone.http.stream("GET", "/v1/events", headers={"Last-Event-ID": "0"}) as stream:
        for line in stream.iter_lines():
            seen.append(line)
            if line.startswith("event: typing"):
                break
    assert any("That is all." in text for text in seen)
    assert not [text for text in seen if SECRET_WORDS in text]
    eventually(lambda: bot.seen("heard", conversation_id=conversation_id, kind="handoff_ended"))
    assert SECRET_WORDS not in json.dumps([bot.seen("turns"), bot.seen("heard")])


def test_no_machine_reads_a_note(gateway, operator, bot):
    key = gateway.keys("create", f"kiosk-{uuid.uuid4().hex[:8]}").stdout.split()[-1]
    message_id = str(uuid.uuid4())
    with httpx.Client(base_url=gateway.url, headers={"Authorization": f"Bearer {key}"}) as http:
        body = {"conversation": "booth-1", "message_id": message_id, "text": "handoff"}
        assert http.post("/v1/rest/messages", json=body).status_code == 200
        conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
        assert note(operator, conversation_id).status_code == 200
        answers = [http.post("/v1/rest/messages", json=body).text]
        answers.append(http.get("/v1/rest/messages", params={"conversation": "booth-1"}).text)
        answers.append(http.get(f"/v1/operator/conversations/{conversation_id}/items").text)
    assert "Done." in answers[1]
    assert not [text for text in answers if SECRET_WORDS in text]


@pytest.mark.parametrize("text", ["", "   ", None, 7, "x" * 2001])
def test_a_note_has_words(handed_over, operator, text):
    _, conversation_id = handed_over
    assert note(operator, conversation_id, text).status_code in (400, 413)


def test_notes_need_the_key_and_a_conversation(gateway, operator):
    assert note(operator, uuid.uuid4()).status_code == 404
    for path in ("notes", "answered"):
        answer = httpx.post(f"{gateway.url}/v1/operator/conversations/{uuid.uuid4()}/{path}", json={"operator": "Ana"})
        assert answer.status_code == 401


async def test_a_note_id_belongs_to_one_conversation(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    await database.start()
    notes = Notes(database)
    with pytest.raises(NotFound):
        await notes.write("nobody", operator="Ana", text="x", note_id="n")
    one, other = [await database.write(lambda db: conversations.create(db, channel="web", now=1.0)) for _ in range(2)]
    await notes.write(one, operator="Ana", text="x", note_id="n")
    with pytest.raises(Conflict):
        await notes.write(other, operator="Ana", text="x", note_id="n")
    await database.stop()


def test_unanswered_tickets_are_listed_until_somebody_sees_to_them(make_gateway, shopper, bot, eventually):
    gateway = make_gateway(handoff_wait_minutes=0.02)
    someone, message_id = shopper(gateway.url), str(uuid.uuid4())
    someone.say("handoff", message_id=message_id)
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    headers = {"Authorization": "Bearer a secret key for tests, long enough"}
    with httpx.Client(base_url=f"{gateway.url}/v1/operator", headers=headers) as operator:
        (ticket,) = eventually(lambda: operator.get("/handoffs").json()["unanswered"])
        assert (ticket["conversation_id"], ticket["ticket_id"]) == (conversation_id, "T-1")
        assert (ticket["reason"], ticket["ended_as"], ticket["operator"]) == ("asked", "queue timed out", None)
        path = f"/conversations/{conversation_id}/answered"
        assert operator.post(path, json={"operator": "Ana"}).json() == {"tickets": 1}
        assert operator.post(path, json={"operator": "Ana"}).json() == {"tickets": 0}
        assert operator.get("/handoffs").json() == {"handoffs": [], "unanswered": []}
