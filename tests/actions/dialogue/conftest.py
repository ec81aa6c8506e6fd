"""Talks with the real actions over a real seeded SQLite shop, through rasa-sdk's executor, without Rasa."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions import runtime
from actions.db.models import Order, OutboxMail
from actions.registry import ShopExecutor
from contract.conversation import Context, Effect
from contract.settings import ROOT, Settings
from contract.signing import sign, verify

KEY = "k" * 40


@dataclass
class Outcome:
    """What one action answered."""

    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]

    @property
    def text(self) -> str:
        return "\n".join(message.get("text") or "" for message in self.messages).strip()

    @property
    def buttons(self) -> dict[str, str]:
        """Payload by title, of the messages and of their cards."""
        rows = [row for message in self.messages for row in message.get("buttons") or []]
        rows += [row for card in self.cards for row in card["buttons"]]
        return {row["title"]: row["payload"] for row in rows}

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [card for custom in self._custom() for card in custom.get("cards") or []]

    @property
    def sources(self) -> list[dict[str, Any]]:
        return [custom["source"] for custom in self._custom() if custom.get("source")]

    @property
    def effects(self) -> list[Effect]:
        tokens = [token for custom in self._custom() for token in custom.get("effects") or []]
        return [verify(Effect, token, key=KEY) for token in tokens]

    @property
    def slots(self) -> dict[str, Any]:
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}

    @property
    def is_rejected(self) -> bool:
        return any(event["event"] == "action_execution_rejected" for event in self.events)

    def _custom(self) -> list[dict[str, Any]]:
        return [message.get("custom") or {} for message in self.messages]


@dataclass
class Talk:
    """A conversation: keeps tracker and session as Rasa and the gateway would."""

    shop: runtime.Runtime
    executor: ShopExecutor
    conversation_id: str = "talk-1"
    channel: str = "web"
    customer_id: str | None = None
    orders: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    form: str | None = None
    latest: dict[str, Any] = field(default_factory=dict)
    _pending: list[Effect] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def hear(self, text: str, intent: str = "inform", *, confidence: float = 0.95, **entities: str) -> Talk:
        """A typed message. Effects of the last turn count from here on, as with the gateway."""
        rows = [self._entity(text, name, value, "transformer") for name, value in entities.items()]
        return self._message(text, intent, confidence, rows, "transformer")

    def press(self, payload: str) -> Talk:
        """A button that was offered."""
        found = re.fullmatch(r"/(\w+)(\{.*\})?", payload)
        assert found, payload
        values = json.loads(found[2] or "{}")
        rows = [self._entity(payload, name, value, "button") for name, value in values.items()]
        return self._message(payload, found[1], 1.0, rows, "button")

    def act(self, action: str) -> Outcome:
        """Runs one action as Rasa's call would, and notes what it answered."""
        result = asyncio.run(self.executor.run(self.call(action)))
        assert result is not None
        outcome = Outcome(json.loads(json.dumps(result.responses)), result.events)
        self.events += [{"event": "bot", "data": {"custom": row.get("custom") or {}}} for row in outcome.messages]
        self.events += [*outcome.events, {"event": "action", "name": action}]
        self.slots.update(outcome.slots)
        self._pending += outcome.effects
        return outcome

    def begin(self, form: str) -> Outcome:
        """Activates a form."""
        self.form = form
        self.events.append({"event": "active_loop", "name": form})
        return self.validate()

    def validate(self) -> Outcome:
        """Gives the message to the form that runs; ends it where it asks for nothing more."""
        outcome = self.act(f"validate_{self.form}")
        if not outcome.is_rejected and outcome.slots.get("requested_slot") is None:
            self.form = None
            self.events.append({"event": "active_loop", "name": None})
        return outcome

    @property
    def asks(self) -> str | None:
        return self.slots.get("requested_slot")

    def call(self, action: str) -> dict[str, Any]:
        tracker = {
            "sender_id": self.conversation_id,
            "slots": dict(self.slots),
            "latest_message": self.latest,
            "events": list(self.events),
            "active_loop": {"name": self.form} if self.form else {},
        }
        return {"next_action": action, "sender_id": self.conversation_id, "tracker": tracker, "version": "3.6.21"}

    def repeat(self, call: dict[str, Any]) -> Outcome:
        """The same call again, as after an answer that got lost."""
        result = asyncio.run(self.executor.run(call))
        assert result is not None
        return Outcome(json.loads(json.dumps(result.responses)), result.events)

    def sent(self, subject: str) -> list[OutboxMail]:
        with self.shop.reading.begin() as session:
            return list(session.scalars(select(OutboxMail).where(OutboxMail.subject.contains(subject))))

    def code(self) -> str:
        """The code in the last mail."""
        found = re.search(r"\d{6}", self.sent("Your code")[-1].body)
        assert found
        return found[0]

    def _message(self, text: str, intent: str, confidence: float, rows: list[Any], by: str) -> Talk:
        for effect in self._pending:
            if effect.kind == "verified":
                self.customer_id = effect.customer_id
            elif effect.kind == "identified" and effect.order_id:
                self.orders = (*self.orders, effect.order_id)
        self._pending = []
        now = time.time()
        context = Context(
            self.conversation_id,
            f"m-{next(self._count)}",
            self.channel,
            now,
            customer_id=self.customer_id,
            verified_at=now if self.customer_id else None,
            identified_orders=self.orders,
            photos=self.photos,
        )
        self.latest = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [{"name": intent, "confidence": confidence}],
            "entities": rows,
            "metadata": {"context": sign(context, key=KEY)},
            "shopclerk": {"understood_by": by},
        }
        self.events.append({"event": "user", "text": text})
        return self

    @staticmethod
    def _entity(text: str, name: str, value: str, extractor: str) -> dict[str, Any]:
        start = max(0, text.lower().find(value.lower()))
        return {"entity": name, "value": value, "start": start, "end": start + len(value), "extractor": extractor}


@pytest.fixture(scope="session")
def talk_settings() -> Settings:
    return Settings(secret_key=KEY, data_dir=str(ROOT / "data"), currency="USD")


@pytest.fixture
def talk(sqlite_template: Path, tmp_path: Path, talk_settings: Settings) -> Iterator[Talk]:
    """An anonymous shopper in a shop of the test's own."""
    path = tmp_path / "shop.db"
    shutil.copy(sqlite_template, path)
    settings = Settings(
        secret_key=KEY,
        data_dir=talk_settings.data_dir,
        var_dir=str(tmp_path),
        shop_database_url=f"sqlite:///{path}",
    )
    shop = runtime.Runtime.of(settings)
    runtime.use(shop)
    yield Talk(shop, ShopExecutor())
    runtime.use(None)
    shop.close()


@dataclass(frozen=True)
class Known:
    """An order and what its owner knows of it."""

    order_id: str
    email: str
    zip_code: str
    customer_id: str


@pytest.fixture
def order_of(talk: Talk) -> Any:
    """``order_of("pending")``: some order in this state; ``nth`` picks another one, of another customer."""

    def find(status: str, nth: int = 0) -> Known:
        with talk.shop.reading.begin() as session:
            rows = session.scalars(select(Order).where(Order.status == status).order_by(Order.id).limit(40)).all()
            by_customer = {row.customer_id: row for row in reversed(rows)}
            row = sorted(by_customer.values(), key=lambda row: row.id)[nth]
            return Known(row.id, row.customer.email, row.ship_zip, row.customer_id)

    return find


@pytest.fixture
def status_of(talk: Talk) -> Any:
    def read(order_id: str) -> str:
        with talk.shop.reading.begin() as session:
            return session.get_one(Order, order_id).status

    return read
