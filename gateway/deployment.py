"""Which Rasa serves now: follows the bot's control API, once a second and at once after a connection fault."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from contract.deployment import Deployment
from contract.settings import Settings
from contract.wire import ShopclerkError, from_json
from gateway import logs
from gateway.http_client import HttpClient, Unreachable, UselessAnswer

POLL_S = 1.0
TIMEOUT_S = 1.0
MAX_BYTES = 64 * 1024

log = logs.get()


class DeploymentWatcher:
    """``url`` is the address of the serving Rasa; the last known one is kept while the control API is away."""

    def __init__(self, http: HttpClient, settings: Settings, *, on_change: Callable[[], None]) -> None:
        self.url: str | None = None
        self.archive: str | None = None
        self._http, self._on_change = http, on_change
        self._address = settings.control_url.rstrip("/") + "/v1/deployment"
        self._headers = {"Authorization": f"Bearer {settings.secret_key}"}
        self._refreshing: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        for task in (self._task, self._refreshing):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in (self._task, self._refreshing) if task), return_exceptions=True)

    async def refresh(self) -> str | None:
        """Asks now; callers at the same time share one request. Returns ``url``."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._ask())
        await asyncio.shield(self._refreshing)
        return self.url

    async def _poll(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(POLL_S)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, body = await self._http.send("GET", self._address, headers=self._headers, max_bytes=MAX_BYTES)
            deployment = from_json(Deployment, json.loads(body))
        except (Unreachable, UselessAnswer, TimeoutError, ValueError, RecursionError, ShopclerkError):
            return
        if status != 200:
            return
        self.archive = deployment.active.name if deployment.active else None
        if deployment.url and deployment.url.rstrip("/") != self.url:
            self.url = deployment.url.rstrip("/")
            log.info("deployment_changed", url=self.url, archive=self.archive)
            self._on_change()
