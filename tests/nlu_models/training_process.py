"""The command line of the training as a process, on files of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from contract.settings import ROOT
from tests.nlu_models.nlu_service_process import HELD, LINES

MODULE = "nlu_models.training"


def write_data(folder: Path) -> Path:
    """The tiny examples as Rasa files in ``folder``: ``nlu/`` and ``evaluation/``."""
    (folder / "nlu").mkdir(parents=True)
    (folder / "evaluation").mkdir()
    (folder / "nlu" / "all.yml").write_text(_rasa(LINES))
    for name in ("validation", "test"):
        (folder / "evaluation" / f"{name}.yml").write_text(_rasa(HELD))
    return folder


def words(command: str, data: Path, out: Path, *more: str, **options: object) -> list[str]:
    """The arguments of ``python -m nlu_models.training``."""
    sets = [word for name, value in options.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    places = ["--data", data / "nlu", "--evaluation", data / "evaluation", "--out", out]
    return [command, *map(str, places), *more, *sets]


def start(arguments: list[str], *, launcher: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """``launcher``: a module, with its arguments, that starts several of the process."""
    begin = [sys.executable, *(("-m", *launcher) if launcher else ()), "-m", MODULE]
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.Popen(
        [*begin, *arguments], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(process: subprocess.Popen[str]) -> str:
    """What it printed, once it ended well."""
    output, _ = process.communicate(timeout=500)
    assert process.returncode == 0, output
    return output


def _rasa(lines: dict[str, str]) -> str:
    parts = ['version: "3.1"', "nlu:"]
    for intent, rows in lines.items():
        parts += [f"- intent: {intent}", "  examples: |", *(f"    - {row}" for row in rows.split("|"))]
    return "\n".join(parts) + "\n"
