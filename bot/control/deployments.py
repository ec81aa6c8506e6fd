"""Blue/green: one Rasa serves while another loads; a dead one is started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp

from bot.control.archives import ArchiveStore, Choice
from bot.control.golden import check_golden, load_golden
from bot.control.rasa_process import RasaProcess
from bot.control.versions import load_version
from contract.deployment import Deployment
from contract.settings import Settings
from contract.wire import Conflict, NotFound, ShopclerkError, Unavailable

logger = logging.getLogger(__name__)
DRAIN_S = 3.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
STEADY_S = 30.0
VERSION_CHECK_S = 15.0


class Deployments:
    """The state behind ``/v1/deployment``. Use ``start`` and ``stop`` from the same event loop."""

    def __init__(self, settings: Settings, archives: ArchiveStore, http: aiohttp.ClientSession) -> None:
        self._settings, self._archives, self._http = settings, archives, http
        self._serving: RasaProcess | None = None
        self._processes: list[RasaProcess] = []
        self._candidate: str | None = None
        self._error: str | None = None
        self._switching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._draining: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to serve the chosen archive and keeps at it."""
        self._spawn(self._keep_serving())
        self._spawn(self._keep_version_loaded())

    async def stop(self) -> None:
        """Ends every Rasa process."""
        for task in (*self._tasks, self._switching):
            if task is not None:
                task.cancel()
        await asyncio.gather(*self._tasks, *([self._switching] if self._switching else []), return_exceptions=True)
        if self._serving is not None:
            await self._serving.stop()

    @property
    def is_ready(self) -> bool:
        return self._serving is not None and self._serving.is_running

    def current(self) -> Deployment:
        """What is served, as the gateway and the admin UI see it."""
        serving = self._serving if self.is_ready else None
        choice = self._archives.choice()
        return Deployment(
            state=self._state(),
            url=serving.url if serving else None,
            active=self._archives.info(serving.archive.name) if serving else None,
            candidate=self._candidate,
            previous=choice.previous,
            error=self._error,
        )

    def deploy(self, name: str) -> Deployment:
        """Begins to load ``name`` beside what serves.

        Raises:
            NotFound, BrokenArchive: there is no such archive, or it is not ours.
            Conflict: another one is being loaded.
        """
        return self._begin(name, is_rollback=False)

    def roll_back(self) -> Deployment:
        """Begins to load the archive that served before.

        Raises:
            NotFound: there was none.
        """
        previous = self._archives.choice().previous
        if previous is None:
            raise NotFound("No other archive has served before this one.")
        return self._begin(previous, is_rollback=True)

    def _begin(self, name: str, *, is_rollback: bool) -> Deployment:
        if self._switching is not None and not self._switching.done():
            raise Conflict(f"{self._candidate} is being loaded; try again when that has ended.")
        archive = self._archives.find(name)
        self._error = None
        if not (self.is_ready and self._serving is not None and self._serving.archive == archive):
            self._candidate = name
            self._switching = asyncio.create_task(self._switch(archive, is_rollback=is_rollback))
        return self.current()

    async def _switch(self, archive: Path, *, is_rollback: bool) -> None:
        try:
            await self._load_version_of(archive, must=not is_rollback)
            self._take_over(await self._started(archive, is_rollback=is_rollback))
        except (ShopclerkError, OSError) as error:
            logger.error("%s is not served: %s", archive.name, error)
            self._error = str(error)
        finally:
            self._candidate = None

    async def _started(self, archive: Path, *, is_rollback: bool) -> RasaProcess:
        if self._draining is not None:
            await self._draining
        fresh = await self._start(archive)
        try:
            if not is_rollback:
                path = Path(self._settings.data_dir) / "evaluation" / "golden.yml"
                messages = load_golden(path)
                if not messages:
                    logger.warning("%s is served unchecked: there are no golden messages in %s.", archive.name, path)
                await check_golden(self._http, fresh.address, self._settings.secret_key, messages)
        except BaseException:
            await fresh.stop()
            raise
        return fresh

    def _take_over(self, fresh: RasaProcess) -> None:
        old, self._serving = self._serving, fresh
        self._error = None
        before = self._archives.choice().active
        previous = before if before != fresh.archive.name else self._archives.choice().previous
        self._archives.choose(Choice(fresh.archive.name, previous))
        logger.info("%s serves on port %d.", fresh.archive.name, fresh.port)
        if old is not None:
            self._draining = self._spawn(self._drain(old))

    async def _drain(self, old: RasaProcess) -> None:
        """The gateway asks once a second; until it knows, the old Rasa goes on answering."""
        try:
            await asyncio.sleep(DRAIN_S)
        finally:
            await old.stop()

    async def _keep_serving(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            process = self._serving
            if process is None or not process.is_running:
                is_up = await self._start_again()
                if not is_up:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE_S)
                continue
            began = asyncio.get_running_loop().time()
            status = await process.ended()
            if process is self._serving:
                logger.error("Rasa on port %d ended with status %d and is started again.", process.port, status)
                is_steady = asyncio.get_running_loop().time() - began > STEADY_S
                pause = FIRST_PAUSE_S if is_steady else min(pause * 2, LONGEST_PAUSE_S)
                if not is_steady:
                    await asyncio.sleep(pause / 2)

    async def _start_again(self) -> bool:
        try:
            archive = self._archives.to_serve()
            process = await self._start(archive)
        except (ShopclerkError, OSError) as error:
            if str(error) != self._error:
                logger.error("%s", error)
            self._error = str(error)
            return False
        if self.is_ready:  # a promoted archive took over meanwhile
            await process.stop()
            return True
        self._error = None
        self._serving = process
        choice = self._archives.choice()
        if choice.active != archive.name:
            self._archives.choose(Choice(archive.name, choice.active or choice.previous))
        return True

    async def _keep_version_loaded(self) -> None:
        """The service may have been restarted since, or be started after us."""
        while True:
            if self._serving is not None:
                await self._load_version_of(self._serving.archive, must=False)
            await asyncio.sleep(VERSION_CHECK_S if self.is_ready else 1.0)

    async def _load_version_of(self, archive: Path, *, must: bool) -> None:
        version = self._archives.info(archive.name).model_version
        try:
            await load_version(self._http, self._settings.nlu_url, version)
        except ShopclerkError as error:
            if must:
                raise
            logger.warning("Messages are understood locally: %s", error.message)

    async def _start(self, archive: Path) -> RasaProcess:
        """A Rasa that is ready, on the port that no other of ours has."""
        self._processes = [process for process in self._processes if not process.has_ended]
        taken = {process.port for process in self._processes}
        port = next((port for port in self._settings.ports() if port not in taken), None)
        if port is None:
            raise Unavailable("Both ports are taken by Rasa processes that are about to end: try again.")
        process = RasaProcess(archive, port, self._settings)
        self._processes.append(process)
        try:
            await process.start(self._http)
        except BaseException:
            self._processes.remove(process)
            raise
        return process

    def _state(self) -> str:
        if self._candidate is not None:
            return "loading"
        if self._error is not None:
            return "failed"
        return "serving" if self.is_ready else "starting"

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
