"""The action server over HTTP: as Rasa calls it, and as nobody should."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from starlette.testclient import TestClient

from actions.db.clock import utc_now
from actions.db.models import Ticket
from actions.server import MAX_CALL_BYTES, make_app
from contract.settings import PREFIX, ROOT


@pytest.fixture
def client(talk):
    with TestClient(make_app(talk.shop, with_background=False)) as client:
        yield client


def test_a_call_of_rasa(client, talk):
    answer = client.post("/webhook", json=talk.hear("a human", "contact_human_agent").call("action_handoff"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"events", "responses"}
    assert answer.json()["responses"][0]["custom"]["effects"]


def test_a_domain_need_not_come_with_the_call(client, talk):
    call = talk.hear("a human", "contact_human_agent").call("action_handoff")
    assert client.post("/webhook", json={**call, "domain": {"slots": {}}}).status_code == 200


def test_an_unknown_action_is_named(client, talk):
    answer = client.post("/webhook", json=talk.hear("x").call("action_nothing"))
    assert answer.status_code == 404 and answer.json()["action_name"] == "action_nothing"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"next_action": "x", "tracker": 1}', b"[" * 100_000])
def test_what_is_no_call_is_refused_without_repeating_it(client, body):
    answer = client.post("/webhook", content=body)
    assert answer.status_code == 400 and answer.json()["error_type"] == "invalid_input"


def test_a_broken_tracker_is_refused_without_its_data(client, talk):
    call = {"next_action": "action_handoff", "tracker": {"secret": "mia@example.com"}}
    answer = client.post("/webhook", json=call)
    assert answer.status_code == 400 and "mia" not in answer.text


def test_too_much_is_refused(client):
    answer = client.post("/webhook", content=b" " * (MAX_CALL_BYTES + 1))
    assert answer.status_code == 413


def test_no_other_origin_is_allowed(client):
    answer = client.get("/health", headers={"Origin": "https://evil.example"})
    assert answer.json() == {"status": "ok"}
    assert "access-control-allow-origin" not in answer.headers
    assert client.get("/actions").status_code == 404


def test_mails_leave_while_it_runs(talk, tmp_path, order_of):
    with TestClient(make_app(talk.shop)) as client:
        talk.hear(order_of("pending").email, "verify_identity").begin("verify_form")
        ends = time.monotonic() + 10
        while time.monotonic() < ends and not list((tmp_path / "mail").glob("*")):
            time.sleep(0.05)
        assert client.get("/health").status_code == 200
    assert list((tmp_path / "mail").glob("*"))


def test_recommendations_come_with_a_reason(talk):
    talk.shop.fit_recommender()
    outcome = talk.hear("a gift under $60", "recommend_product", price="$60").act("action_recommend")
    assert outcome.cards and all(card["subtitle"] for card in outcome.cards)
    like = talk.hear("like the summit hiking boots", "recommend_product", product="summit hiking boots")
    assert "Summit Hiking Boots" not in {card["title"] for card in like.act("action_recommend").cards}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(**settings):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name.upper(): str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "actions"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def test_the_program_starts_logs_no_personal_data_and_ends_on_sigterm(talk, sqlite_template, tmp_path, order_of):
    known, port = order_of("pending"), free_port()
    folder = tmp_path / "program"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "shop.db")
    program = start(secret_key="k" * 40, var_dir=folder, actions_port=port, log_level="DEBUG")
    try:
        wait_for(port)
        talk.hear(f"where is {known.order_id}, {known.email}", "track_order", order_id=known.order_id)
        talk.form = "order_form"
        call = talk.call("validate_order_form")
        answer = httpx.post(f"http://127.0.0.1:{port}/webhook", json={**call, "version": "3.6.21"})
        assert answer.status_code == 200 and "events" in json.loads(answer.text)
        program.send_signal(signal.SIGTERM)
        _, logged = program.communicate(timeout=60)
    finally:
        program.kill()
    assert program.returncode == 0
    assert known.email not in logged and known.order_id not in logged
    assert "version" not in logged.lower() and "Traceback" not in logged


def test_without_a_key_it_says_so_in_one_line(tmp_path):
    program = start(var_dir=tmp_path)
    _, logged = program.communicate(timeout=90)
    assert program.returncode == 2
    assert logged.startswith("The action server cannot start: SHOPCLERK_SECRET_KEY is not set")
    assert len(logged.strip().splitlines()) == 1


def test_a_mistake_in_the_policy_is_told_at_the_start(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "policy.yml").write_text("cancel: {states: [pendig]}\n", "utf-8")
    program = start(secret_key="k" * 40, var_dir=tmp_path, data_dir=tmp_path)
    _, logged = program.communicate(timeout=90)
    assert program.returncode == 2
    assert logged.startswith("The action server cannot start: ") and "policy.yml" in logged
    assert len(logged.strip().splitlines()) == 1


def wait_for(port):
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("The action server did not start.")


def test_the_gateway_hears_which_tickets_are_open(client, talk):
    with talk.shop.writing.begin() as session:
        ticket = {"email": "a@b.example", "subject": "s", "text": "t", "opened_at": utc_now()}
        for number, (conversation, status) in enumerate([("c-1", "open"), ("c-1", "closed"), ("c-2", "closed")]):
            session.add(Ticket(id=f"T-{number}", conversation_id=conversation, status=status, **ticket))
    asked = {"conversation_ids": ["c-1", "c-2", "c-3"]}
    with_key = {"Authorization": f"Bearer {talk.shop.settings.secret_key}"}
    assert client.post("/tickets/open", json=asked, headers=with_key).json() == {"conversation_ids": ["c-1"]}
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert client.post("/tickets/open", json=asked, headers=headers).status_code == 401
    assert client.post("/tickets/open", content=b"{", headers=with_key).status_code == 400
    assert client.post("/tickets/open", json={"conversation_ids": 7}, headers=with_key).status_code == 400
