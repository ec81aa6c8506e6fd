"""How long `rasa train` takes from nothing, and again without a change; and what the model then reaches."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from contract.settings import load
from launcher.environments import BOT, ROOT
from tests.e2e.system import free_ports


def measure(folder: Path) -> dict[str, Any]:
    """Seconds of both trainings, in an empty model registry, and the metrics on the test split."""
    folder.mkdir(parents=True)
    environ = _environ(folder)
    first = _train(environ)
    second = _train(environ)
    return {"first_s": first, "again_s": second, "metrics": _metrics(folder)}


def table(result: dict[str, Any]) -> str:
    rows = [
        "| what | figure | goal |",
        "|---|---|---|",
        f"| `rasa train` from nothing | {result['first_s']:.0f} s | ≤ 300 s |",
        f"| again, nothing changed | {result['again_s']:.0f} s | ≤ 30 s |",
    ]
    goals = {"intent_accuracy": "≥ 0.93", "entity_f1": "≥ 0.92"}
    rows += [f"| {name} | {value:.3f} | {goals.get(name, '')} |" for name, value in result["metrics"].items()]
    return "\n".join(rows)


def _environ(folder: Path) -> dict[str, str]:
    nlu_port, control_port = free_ports(2)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOPCLERK_")}
    values = {
        "SECRET_KEY": load().secret_key,
        "VAR_DIR": str(folder / "var"),
        "ARCHIVES_DIR": str(folder / "models"),
        "NLU_PORT": str(nlu_port),
        "NLU_URL": f"http://127.0.0.1:{nlu_port}",
        "CONTROL_PORT": str(control_port),
    }
    return {**inherited, **{f"SHOPCLERK_{name}": value for name, value in values.items()}}


def _train(environ: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run([BOT.executable, "-m", "bot.train"], cwd=ROOT, env=environ, check=True)
    return time.monotonic() - began


def _metrics(folder: Path) -> dict[str, float]:
    """Of the newest version in the registry, as its manifest has them."""
    manifest = sorted((folder / "var" / "nlu_models").glob("*/manifest.json"))[-1]
    metrics = json.loads(manifest.read_text("utf-8")).get("metrics", {})
    return {name: value for name, value in metrics.items() if isinstance(value, float)}
