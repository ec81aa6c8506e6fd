"""Training jobs: one at a time, each in a process of its own, followed by the files that it writes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import TrainJob, TrainRequest
from contract.settings import ROOT
from contract.wire import NoSpace, NotFound, ShopclerkError, TooMany, Unavailable
from nlu_models.registry.space import full, no_space, watched
from nlu_models.registry.store import Registry
from nlu_models.training.progress import LOG, UNWRITTEN, Order, Progress, read_progress, write_order, write_progress

log = logging.getLogger(__name__)
FOLDER = ".jobs"
MARK = "fingerprint.txt"
KEPT = 20
WAITING_LIMIT = 4
STOP_S = 5.0
ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}
_JOB = re.compile(r"[0-9a-f]{32}")
_FINISHED = ("succeeded", "failed")
UNTOUCHED = "The version that serves is untouched."
RESTARTED = "The transformer service ended while it trained: train again."


@dataclass(frozen=True)
class Ticket:
    """A job in the queue or running."""

    job_id: str
    fingerprint: str


class Jobs:
    """The jobs below ``registry.root``. Methods belong into the event loop."""

    def __init__(self, registry: Registry, *, on_published: Callable[[], Awaitable[None]]) -> None:
        self._registry, self._on_published = registry, on_published
        self._root = registry.root / FOLDER
        self._open: list[Ticket] = []
        self._worker: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._failed: dict[str, Progress] = {}  # also where the disk has no space for it

    def recover(self) -> None:
        """Mark the jobs that a former process left unfinished as failed, and remove the oldest."""
        for folder in self._folders():
            progress = read_progress(folder)
            if progress is None or progress.state not in _FINISHED:
                write_progress(folder, Progress("failed", 1.0, "failed", error=RESTARTED, error_type="unavailable"))
        for folder in self._folders()[:-KEPT]:
            shutil.rmtree(folder, ignore_errors=True)

    def add(self, request: TrainRequest, fingerprint: str) -> TrainJob:
        """A new job, or the open one for the same fingerprint.

        Raises:
            TooMany: four jobs wait already.
            NoSpace: the disk is full.
        """
        for ticket in self._open:
            if ticket.fingerprint == fingerprint:
                return self.state(ticket.job_id)
        if len(self._open) > WAITING_LIMIT:
            raise TooMany("Several trainings wait already: try again when one has finished.", retry_after=60.0)
        ticket = self._new(request, fingerprint)
        self._open.append(ticket)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return self.state(ticket.job_id)

    def done_already(self, fingerprint: str, version: str, metrics: dict[str, float]) -> TrainJob:
        """A job that succeeded at once with the version that exists."""
        job_id = uuid.uuid4().hex
        folder = self._root / job_id
        folder.mkdir(parents=True)
        (folder / MARK).write_text(fingerprint, encoding="utf-8")
        write_progress(folder, Progress("succeeded", 1.0, "nothing has changed", version=version, metrics=metrics))
        return self.state(job_id)

    def state(self, job_id: str) -> TrainJob:
        """
        Raises:
            NotFound: there is no such job.
        """
        folder = self._root / job_id
        if not _JOB.fullmatch(job_id) or not folder.is_dir():
            raise NotFound(f"There is no training job {job_id[:40]!r}.")
        progress = self._failed.get(job_id) or read_progress(folder) or Progress("queued", 0.0, "queued")
        if progress.state == "succeeded" and any(ticket.job_id == job_id for ticket in self._open):
            progress = Progress("running", 0.99, "loading")
        mark = (folder / MARK).read_text(encoding="utf-8")
        return TrainJob(job_id=job_id, fingerprint=mark, **vars(progress))

    async def stop(self) -> None:
        """End the running training."""
        if self._worker is not None:
            self._worker.cancel()
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    def _new(self, request: TrainRequest, fingerprint: str) -> Ticket:
        job_id = uuid.uuid4().hex
        folder = self._root / job_id
        try:
            with watched():
                folder.mkdir(parents=True)
                (folder / MARK).write_text(fingerprint, encoding="utf-8")
                write_order(folder, Order(request, fingerprint, str(self._registry.root)))
        except NoSpace:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Ticket(job_id, fingerprint)

    async def _work(self) -> None:
        while self._open:
            folder = self._root / self._open[0].job_id
            try:
                await self._run(folder)
            except Exception as error:  # the next job must have its turn
                log.exception("the training could not be run")
                sentence = f"The training could not be run ({type(error).__name__}: {error})."
                self._fail(folder, no_space(error) or ShopclerkError(sentence))
            finally:
                self._open.pop(0)

    async def _run(self, folder: Path) -> None:
        with (folder / LOG).open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "nlu_models.training.run",
                str(folder),
                stdout=output,
                stderr=output,
                stdin=asyncio.subprocess.DEVNULL,
                cwd=ROOT,
                env={**os.environ, **ENVIRONMENT},
            )
            status = await self._process.wait()
        progress = read_progress(folder)
        if progress is None or progress.state not in _FINISHED:
            self._registry.discard_all_of(self._process.pid)
            self._fail(folder, _why(status, folder))
        elif progress.state == "succeeded":
            await self._on_published()

    def _fail(self, folder: Path, error: ShopclerkError) -> None:
        progress = Progress("failed", 1.0, "failed", error=error.message, error_type=error.error_type)
        self._failed[folder.name] = progress
        with contextlib.suppress(OSError):
            write_progress(folder, progress)

    def _folders(self) -> list[Path]:
        if not self._root.is_dir():
            return []
        return sorted((path for path in self._root.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)


def _why(status: int, folder: Path) -> ShopclerkError:
    """Why a training ended without a word of its own."""
    if status == UNWRITTEN:
        return full("the training could not write how it ended")
    if status < 0:
        name = signal.Signals(-status).name
        return Unavailable(f"The training was killed ({name}), perhaps for want of memory: train again. {UNTOUCHED}")
    return ShopclerkError(f"The training ended with status {status} and no word. {_tail(folder)}".strip())


def _tail(folder: Path) -> str:
    lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"Its last line: {lines[-1][:300]}" if lines else ""
