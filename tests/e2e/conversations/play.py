"""Plays one scripted conversation."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from sqlalchemy import Engine

from actions.db.engine import make_engine
from tests.e2e.conversations.arrange import arrange, picture, sell_out
from tests.e2e.conversations.facts import Given, facts, find_order
from tests.e2e.conversations.script import Conversation, Turn
from tests.e2e.shop_database import mailed_code
from tests.e2e.shopper import Shopper
from tests.e2e.system import System

FIRST = "first"
PHOTOS = {"picture": picture(), "text": b"This is no picture."}
PROOF = (Turn(("I want to log in",)), Turn(("{email}",)), Turn(("{code}",), bot="know that it's you"))
NEW = ("returns", "refunds", "changes", "orders", "accounts", "tickets", "mails", "photos")  # counted as what was added
KEPT = ("status", "city", "pieces", "name", "newsletter", "kind", "erased", "moved", "home")


@dataclass
class Result:
    """``lines`` is what was said; ``wrong`` the answers and rows that are not as scripted."""

    lines: list[str]
    wrong: list[str]
    is_reached: bool


class Player:
    """Plays conversations on one system, each with an order and a shopper of its own."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._engine: Engine = make_engine(system.settings.database_url("shop", driver="psycopg"))
        self._taken: dict[str, str] = {}
        self._began = 0.0
        self._anybody: Given | None = None

    def close(self) -> None:
        self._engine.dispose()

    def play(self, conversation: Conversation, wording: int = 0) -> Result:
        """``wording``: which of the wordings of each message (the last one where there are fewer)."""
        given = self._given(conversation)
        shopper = Shopper(f"http://127.0.0.1:{self._system.settings.gateway_port}")
        lines: list[str] = []
        wrong: list[str] = []
        self._began = time.time()
        turns = (*PROOF, *conversation.turns) if conversation.verified else conversation.turns
        before = facts(self._engine, given)
        for turn in turns:
            try:
                said = self._said(turn, given, wording)
                answer = self._press(shopper, said) if turn.press else self._say(shopper, said, turn.photo)
            except AssertionError as error:
                wrong.append(str(error))
                break
            lines += [f"  Shopper: {said}", *(f"  Bot: {line}" for line in answer.splitlines())]
            if turn.bot and not re.search(turn.bot.format(**_escaped(given)), answer, re.IGNORECASE):
                wrong.append(f"{said!r} was not answered with {turn.bot!r}")
        missed = self._missed(conversation, given, before)
        return Result([f"{conversation.name} (wording {wording})", *lines], [*wrong, *missed], not missed)

    def _given(self, conversation: Conversation) -> Given:
        sell_out(self._engine, conversation.given.get("sold_out", {}))
        if conversation.is_personal:
            found = find_order(self._engine, conversation.given, self._taken)
            arrange(self._engine, found.order, conversation.given)
            return found
        if self._anybody is None:
            self._anybody = find_order(self._engine, {"status": "pending"}, self._taken)
        return self._anybody

    def _said(self, turn: Turn, given: Given, wording: int) -> str:
        text = turn.press or turn.shopper[min(wording, len(turn.shopper) - 1)]
        for name, address in (("{code}", given.email), ("{new_code}", given.new_email)):
            if name in text:
                text = text.replace(name, mailed_code(self._system, address, since=self._began))
        return text.format(**asdict(given), bare=given.order.removeprefix("#W"))

    @staticmethod
    def _say(shopper: Shopper, text: str, photo: str | None) -> str:
        """The answer; where the photo is refused, what the page shows then."""
        if photo is None:
            return shopper.say(text)
        try:
            return shopper.say(text, photo=PHOTOS[photo])
        except httpx.HTTPStatusError as error:
            return str(error.response.json()["error"])

    @staticmethod
    def _press(shopper: Shopper, title: str) -> str:
        titles = shopper.buttons()
        if title == FIRST:
            offered = [item["buttons"][0]["title"] for item in shopper.items if item["buttons"]]
            assert offered, "there is no button to press"
            return shopper.press(offered[-1])
        return shopper.press(next((name for name in titles if re.search(title, name, re.IGNORECASE)), title))

    def _missed(self, conversation: Conversation, given: Given, before: dict[str, Any]) -> list[str]:
        after = facts(self._engine, given)
        after |= {name: after[name] - before[name] for name in NEW}
        expected = {**{name: before[name] for name in KEPT}, "adds_up": True, **dict.fromkeys(NEW[:5], 0)}
        expected |= {name: _added(before[name], value) for name, value in conversation.rows.items()}
        return [f"{name} is {after[name]!r}, not {value!r}" for name, value in expected.items() if after[name] != value]


def _added(before: Any, value: Any) -> Any:
    """``"+2"`` is two more than before."""
    return before + int(value) if isinstance(value, str) and re.fullmatch(r"\+\d+", value) else value


def _escaped(given: Given) -> dict[str, str]:
    return {name: re.escape(value) for name, value in asdict(given).items()}
