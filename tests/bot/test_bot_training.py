"""`rasa train` and `python -m bot.train`, really run."""

from __future__ import annotations

import io
import shutil
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bot_process import ROOT, free_port
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

from bot.archives.manifest import check
from bot.components.transformer_nlu import TrainingFailed, TransformerNLU
from bot.training.own_service import running
from bot.training.progress import Progress, line, read_line
from contract.settings import load
from contract.wire import Unavailable


@dataclass
class Project:
    """A copy of the tiny project, with archives and caches of its own."""

    folder: Path
    environment: dict[str, str]

    def train(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot.train", "--project", str(self.folder / "project"), *arguments]
        environment = {**self.environment, **changed}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    def archives(self) -> list[Path]:
        return sorted((self.folder / "models").glob("*.tar.gz"))


@pytest.fixture
def project(rig, tmp_path) -> Project:
    return _project(rig, tmp_path)


def _project(rig, folder: Path) -> Project:
    shutil.copytree(rig.folder / "project", folder / "project", ignore=shutil.ignore_patterns("models", ".rasa"))
    paths = {"VAR_DIR": folder / "var", "DATA_DIR": folder / "project" / "data", "ARCHIVES_DIR": folder / "models"}
    environment = {**rig.environment, **{f"SHOPCLERK_{name}": str(value) for name, value in paths.items()}}
    rig.nlu.reset()
    return Project(folder, environment)


def test_a_bare_rasa_train_trains_all_and_shows_the_way(rig):
    assert "[ 33 %] Transformer: epoch 1 of 2" in rig.train_output
    assert "[100 %] Transformer: done" in rig.train_output
    assert "LocalClassifier" in rig.train_output


def test_the_transformer_is_pinned_for_the_archive(rig):
    version = next(iter(rig.nlu.versions))
    assert rig.archive.name in rig.nlu.pins[version]


def test_a_second_training_uses_what_is_there_and_a_deleted_version_is_trained_again(rig, project, key):
    first = project.train("--force")
    assert first.returncode == 0, first.stderr
    assert "It does not serve yet" in first.stderr
    [request] = _train_requests(rig)
    _check_request(request)

    rig.nlu.calls.clear()
    kept = dict(rig.nlu.versions)
    rig.nlu.versions.clear()
    try:
        second = project.train()
        assert second.returncode == 0, second.stderr
        # Rasa found nothing changed and asked for no training; only then was the version missed.
        assert "was deleted; training it again" in second.stderr
        assert _train_requests(rig) == [request]
        versions = {check(archive, key=key).model_version for archive in project.archives()}
        assert (len(project.archives()), versions) == (2, set(rig.nlu.versions))
        assert len(list((project.folder / "models").glob("*.manifest.json"))) == 2
    finally:
        rig.nlu.versions.update(kept)


def _train_requests(rig) -> list[dict[str, Any]]:
    return [body for _, path, body in rig.nlu.calls if path == "/v1/train"]


def _check_request(request: dict[str, Any]) -> None:
    by_text = {row["text"]: row for row in request["examples"]}
    assert by_text["where is order #W2611340"]["entities"] == [
        {"start": 15, "end": 24, "entity": "order_id", "value": None, "role": None, "group": None}
    ]
    assert by_text["number 2611340"]["entities"][0]["value"] == "#W2611340"
    assert request["synonyms"] == {"2611340": "#W2611340"}
    assert {row["text"] for row in request["validation"]} == {"hello to you", "cancel #W9990001 please"}
    assert [row["text"] for row in request["test"]] == ["see you"]
    assert request["options"] == {"epochs": 1}
    assert not {"hello to you", "see you"} & set(by_text)


def test_other_evaluation_data_asks_for_another_training(tmp_path, settings_environment):
    config = {"evaluation": str(tmp_path)}
    before = TransformerNLU.fingerprint_addon(config)
    (tmp_path / "golden.yml").write_text("version: '3.1'")
    assert TransformerNLU.fingerprint_addon(config) == before
    (tmp_path / "validation.yml").write_text("version: '3.1'")
    assert TransformerNLU.fingerprint_addon(config) != before


def test_another_recipe_of_the_service_asks_for_another_training(rig, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOPCLERK_NLU_URL", rig.environment["SHOPCLERK_NLU_URL"])
    config = {"evaluation": str(tmp_path)}
    before = TransformerNLU.fingerprint_addon(config)
    monkeypatch.setattr(rig.nlu, "recipe", "two")
    assert TransformerNLU.fingerprint_addon(config) != before


def test_a_failed_training_says_the_services_sentence(rig, project, monkeypatch):
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    rig.nlu.train_error = "nlu.yml:7 has an intent with one example: add more."
    (project.folder / "storage").mkdir()
    storage = LocalModelStorage.create(project.folder / "storage")
    config = TransformerNLU.get_default_config()
    component = TransformerNLU.create(config, storage, Resource("transformer"), None)
    data = load_data(str(project.folder / "project" / "data" / "nlu" / "nlu.yml"))
    with pytest.raises(TrainingFailed, match=r"nlu\.yml:7 has an intent with one example"):
        component.train(data)
    rig.nlu.train_error = None
    component.train(data)
    loaded = TransformerNLU.load(config, storage, Resource("transformer"), None)
    assert loaded.pinned == component.pinned
    [message] = loaded.process([Message({"text": "cancel my order"})])
    assert message.get("intent")["name"] == "cancel_order"
    rig.nlu.fault = "500"
    [message] = loaded.process([Message({"text": "cancel my order"})])
    assert message.get("intent") is None


def test_without_a_service_rasa_train_names_the_command(rig, project):
    environment = {**project.environment, "SHOPCLERK_NLU_URL": f"http://127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "rasa", "train", "--force", "--skip-validation"]
    folder = project.folder / "project"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "No transformer service answers" in said
    assert "python -m nlu_models.serving" in said
    assert "Traceback" not in said


def test_a_service_far_away_is_not_started_here(project):
    done = project.train(SHOPCLERK_NLU_URL="http://nlu.invalid:8081")
    assert done.returncode == 1
    assert "No transformer service answers at http://nlu.invalid:8081." in done.stderr


def test_a_service_is_started_for_the_training_and_ended_after_it(settings_environment, monkeypatch, tmp_path):
    port = free_port()
    monkeypatch.setenv("SHOPCLERK_NLU_URL", f"http://127.0.0.1:{port}")
    settings = load()
    python = _script(tmp_path / "python", f"exec {sys.executable} -m http.server {port} --directory {tmp_path}")
    (tmp_path / "health").write_text("alive")
    from bot.training.nlu_service import NluService

    with running(settings, python=python) as was_started:
        assert was_started
        assert NluService(settings.nlu_url).is_alive()
        with running(settings, python=python) as again:
            assert not again
    assert not NluService(settings.nlu_url).is_alive()


def test_a_service_that_dies_at_once_is_a_sentence(settings_environment, monkeypatch, tmp_path):
    monkeypatch.setenv("SHOPCLERK_NLU_URL", f"http://127.0.0.1:{free_port()}")
    python = _script(tmp_path / "python", "exit 3")
    with pytest.raises(Unavailable, match="ended with status 3"), running(load(), python=python):
        pass


def test_a_training_that_is_stopped_leaves_nothing_running(rig, project):
    rig.nlu.slow_s = 1.0
    command = [sys.executable, "-m", "bot.train", "--project", str(project.folder / "project"), "--force"]
    training = subprocess.Popen(command, cwd=ROOT, env=project.environment, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{training.pid}/task/{training.pid}/children")
    while not (pids := children.read_text().split()):
        time.sleep(0.1)
    training.terminate()
    assert training.wait(timeout=20) == 143
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_progress_lines_can_be_read_back():
    stream = io.StringIO()
    with Progress("Transformer", stream=stream) as progress:
        for value in (0.0, 0.01, 0.02, 0.5, 1.0):
            progress.show(value, "epoch 1 of 2")
    rows = stream.getvalue().splitlines()
    assert [read_line(row) for row in rows] == [
        (0.0, "Transformer: epoch 1 of 2"),
        (0.5, "Transformer: epoch 1 of 2"),
        (1.0, "Transformer: epoch 1 of 2"),
    ]
    assert read_line(line(0.45, "x")) == (0.45, "x")
    assert read_line("[abc] something else") is None


def test_a_terminal_gets_a_bar():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with Progress("Transformer", stream=stream) as progress:
        progress.show(0.5, "epoch 1 of 2")
        progress.show(1.0, "done")
    assert "100 %" in stream.getvalue()


def _script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
