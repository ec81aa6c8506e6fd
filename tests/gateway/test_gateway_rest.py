"""REST for machines, and the command line that makes their keys."""

import uuid

import httpx
import pytest

from gateway.__main__ import main


@pytest.fixture(scope="module")
def machines(gateway):
    """Two machines with a key each."""
    made = [gateway.keys("create", name) for name in ("kiosk", "mobile-app")]
    clients = [
        httpx.Client(base_url=gateway.url, headers={"Authorization": f"Bearer {run.stdout.strip()}"}) for run in made
    ]
    yield clients
    for client in clients:
        client.close()


def _send(machine, conversation="c-1", text="hello", **body):
    body = {"conversation": conversation, "message_id": str(uuid.uuid4()), "text": text, **body}
    return machine.post("/v1/rest/messages", json={key: value for key, value in body.items() if value is not None})


def test_a_machine_talks_and_its_conversation_goes_on(machines, bot):
    machine = machines[0]
    message_id = str(uuid.uuid4())
    _send(machine, "c-1", "identify W1", message_id=message_id)
    answer = _send(machine, "c-1")
    assert answer.status_code == 200
    assert answer.json()["items"][0]["text"].endswith("['W1']")
    (turn,) = bot.seen("turns", message_id=message_id)
    assert (turn["channel"], turn["conversation_id"] != "c-1") == ("rest", True)


def test_a_name_means_another_conversation_under_another_key(machines):
    _send(machines[0], "shared", "identify W1")
    assert _send(machines[1], "shared").json()["items"][0]["text"].endswith("[]")


def test_verification_holds_at_once(machines):
    _send(machines[0], "c-2", "verify C-5")
    assert "from C-5" in _send(machines[0], "c-2").json()["items"][0]["text"]


def test_a_retry_gets_the_stored_answer(machines):
    message_id = str(uuid.uuid4())
    first, second = (_send(machines[0], "c-3", message_id=message_id) for _ in range(2))
    assert first.json() == second.json()
    assert _send(machines[0], "c-3", "other", message_id=message_id).status_code == 409


def test_a_button_is_pressed_by_its_token(machines, bot):
    token = _send(machines[0], "c-4", "buttons").json()["items"][0]["buttons"][0]["token"]
    message_id = str(uuid.uuid4())
    assert _send(machines[0], "c-4", None, token=token, message_id=message_id).status_code == 200
    assert bot.seen("turns", message_id=message_id)[0]["payload"] == "/affirm"
    assert _send(machines[1], "c-4", None, token=token).status_code == 404


def test_items_can_be_fetched(machines):
    _send(machines[0], "c-5")
    answer = machines[0].get("/v1/rest/messages", params={"conversation": "c-5", "after": 1})
    assert [item["author"] for item in answer.json()["items"]] == ["bot"]
    assert machines[1].get("/v1/rest/messages", params={"conversation": "c-5"}).status_code == 404


@pytest.mark.parametrize("name", [None, "", 7, "x" * 65, "a b", "a\x00b", "../x"])
def test_a_conversation_has_a_plain_name(machines, name):
    assert _send(machines[0], name).status_code == 400


def test_a_refused_message_begins_no_conversation(machines):
    assert _send(machines[0], "never", " ").status_code == 400
    assert machines[0].get("/v1/rest/messages", params={"conversation": "never"}).status_code == 404


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer shopclerk_wrong", "Basic abc"])
def test_without_a_key_nothing_opens(gateway, key):
    answer = httpx.post(f"{gateway.url}/v1/rest/messages", json={}, headers={"Authorization": key})
    assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")


def test_keys_are_listed_without_the_key_and_revoked(gateway, monkeypatch, capsys):
    monkeypatch.setattr("gateway.logs.configure", lambda level: None)
    for name, value in gateway.environ().items():
        monkeypatch.setenv(name, value)

    def keys(*arguments):
        status = main(["keys", *arguments])
        return status, *capsys.readouterr()

    status, key, _ = keys("create", "old-kiosk")
    machine = httpx.Client(base_url=gateway.url, headers={"Authorization": f"Bearer {key.strip()}"})
    assert (status, _send(machine).status_code) == (0, 200)
    assert keys("create", "old-kiosk")[::2] == (1, "There is a key named 'old-kiosk' already.\n")
    assert keys("revoke", "old-kiosk")[0] == 0
    assert _send(machine).status_code == 401
    _, listed, _ = keys("list")
    assert "old-kiosk" in listed and "revoked" in listed and key.strip() not in listed
    assert keys("revoke", "old-kiosk")[::2] == (1, "There is no valid key named 'old-kiosk'.\n")
    assert keys("create", "bad name")[0] == 1
