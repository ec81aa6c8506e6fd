"""The peer: stock Rasa with its recommended configuration (DIET and TED), on the same training data.

Every intent is answered by the same action, which reads one row of a SQLite database: less than what our actions do.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from launcher.environments import APP, BOT, ROOT
from tests.benchmarks.load import Say
from tests.e2e.system import free_ports

SEED = 13
NLU_CONFIG = """
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    random_seed: {seed}
    constrain_similarities: true
"""

CONFIG = f"""{NLU_CONFIG}
  - name: EntitySynonymMapper
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: TEDPolicy
    max_history: 5
    epochs: {{epochs}}
    constrain_similarities: true
"""

ACTIONS = """
import sqlite3
from rasa_sdk import Action


class ActionAnswer(Action):
    def name(self):
        return "action_answer"

    async def run(self, dispatcher, tracker, domain):
        with sqlite3.connect({database!r}) as connection:
            row = connection.execute("select name from products limit 1").fetchone()
        dispatcher.utter_message(text=f"An answer about {{row[0]}}.")
        return []
"""


@dataclass
class StockRasa:
    folder: Path
    port: int
    actions_port: int
    processes: list[subprocess.Popen[bytes]]
    training_s: float = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)


def train(folder: Path, shop_database: Path, *, epochs: int) -> StockRasa:
    """A stock project in ``folder``, trained."""
    port, actions_port = free_ports(2)
    _write_project(folder, shop_database, actions_port, epochs)
    began = time.monotonic()
    command = [BOT.folder / "bin" / "rasa", "train", "--quiet", "--out", "models"]
    subprocess.run(command, cwd=folder, env=_environ(), check=True, stdout=sys.stderr)
    return StockRasa(folder, port, actions_port, [], time.monotonic() - began)


def start(rasa: StockRasa) -> None:
    """Its server and its action server."""
    actions = [APP.executable, "-m", "rasa_sdk", "--actions", "stock_actions", "--port", str(rasa.actions_port)]
    server = [BOT.folder / "bin" / "rasa", "run", "--enable-api", "--port", str(rasa.port), "-i", "127.0.0.1"]
    environ = {**_environ(), "PYTHONPATH": str(rasa.folder)}
    for command in (actions, server):
        log = (rasa.folder / f"{len(rasa.processes)}.log").open("wb")
        rasa.processes.append(subprocess.Popen(command, cwd=rasa.folder, env=environ, stdout=log, stderr=log))
    _wait(rasa.address)


def connector(rasa: StockRasa, client: httpx.AsyncClient):  # type: ignore[no-untyped-def]
    async def connect() -> Say:
        sender = str(uuid.uuid4())

        async def say(text: str) -> bool:
            body = {"sender": sender, "message": text}
            answer = await client.post(f"{rasa.address}/webhooks/rest/webhook", json=body)
            return answer.status_code == 200 and bool(answer.json())

        return say

    return connect


def _write_project(folder: Path, shop_database: Path, actions_port: int, epochs: int) -> None:
    shutil.copytree(ROOT / "data" / "nlu", folder / "data" / "nlu", ignore=shutil.ignore_patterns("*.md", "reviewed"))
    intents, entities = _labels(folder / "data" / "nlu")
    rules = [
        {"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": "action_answer"}]} for intent in intents
    ]
    stories = [
        {
            "story": f"{one} then {two}",
            "steps": [{"intent": one}, {"action": "action_answer"}, {"intent": two}, {"action": "action_answer"}],
        }
        for one, two in itertools.pairwise(intents)
    ]
    fallback = {
        "rule": "fallback",
        "steps": [{"intent": "nlu_fallback"}, {"action": "action_answer"}],
    }
    _dump(folder / "data" / "rules.yml", {"version": "3.1", "rules": [*rules, fallback]})
    _dump(folder / "data" / "stories.yml", {"version": "3.1", "stories": stories})
    domain = {"version": "3.1", "intents": intents, "entities": entities, "actions": ["action_answer"]}
    _dump(folder / "domain.yml", domain)
    (folder / "config.yml").write_text(CONFIG.format(epochs=epochs, seed=SEED))
    (folder / "credentials.yml").write_text("rest:\n")
    _dump(
        folder / "endpoints.yml",
        {
            "action_endpoint": {"url": f"http://127.0.0.1:{actions_port}/webhook"},
            "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")},
        },
    )
    (folder / "stock_actions.py").write_text(ACTIONS.format(database=str(shop_database)))


def _labels(folder: Path) -> tuple[list[str], list[str]]:
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.yml")))
    intents = sorted(set(re.findall(r"^\s*- intent: (\S+)", text, re.M)))
    entities = set(re.findall(r"\]\((\w+)\)", text)) | set(re.findall(r'"entity": "(\w+)"', text))
    return intents, sorted(entities)


def _dump(path: Path, value: object) -> None:
    path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), "utf-8")


def _environ() -> dict[str, str]:
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}


def _wait(address: str, seconds: float = 180.0) -> None:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"Stock Rasa did not start at {address} in {seconds:.0f} s.")
