"""A Rasa process under test, and the gateway's side of the conversation with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import requests

from contract.conversation import Context, EraseRequest, Erasure, ListenRequest, TurnRequest, TurnResult
from contract.signing import sign
from contract.wire import from_json, to_json

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 40.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BotProcess:
    """``url`` answers as soon as ``start`` returns. ``ready_s`` is how long that took."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, key: str, log: Path) -> None:
        self.process, self.port, self.key, self.log = process, port, key, log
        self.url = f"http://127.0.0.1:{port}/webhooks/shopclerk"
        self.ready_s = 0.0

    @classmethod
    def start(cls, archive: Path, environment: dict[str, str], *, key: str) -> BotProcess:
        port = free_port()
        log = Path(environment["SHOPCLERK_VAR_DIR"]) / f"serve-{port}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "bot.serve", "--archive", str(archive), "--port", str(port)]
        started = time.monotonic()
        with log.open("wb") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
        bot = cls(process, port, key, log)
        bot._until_ready()
        bot.ready_s = time.monotonic() - started
        return bot

    def stop(self) -> int:
        """SIGTERM, and its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def post_turn(self, conversation: str, *, message_id: str | None = None, **request: Any) -> requests.Response:
        token = sign(self.context(conversation, message_id), key=self.key)
        body = to_json(TurnRequest(context=token, **request))
        return requests.post(f"{self.url}/turn", json=body, timeout=30)

    def turn(self, conversation: str, text: str, *, message_id: str | None = None) -> TurnResult:
        """What the bot did with a typed message."""
        answer = self.post_turn(conversation, message_id=message_id, text=text)
        assert answer.status_code == 200, answer.text
        return from_json(TurnResult, answer.json())

    def press(self, conversation: str, payload: str) -> TurnResult:
        answer = self.post_turn(conversation, payload=payload)
        assert answer.status_code == 200, answer.text
        return from_json(TurnResult, answer.json())

    def listen(self, conversation: str, *, message_id: str | None = None, **request: Any) -> requests.Response:
        token = sign(self.context(conversation, message_id), key=self.key)
        return requests.post(f"{self.url}/listen", json=to_json(ListenRequest(context=token, **request)), timeout=30)

    def erase(self, conversation: str, *, token: str | None = None) -> requests.Response:
        """``token`` stands in for a signed ``Erasure``."""
        erasure = token or sign(Erasure(conversation, time.time()), key=self.key)
        return requests.post(f"{self.url}/erase", json=to_json(EraseRequest(erasure)), timeout=30)

    def context(self, conversation: str, message_id: str | None = None, **values: Any) -> Context:
        values = {"issued_at": time.time(), **values}
        return Context(conversation, message_id or uuid.uuid4().hex, "web", **values)

    def until_breaker_closed(self) -> None:
        """Waits until the transformer is asked again after the faults of another test."""
        end = time.monotonic() + 10
        while self.turn(f"c-{uuid.uuid4().hex}", "hello").understood_by != "transformer":
            assert time.monotonic() < end, "the breaker stays open"
            time.sleep(0.3)

    def _until_ready(self) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if requests.get(f"{self.url}/ready", timeout=1).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready: {self.log.read_text()}")
