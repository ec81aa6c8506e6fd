import os
from pathlib import Path

import pytest

from contract.settings import PREFIX, ROOT, load
from launcher.prepare import make_secret_key, prepare_model
from launcher.programs import environment_for
from tests.e2e.shopper import Shopper
from tests.e2e.system import System


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
    running = System.prepare(tmp_path_factory.mktemp("shopclerk")).start()
    yield running
    running.stop()


@pytest.fixture
def shopper(system):
    return Shopper(f"http://127.0.0.1:{system.settings.gateway_port}")
