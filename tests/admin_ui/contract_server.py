"""Small real HTTP servers that speak the contract for the control program, the transformer service and the gateway."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from contract.deployment import ArchiveInfo, Deployment, TrainingRun
from contract.nlu import Comparison, ComparisonItem, Correction, CorrectionList, ModelInfo
from contract.wire import Conflict, InvalidInput, NotFound, ShopclerkError, Unauthorised, from_json, to_json

OLD, NEW = "20261101T120000-0123456789ab", "20261120T090000-ba9876543210"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763"
    "f8cfc00000030101000518d84e0000000049454e44ae426082"
)
NOTED_AT = "2026-11-24T10:00:01.000Z"
OPEN = "11111111-1111-4111-8111-111111111111"


class World:
    """What the three programs know. Tests change it and look at ``asked``."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.asked: list[tuple[str, str, Any]] = []
        self.picture: bytes | None = PICTURE
        self.archives = [
            ArchiveInfo("20261120-new.tar.gz", NEW, "2026-11-20T09:05:00Z", 24_000_000),
            ArchiveInfo("20261101-old.tar.gz", OLD, "2026-11-01T12:05:00Z", 23_500_000, is_active=True),
        ]
        self.deployment = Deployment("serving", "http://127.0.0.1:5005", active=self.archives[1])
        self.trainings: list[TrainingRun] = []
        self.corrections: dict[str, Correction] = {}
        self.chat: dict[str, Any] = {
            "items": [
                _item(1, "shopper", "My parcel is broken, I want a person"),
                _item(2, "bot", "I get somebody for you."),
                _item(3, "system", "You will be connected with our team."),
            ],
            "handoff": True,
            "ticket_id": "T-48210",
            "reason": "the shopper asked",
            "operator": None,
            "since": "2026-11-24T10:00:00.000Z",
            "notes": [],
            "shopper": {"customer_id": None, "verified_at": None, "identified_orders": [], "channel": "web"},
        }
        self.unanswered: list[dict[str, Any]] = []
        self.satisfaction: dict[str, Any] = {"days": 30, "bot": ratings(), "person": ratings()}

    def answer(self, method: str, path: str, body: Any) -> Any:
        """The answer to one request; raises what the program would refuse with."""
        self.asked.append((method, path, body))
        rest = path.removeprefix("/v1/operator/conversations/")
        if rest != path:
            return self._conversation(rest, body)
        correction = path.removeprefix("/v1/corrections/")
        if correction != path:
            return self._correct(method, correction, body)
        routes = {
            ("GET", "/health"): lambda: {"status": "alive"},
            ("GET", "/v1/deployment"): lambda: self.deployment,
            ("POST", "/v1/deployment"): lambda: self._deploy(body["archive"]),
            ("POST", "/v1/deployment/rollback"): lambda: self._deploy(self.deployment.previous),
            ("GET", "/v1/archives"): lambda: self.archives,
            ("GET", "/v1/trainings"): lambda: self.trainings,
            ("POST", "/v1/trainings"): self._train,
            ("GET", "/v1/models"): lambda: [_model(NEW), _model(OLD)],
            ("GET", f"/v1/models/{NEW}"): lambda: _model(NEW),
            ("GET", "/v1/corrections"): lambda: CorrectionList(7, tuple(self.corrections.values())),
            ("POST", "/v1/comparisons"): lambda: _comparison(body),
            ("GET", "/v1/operator/handoffs"): self._handoffs,
            ("GET", "/v1/operator/satisfaction"): lambda: self.satisfaction,
        }
        if (method, path) not in routes:
            raise NotFound(f"There is nothing at {path}.")
        return routes[method, path]()

    def _correct(self, method: str, name: str, body: Any) -> Any:
        if method == "DELETE":
            return self.corrections.pop(name, None)
        if body["intent"] == "cancel_order":
            raise InvalidInput("This label cannot be used.")
        self.corrections[name] = from_json(Correction, {"id": name, "state": "live", **body})
        return self.corrections[name]

    def _deploy(self, archive: str | None) -> Deployment:
        found = next((a for a in self.archives if a.name == archive), None)
        if found is None:
            raise NotFound(f"There is no archive {archive}.")
        now = self.deployment.active
        self.deployment = Deployment("loading", "http://127.0.0.1:5005", now, found.name, now.name if now else None)
        return self.deployment

    def _train(self) -> TrainingRun:
        if self.trainings and self.trainings[0].state == "running":
            raise Conflict("A training runs already.")
        log = ("Reading data/nlu", "Epoch 2 of 6, loss 0.41")
        run = TrainingRun("run-1", "running", 0.35, "transformer: epoch 2 of 6", "2026-11-24T10:00:00Z", log_tail=log)
        self.trainings.insert(0, run)
        return run

    def _handoffs(self) -> Any:
        if not self.chat["handoff"]:
            return {"handoffs": [], "unanswered": self.unanswered}
        state = {name: value for name, value in self.chat.items() if name not in ("items", "notes", "shopper")}
        row = {"conversation_id": OPEN, **state, "last_lines": self.chat["items"][-5:]}
        return {"handoffs": [row], "unanswered": self.unanswered}

    def _conversation(self, rest: str, body: Any) -> Any:
        conversation_id, what = rest.split("/")
        if conversation_id != OPEN:
            raise NotFound("There is no such conversation.")
        operator = (body or {}).get("operator")
        if what == "notes":
            self.chat["notes"].append({"id": f"n{len(self.chat['notes'])}", "at": NOTED_AT, **body})
            return {"notes": self.chat["notes"][-1:]}
        if what == "answered":
            closed, self.unanswered = len(self.unanswered), []
            return {"tickets": closed}
        if operator and self.chat["operator"] not in (None, operator):
            raise Conflict(f"{self.chat['operator']} has this conversation.")
        if what == "take":
            self.chat["operator"] = operator
        elif what == "messages":
            line = {**_item(len(self.chat["items"]) + 1, "agent", body["text"]), "agent_name": operator}
            self.chat["items"].append(line)
        elif what == "release":
            self.chat.update(handoff=False, operator=None)
        return self.chat


class ContractServer:
    """All three programs behind one address, on a free port."""

    def __init__(self, world: World) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(world))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET", None)

        def do_POST(self) -> None:
            self._reply("POST", self._body())

        def do_PUT(self) -> None:
            self._reply("PUT", self._body())

        def do_DELETE(self) -> None:
            self._reply("DELETE", None)

        def _body(self) -> Any:
            length = int(self.headers.get("Content-Length") or 0)
            return json.loads(self.rfile.read(length) or b"null")

        def _reply(self, method: str, body: Any) -> None:
            path = urlsplit(self.path).path
            try:
                if path != "/health" and self.headers.get("Authorization") != f"Bearer {world.key}":
                    raise Unauthorised("Wrong key.")
                if path.startswith("/v1/operator/photos/"):
                    world.asked.append((method, path, body))
                    if world.picture is None:
                        raise NotFound("This photo is not kept any more.")
                    self._send(200, "image/jpeg", world.picture)
                    return
                if path.endswith("/confusion.png"):
                    if world.picture is None:
                        raise NotFound("This version was trained without a test set.")
                    self._send(200, "image/png", world.picture)
                    return
                self._send(200, "application/json", json.dumps(to_json(world.answer(method, path, body))).encode())
            except ShopclerkError as error:
                self._send(error.status, "application/json", json.dumps(error.body()).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


def ratings(*values: int) -> dict[str, Any]:
    mean = sum(values) / len(values) if values else None
    return {"count": len(values), "mean": mean, "distribution": {str(v): values.count(v) for v in range(1, 6)}}


def _item(seq: int, author: str, text: str) -> dict[str, Any]:
    return {"seq": seq, "id": f"i{seq}", "author": author, "at": "2026-11-24T10:00:00.000Z", "text": text}


def _model(version: str) -> ModelInfo:
    metrics = {"intent_accuracy": 0.941, "intent_macro_f1": 0.938, "entity_f1": 0.929}
    return ModelInfo(version, "2026-11-20T09:00:00Z", "f" * 12, "MiniLM", ("greet",), ("color",), metrics, 90_000_000)


def _comparison(body: dict[str, Any]) -> Comparison:
    expected = body["examples"][0]
    items = (
        ComparisonItem(expected["text"], expected["intent"], "greet", 0.41, expected["intent"], 0.93, "better"),
        ComparisonItem("hello there", "greet", "greet", 0.9, "track_order", 0.5, "worse"),
    )
    old = {"intent_accuracy": 0.921, "intent_macro_f1": 0.915, "entity_f1": 0.929}
    new = {"intent_accuracy": 0.941, "intent_macro_f1": 0.938, "entity_f1": 0.925}
    return Comparison(body["old"], body["new"], old, new, items)
