"""A small NLU service that speaks the contract. It learns by heart: known texts get their label."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from http_double import HttpDouble

VERSION_STEM = "20260101T000000"


class NluDouble(HttpDouble):
    """``raw_parse`` replaces the answer of a parse. ``trained`` counts the trainings that were really done."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[str, str]] = {}
        self.pins: dict[str, set[str]] = {}
        self.loaded: list[str] = []
        self.trained = 0
        self.polls: dict[str, int] = {}
        self.train_error: str | None = None
        self.recipe = "one"
        self.raw_parse: Any = None
        self.misunderstands: set[str] = set()
        super().__init__()

    def reset(self) -> None:
        super().reset()
        self.raw_parse, self.train_error = None, None

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path in ("/health", "/ready"):
            return 200, {"status": "ready"}
        if path == "/v1/parse":
            return (200, self.raw_parse) if self.raw_parse is not None else self._parse(body)
        if path == "/v1/recipe":
            return 200, {"digest": self.recipe}
        if path == "/v1/train":
            return self._train(body)
        if path.startswith("/v1/train/"):
            return 200, self._job(path.rsplit("/", 1)[1])
        return self._models(method, path, body)

    def _train(self, body: Any) -> tuple[int, Any]:
        fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
        version = f"{VERSION_STEM}-{fingerprint}"
        if version not in self.versions:
            self.trained += 1
            self.versions[version] = {row["text"]: row["intent"] for row in body["examples"]}
        self.polls[fingerprint] = 0
        return 202, self._job(fingerprint)

    def _job(self, fingerprint: str) -> dict[str, Any]:
        self.polls[fingerprint] += 1
        done = self.polls[fingerprint] >= 3
        failed = done and self.train_error is not None
        return {
            "job_id": fingerprint,
            "state": "failed" if failed else "succeeded" if done else "running",
            "progress": 1.0 if done else self.polls[fingerprint] / 3,
            "stage": "done" if done else f"epoch {self.polls[fingerprint]} of 2",
            "fingerprint": fingerprint,
            "version": f"{VERSION_STEM}-{fingerprint}" if done and not failed else None,
            "metrics": {"intent_accuracy": 0.97} if done else {},
            "error": self.train_error if failed else None,
        }

    def _models(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        version = path.split("/")[3] if path.count("/") > 2 else ""
        if version not in self.versions:
            return 404, {"error": f"There is no model version {version}.", "error_type": "not_found"}
        if path.endswith("/pins"):
            self.pins.setdefault(version, set()).add(body["archive"])
        if path.endswith("/load"):
            self.loaded.append(version)
        return 200, {
            "version": version,
            "created_at": "2026-01-01T00:00:00Z",
            "fingerprint": version.rsplit("-", 1)[1],
            "encoder": "double",
            "intents": sorted(set(self.versions[version].values())),
            "entities": ["order_id"],
            "metrics": {"intent_accuracy": 0.97},
            "size_bytes": 1,
        }

    def _parse(self, body: Any) -> tuple[int, Any]:
        version = body["version"]
        if version not in self.versions:
            return 404, {"error": f"There is no model version {version}.", "error_type": "not_found"}
        intent = self.versions[version].get(body["text"], "out_of_scope")
        if version in self.misunderstands:
            intent = "goodbye"
        return 200, parse_result(body["text"], intent, version)


def parse_result(text: str, intent: str, version: str, *, confidence: float = 0.98) -> dict[str, Any]:
    """A ParseResult as JSON; order numbers in ``text`` are entities."""
    entities = [
        {
            "entity": "order_id",
            "value": match[0],
            "start": match.start(),
            "end": match.end(),
            "text": match[0],
            "confidence": 0.99,
        }
        for match in re.finditer(r"#W\d{7}", text)
    ]
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [
            {"name": intent, "confidence": confidence},
            {"name": "inform", "confidence": 0.01},
        ],
        "entities": entities,
        "out_of_scope_score": 0.1,
        "is_fallback": confidence < 0.5,
        "model_version": version,
        "timings_ms": {"total": 1.0},
    }
