"""A tracker store in Rasa's schema, a review store, training files and services that speak the contract."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from admin_ui.review.accounts import Accounts
from admin_ui.review.database import Database
from admin_ui.review.decisions import Decisions
from admin_ui.review.masking import Masker
from admin_ui.review.projection import Projector
from admin_ui.review.tracker import TrackerReader
from contract.conversation import Context, Effect
from contract.settings import Settings
from contract.signing import sign

KEY = "0123456789abcdef0123456789abcdef"
NOW = 1_790_000_000.0
# As Rasa's SQLTrackerStore makes it.
SCHEMA = """
CREATE TABLE events (
    id INTEGER NOT NULL, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, timestamp FLOAT,
    intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT, PRIMARY KEY (id)
);
CREATE INDEX ix_events_sender_id ON events (sender_id);
"""
ORDERS = """version: "3.1"
nlu:
- intent: track_order
  examples: |
    - where is my order [#W1000001](order_id)
    - has it shipped yet
- intent: cancel_order
  examples: |
    - please cancel [#W1000002](order_id)
    - my name is [Ada Bell](person_name), cancel it
- intent: greet
  examples: |
    - hello there
- intent: refine_search
  examples: |
    - in [crimson]{"entity": "color", "value": "red"} please
"""
TEST_SET = ORDERS.replace("has it shipped yet", "did you send it")


class TrackerLog:
    """Writes events as Rasa's SQL tracker store and the bot's channel do."""

    def __init__(self, path: Path, *, now: float = NOW) -> None:
        self.path, self.now, self.count = path, now, 0
        self._db = sqlite3.connect(path)
        self._db.executescript("PRAGMA journal_mode=WAL;" + SCHEMA)

    def add(self, sender: str, kind: str, *, event_id: int | None = None, raw: str | None = None, **data: Any) -> int:
        self.now += 1.0
        body = raw if raw is not None else json.dumps({"event": kind, "timestamp": self.now, **data})
        row = (event_id, sender, kind, self.now, None, data.get("name"), body)
        found = self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid
        self._db.commit()
        assert found is not None
        return found

    def user(
        self,
        sender: str,
        text: str,
        intent: str = "track_order",
        confidence: float = 0.9,
        *,
        second: tuple[str, float] = ("greet", 0.02),
        entities: tuple[tuple[str, str], ...] = (),
        understood_by: str = "transformer",
        is_fallback: bool = False,
        message_id: str | None = None,
        channel: str = "web",
        place: tuple[int, int] | None = None,
        part: int | None = None,
    ) -> int:
        """``place``: where the first of several requests stands; ``part``: the number of a later one."""
        self.count += 1
        message_id = message_id or f"m{self.count}"
        rows = [
            {"entity": name, "value": part, "start": text.index(part), "end": text.index(part) + len(part)}
            for name, part in entities
        ]
        parse = {
            "text": text,
            "intent": {"name": "nlu_fallback" if is_fallback else intent, "confidence": confidence},
            "entities": rows,
            "intent_ranking": [
                {"name": intent, "confidence": confidence},
                {"name": second[0], "confidence": second[1]},
            ],
            "shopclerk": {
                "model_version": "20261101T120000-0123456789ab",
                "understood_by": understood_by,
                "is_fallback": is_fallback,
                "out_of_scope_score": 0.05,
            },
        }
        if place:
            parse["shopclerk"]["place"] = place
        context = Context(conversation_id=sender, message_id=message_id, channel=channel, issued_at=self.now)
        metadata = {"context": sign(context, key=KEY), **({"part": part} if part else {})}
        return self.add(
            sender, "user", text=text, parse_data=parse, metadata=metadata, input_channel="shopclerk", message_id="rasa"
        )

    def to_person(self, sender: str, text: str) -> int:
        none = {"model_version": None, "understood_by": "nobody", "is_fallback": False}
        parse = {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": [], "intent_ranking": []}
        return self.add(sender, "user", text=text, parse_data={**parse, "shopclerk": none}, input_channel="web")

    def bot(self, sender: str, text: str | None, **custom: Any) -> int:
        return self.add(sender, "bot", text=text, data={"custom": custom or None}, metadata={})

    def handoff_effect(self, sender: str) -> str:
        return sign(Effect("handoff", sender, self.now, ticket_id="T-1", reason="asked"), key=KEY)

    def action(self, sender: str, name: str) -> int:
        return self.add(sender, "action", name=name, policy="RulePolicy", confidence=1.0)

    def slot(self, sender: str, name: str, value: Any) -> int:
        return self.add(sender, "slot", name=name, value=value)

    def loop(self, sender: str, name: str | None) -> int:
        return self.add(sender, "active_loop", name=name)

    def feedback(self, sender: str, about: str, value: int) -> int:
        note = {"kind": "feedback", "message_id": "f", "about_message_id": about, "value": value}
        return self.add(sender, "shopclerk_feedback", metadata={"shopclerk": note})

    def close(self) -> None:
        self._db.close()


@pytest.fixture(scope="session")
def masker() -> Masker:
    return Masker(KEY)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Training data and a test set."""
    for part in ("nlu", "evaluation"):
        (tmp_path / "data" / part).mkdir(parents=True)
    (tmp_path / "data" / "nlu" / "orders.yml").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "data" / "evaluation" / "test.yml").write_text(TEST_SET, encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture
def settings(tmp_path: Path, data_dir: Path) -> Settings:
    nowhere = "http://127.0.0.1:9"
    return replace(
        Settings(secret_key=KEY),
        var_dir=str(tmp_path / "var"),
        data_dir=str(data_dir),
        control_url=nowhere,
        nlu_url=nowhere,
        gateway_url=nowhere,
    )


@pytest.fixture
def log(settings: Settings) -> Iterator[TrackerLog]:
    Path(settings.var_dir).mkdir(parents=True, exist_ok=True)
    opened = TrackerLog(Path(settings.var_dir) / "tracker.db")
    yield opened
    opened.close()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database_url("review"))
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def projector(settings: Settings, database: Database, masker: Masker) -> Projector:
    tracker = TrackerReader(settings.database_url("tracker"))
    return Projector(database, tracker, masker=masker, secret_key=KEY, clock=lambda: NOW + 600)


@pytest.fixture
def decisions(database: Database, masker: Masker, data_dir: Path) -> Decisions:
    return Decisions(database, masker=masker, nlu_dir=data_dir / "nlu")


@pytest.fixture
def cheap_hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture
def accounts(database: Database, cheap_hasher: PasswordHasher) -> Accounts:
    return Accounts(database, hasher=cheap_hasher, clock=lambda: clock.now)


class Clock:
    """A clock that a test turns forward."""

    now = time.time()


clock = Clock()
