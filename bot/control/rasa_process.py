"""One Rasa process, started by the control program and ended by it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections import deque
from pathlib import Path

import aiohttp

from bot.quiet import environment
from contract.settings import ROOT, Settings
from contract.wire import Unavailable

logger = logging.getLogger(__name__)
READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 20.0


class RasaProcess:
    """``url`` is how the gateway reaches it, ``address`` how this program does."""

    def __init__(self, archive: Path, port: int, settings: Settings) -> None:
        self.archive, self.port = archive, port
        self.url = f"http://{settings.bot_public_host}:{port}"
        self.address = f"http://{_reachable(settings.bot_host)}:{port}/webhooks/shopclerk"
        self._process: asyncio.subprocess.Process | None = None
        self._last_lines: deque[str] = deque(maxlen=20)
        self._reader: asyncio.Task[None] | None = None

    async def start(self, http: aiohttp.ClientSession) -> None:
        """Returns when it is ready to answer.

        Raises:
            Unavailable: it ended, with its own last sentence, or was not ready in 90 seconds.
        """
        command = ["-m", "bot.serve", "--archive", str(self.archive), "--port", str(self.port), "--with-parent"]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=ROOT,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._forward(self._process))
        try:
            await asyncio.wait_for(self._until_ready(http), READY_TIMEOUT_S)
        except asyncio.TimeoutError:
            await self.stop()
            raise Unavailable(f"The Rasa process was not ready in {READY_TIMEOUT_S:.0f} s.") from None
        except BaseException:
            await self.stop()
            raise

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.returncode is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def ended(self) -> int:
        """Waits for its end; the exit status."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, with time to answer what was begun; SIGKILL after 20 seconds."""
        if self._process is None:
            return
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
            except asyncio.TimeoutError:
                logger.warning("Rasa on port %d did not end and is killed.", self.port)
                self._process.kill()
                await self._process.wait()
        if self._reader is not None:
            await self._reader

    async def _until_ready(self, http: aiohttp.ClientSession) -> None:
        while True:
            if not self.is_running:
                assert self._reader is not None
                await self._reader
                last = self._last_lines[-1] if self._last_lines else "it said nothing"
                raise Unavailable(f"The Rasa process for {self.archive.name} ended: {last}")
            try:
                async with http.get(f"{self.address}/ready", timeout=aiohttp.ClientTimeout(total=2)) as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                pass
            await asyncio.sleep(0.1)

    async def _forward(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await _next_line(process.stdout):
            text = line.decode(errors="replace").rstrip()
            if text:
                self._last_lines.append(text)
                sys.stderr.write(f"[rasa {self.port}] {text}\n")
                sys.stderr.flush()


async def _next_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # a line of more than 64 KiB; its beginning is gone
        return b"(a very long line)\n"


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  compared, not bound
