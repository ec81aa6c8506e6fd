"""Training runs: ``python -m bot.train`` as a child process, its progress read from its lines."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import signal
import sys
import uuid
from collections import deque
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from bot.control.archives import ArchiveStore
from bot.quiet import environment
from bot.training.progress import read_line
from contract.deployment import TrainingRun
from contract.settings import ROOT, Settings
from contract.wire import Conflict, InvalidInput, NotFound, dumps, from_json

logger = logging.getLogger(__name__)
KEPT = 50
TAIL = 40
INTERRUPTED = "The control program was stopped while this training ran."


class Trainings:
    """Runs one training at a time and remembers the last 50, also over a restart."""

    def __init__(self, settings: Settings, archives: ArchiveStore, *, project: Path | None = None) -> None:
        self._archives, self._project = archives, project
        self._file = Path(settings.var_dir) / "trainings.json"
        self._runs: dict[str, TrainingRun] = self._read()
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def list(self) -> list[TrainingRun]:
        """All runs, newest first."""
        return sorted(self._runs.values(), key=lambda run: run.started_at, reverse=True)

    def get(self, run_id: str) -> TrainingRun:
        """
        Raises:
            NotFound: no run has this id.
        """
        if run_id not in self._runs:
            raise NotFound(f"There is no training {run_id}.")
        return self._runs[run_id]

    def begin(self) -> TrainingRun:
        """Starts a training.

        Raises:
            Conflict: one is running.
        """
        if self._task is not None and not self._task.done():
            raise Conflict("A training is running; wait for its end.")
        run = TrainingRun(uuid.uuid4().hex[:12], "running", 0.0, "starting", _now())
        self._runs[run.run_id] = run
        self._task = asyncio.create_task(self._run(run))
        return run

    async def stop(self) -> None:
        """Ends a running training."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        if self._task is not None:
            await self._task

    async def _run(self, run: TrainingRun) -> None:
        before = {info.name for info in self._archives.list()}
        tail: deque[str] = deque(maxlen=TAIL)
        try:
            status = await self._train(run.run_id, tail)
        except OSError as error:
            status = 1
            tail.append(f"The training could not be started: {error}")
        run = self._runs[run.run_id]
        made = [info for info in self._archives.list() if info.name not in before]
        if status == 0 and made:
            run = replace(
                run, state="succeeded", progress=1.0, archive=made[0].name, model_version=made[0].model_version
            )
        else:
            run = replace(run, state="failed", error=_reason(tail, status))
        self._keep(replace(run, finished_at=_now(), log_tail=tuple(tail)))

    async def _train(self, run_id: str, tail: deque[str]) -> int:
        nice = [path, "-n", "10"] if (path := shutil.which("nice")) else []
        project = ["--project", str(self._project)] if self._project else []
        self._process = await asyncio.create_subprocess_exec(
            *nice,
            sys.executable,
            "-m",
            "bot.train",
            *project,
            cwd=ROOT,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1024 * 1024,
        )
        assert self._process.stdout is not None
        async for row in self._process.stdout:
            self._note(run_id, row.decode(errors="replace").rstrip(), tail)
        return await self._process.wait()

    def _note(self, run_id: str, text: str, tail: deque[str]) -> None:
        if not text:
            return
        tail.append(text[:500])
        run = replace(self._runs[run_id], log_tail=tuple(tail))
        if (found := read_line(text)) is not None:
            progress, stage = found
            run = replace(run, progress=max(run.progress, min(progress, 0.99)), stage=stage)
        self._runs[run_id] = run

    def _keep(self, run: TrainingRun) -> None:
        self._runs[run.run_id] = run
        kept = self.list()[:KEPT]
        self._runs = {item.run_id: item for item in kept}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(dumps(kept), encoding="utf-8")
        part.replace(self._file)

    def _read(self) -> dict[str, TrainingRun]:
        try:
            rows = from_json(list[TrainingRun], json.loads(self._file.read_text(encoding="utf-8")))
        except (OSError, ValueError, InvalidInput):
            return {}
        return {row.run_id: _ended(row) for row in rows}


def _ended(run: TrainingRun) -> TrainingRun:
    return replace(run, state="failed", error=INTERRUPTED) if run.state == "running" else run


def _reason(tail: deque[str], status: int) -> str:
    """The sentence that tells most: the last line with an error, else the last line."""
    rows = [row for row in tail if "Error" in row or "error" in row] or list(tail)
    return rows[-1] if rows else f"The training ended with status {status}."


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
