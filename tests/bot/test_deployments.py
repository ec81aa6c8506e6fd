"""Two starts at the same time: one of a promoted archive, one because the Rasa that served has died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import aiohttp
import pytest

from bot.archives.manifest import Manifest
from bot.control import archives, deployments
from bot.control.archives import ArchiveStore, Choice
from bot.control.deployments import Deployments
from contract.settings import load


class Rasa:
    """A process that is ready when the test says so."""

    made: ClassVar[list[Rasa]] = []

    def __init__(self, archive: Path, port: int, _) -> None:
        self.archive, self.port, self.url = archive, port, f"http://127.0.0.1:{port}"
        self.address = self.url
        self.ready, self.end = asyncio.Event(), asyncio.Event()
        self.is_started = False
        Rasa.made.append(self)

    async def start(self, _) -> None:
        self.is_started = True
        await self.ready.wait()

    @property
    def is_running(self) -> bool:
        return self.is_started and not self.end.is_set()

    @property
    def has_ended(self) -> bool:
        return self.end.is_set()

    async def ended(self) -> int:
        await self.end.wait()
        return -9

    async def stop(self) -> None:
        self.end.set()


@pytest.fixture
async def running(tmp_path, settings_environment, monkeypatch):
    async def nothing(*_) -> None:
        pass

    monkeypatch.setenv("SHOPCLERK_ARCHIVES_DIR", str(tmp_path))
    monkeypatch.setenv("SHOPCLERK_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(deployments, "RasaProcess", Rasa)
    monkeypatch.setattr(deployments, "load_version", nothing)
    monkeypatch.setattr(deployments, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(archives, "check", lambda path, key: Manifest(path.name, "", "v", ""))
    Rasa.made = []
    for name in ("old.tar.gz", "new.tar.gz"):
        (tmp_path / name).touch()
    store = ArchiveStore(tmp_path, key="k" * 32)
    store.choose(Choice(active="old.tar.gz"))
    async with aiohttp.ClientSession() as http:
        made = Deployments(load(), store, http)
        made.start()
        await until(lambda: len(Rasa.made) == 1)
        Rasa.made[0].ready.set()
        await until(lambda: made.is_ready)
        yield made
        await made.stop()


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def two_starts(running: Deployments) -> tuple[Rasa, Rasa]:
    """The candidate, and the old archive that is started again."""
    running.deploy("new.tar.gz")
    await until(lambda: len(Rasa.made) == 2)
    Rasa.made[0].end.set()
    await until(lambda: len(Rasa.made) == 3)
    candidate, again = Rasa.made[1:]
    assert (candidate.archive.name, again.archive.name) == ("new.tar.gz", "old.tar.gz")
    assert candidate.port != again.port
    return candidate, again


async def test_the_promoted_archive_wins_and_the_other_is_ended(running):
    candidate, again = await two_starts(running)
    candidate.ready.set()
    await until(lambda: running.is_ready)
    again.ready.set()
    await until(lambda: again.has_ended)
    found = running.current()
    assert (found.state, found.active.name, found.previous) == ("serving", "new.tar.gz", "old.tar.gz")
    assert not candidate.has_ended


async def test_the_old_archive_serves_until_the_promoted_one_is_ready(running, monkeypatch):
    monkeypatch.setattr(deployments, "DRAIN_S", 0.05)
    candidate, again = await two_starts(running)
    again.ready.set()
    await until(lambda: running.is_ready)
    assert running.current().active.name == "old.tar.gz"
    candidate.ready.set()
    await until(lambda: running.current().active.name == "new.tar.gz")
    await until(lambda: again.has_ended)
    assert running.current().state == "serving"


async def test_what_is_draining_ends_with_the_control_program(running):
    running.deploy("new.tar.gz")
    await until(lambda: len(Rasa.made) == 2)
    Rasa.made[1].ready.set()
    await until(lambda: running.current().active.name == "new.tar.gz")
    assert not Rasa.made[0].has_ended
    await running.stop()
    assert all(rasa.has_ended for rasa in Rasa.made)


async def test_a_golden_file_that_cannot_be_read_is_told(running, tmp_path):
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "golden.yml").write_bytes(b"\xff")
    running.deploy("new.tar.gz")
    await until(lambda: len(Rasa.made) == 2)
    Rasa.made[1].ready.set()
    await until(lambda: running.current().state == "failed")
    assert "golden.yml is not a Rasa NLU file" in running.current().error
    assert Rasa.made[1].has_ended
    assert running.current().active.name == "old.tar.gz"
