"""A tiny bot, really trained and really served; the services beside it are small HTTP servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from action_double import ActionDouble  # noqa: E402
from bot_process import BotProcess, free_port  # noqa: E402
from nlu_double import NluDouble  # noqa: E402

from launcher.environments import APP  # noqa: E402

KEY = "a key for tests that has forty characters"
PROJECT = HERE / "project"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL."""
    command = [APP.executable, HERE / "postgres_server.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()


@dataclass
class Rig:
    """Where the test's bot lives. ``environment`` starts any of its programs."""

    folder: Path
    nlu: NluDouble
    actions: ActionDouble
    environment: dict[str, str]
    archive: Path | None = None
    train_output: str = ""

    def rasa_train(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A bare `rasa train` in the project's folder."""
        return subprocess.run(
            [sys.executable, "-m", "rasa", "train", *arguments],
            cwd=self.folder / "project",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def archives(self) -> list[Path]:
        return sorted((self.folder / "project" / "models").glob("*.tar.gz"))


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The tiny project, trained once."""
    folder = tmp_path_factory.mktemp("bot")
    shutil.copytree(PROJECT, folder / "project")
    nlu, actions = NluDouble(), ActionDouble(KEY)
    made = Rig(folder, nlu, actions, _environment(folder, nlu, actions))
    trained = made.rasa_train()
    assert trained.returncode == 0, trained.stdout + trained.stderr
    made.archive, made.train_output = made.archives()[0], trained.stdout + trained.stderr
    yield made
    nlu.stop()
    actions.stop()


@pytest.fixture(scope="session")
def served(rig: Rig) -> Iterator[BotProcess]:
    """One Rasa process for the tests that leave it healthy."""
    process = BotProcess.start(rig.archive, rig.environment, key=KEY)
    yield process
    process.stop()


@pytest.fixture
def bot(served: BotProcess, rig: Rig) -> BotProcess:
    """The served bot, with healthy services beside it."""
    rig.nlu.reset()
    rig.actions.reset()
    served.until_breaker_closed()
    rig.nlu.calls.clear()
    return served


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def settings_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings of a fresh installation for code that runs inside the test."""
    values = {"SHOPCLERK_SECRET_KEY": KEY, "SHOPCLERK_VAR_DIR": str(tmp_path / "var")}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def _environment(folder: Path, nlu: NluDouble, actions: ActionDouble) -> dict[str, str]:
    from bot.quiet import environment

    ports = f"{free_port()},{free_port()}"
    return {
        **{name: value for name, value in environment().items() if not name.startswith("SHOPCLERK_")},
        "OMP_NUM_THREADS": "1",
        "SHOPCLERK_SECRET_KEY": KEY,
        "SHOPCLERK_VAR_DIR": str(folder / "var"),
        "SHOPCLERK_DATA_DIR": str(folder / "project" / "data"),
        "SHOPCLERK_ARCHIVES_DIR": str(folder / "project" / "models"),
        "SHOPCLERK_NLU_URL": nlu.url,
        "SHOPCLERK_ACTIONS_URL": f"{actions.url}/webhook",
        "SHOPCLERK_BOT_PORTS": ports,
        "SHOPCLERK_CONTROL_PORT": str(free_port()),
        "SHOPCLERK_ACTION_DEADLINE_S": "1.0",
        "SHOPCLERK_SESSION_MESSAGES": "8",
        "SHOPCLERK_LOG_LEVEL": "INFO",
        "PATH": os.environ["PATH"],
    }
