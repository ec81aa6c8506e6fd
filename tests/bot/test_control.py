"""The control program, really run: it serves, switches, heals and trains."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from bot_process import ROOT, free_port

from bot.archives.manifest import manifest_path, seal
from bot.archives.pinned import read_pinned
from contract.conversation import Context
from contract.deployment import ArchiveInfo, Deployment, TrainingRun
from contract.signing import sign
from contract.wire import from_json


class Control:
    """The API as gateway and admin UI use it."""

    def __init__(self, environment: dict[str, str], project: Path, key: str) -> None:
        self.environment, self.key = environment, key
        self.url = f"http://127.0.0.1:{environment['SHOPCLERK_CONTROL_PORT']}"
        self.log = Path(environment["SHOPCLERK_VAR_DIR"]) / "control.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.command = [sys.executable, "-m", "bot.control", "--project", str(project)]
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=file, stderr=file, stdin=subprocess.DEVNULL
            )

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def call(self, method: str, path: str, **values: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.request(method, self.url + path, headers=headers, timeout=5, **values)

    def deployment(self) -> Deployment:
        return from_json(Deployment, self.call("GET", "/v1/deployment").json())

    def until(self, holds: Callable[[Deployment], Any], *, within_s: float = 60) -> Deployment:
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            try:
                found = self.deployment()
            except requests.ConnectionError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
                continue
            if holds(found):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{found}\n{self.log.read_text()[-3000:]}")

    def turn(self, text: str, conversation: str | None = None) -> dict[str, Any]:
        """A message through the Rasa that serves now, as the gateway sends it: again where it cannot connect."""
        context = Context(conversation or f"c-{uuid.uuid4().hex}", uuid.uuid4().hex, "web", issued_at=time.time())
        body = {"context": sign(context, key=self.key), "text": text}
        answer = requests.post(f"{self.deployment().url}/webhooks/shopclerk/turn", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


def serving(deployment: Deployment) -> bool:
    return deployment.state == "serving"


def archive_copy(rig, folder: Path, name: str, key: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(rig.archive, folder / name)
    seal(folder / name, key=key)
    return name


@pytest.fixture(scope="module")
def control(rig, tmp_path_factory) -> Iterator[Control]:
    """One control program with two archives of the same training."""
    from conftest import KEY

    folder = tmp_path_factory.mktemp("control")
    shutil.copytree(rig.folder / "project", folder / "project", ignore=shutil.ignore_patterns("models"))
    values = {
        "VAR_DIR": folder / "var",
        "ARCHIVES_DIR": folder / "models",
        "DATA_DIR": folder / "project" / "data",
        "CONTROL_PORT": free_port(),
        "BOT_PORTS": f"{free_port()},{free_port()}",
    }
    environment = {**rig.environment, **{f"SHOPCLERK_{name}": str(value) for name, value in values.items()}}
    archive_copy(rig, folder / "models", "20260101-one.tar.gz", KEY)
    made = Control(environment, folder / "project", KEY)
    made.models = folder / "models"
    made.until(serving)
    archive_copy(rig, folder / "models", "20260102-two.tar.gz", KEY)
    yield made
    assert made.stop() == 0


@pytest.fixture(autouse=True)
def healthy_services(rig) -> None:
    rig.nlu.reset()
    rig.nlu.misunderstands.clear()
    rig.actions.reset()


def test_it_serves_the_newest_archive_at_first(control):
    found = control.deployment()
    assert (found.state, found.active.name, found.active.is_active) == ("serving", "20260101-one.tar.gz", True)
    assert control.turn("hello")["replies"][0]["text"] == "Hello! What can I do?"
    assert requests.get(f"{control.url}/ready", timeout=5).status_code == 200


def test_everything_under_v1_needs_the_key(control):
    for path in ("/v1/deployment", "/v1/archives", "/v1/trainings", "/v1/trainings/x", "/v1/nothing"):
        for given in (b"", b"Bearer wrong", b"Bearer \xff", f"Basic {control.key}"):
            headers = {"Authorization": given}
            assert requests.get(control.url + path, headers=headers, timeout=5).status_code == 401
    assert requests.post(f"{control.url}/v1/trainings", timeout=5).status_code == 401
    assert requests.get(f"{control.url}/health", timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ("{", 400, "invalid_input"),
        ("[]", 400, "invalid_input"),
        ('{"archive": 7}', 400, "invalid_input"),
        ('{"archive": "nothing.tar.gz"}', 404, "not_found"),
        ('{"archive": "../../etc/passwd"}', 404, "not_found"),
        ('{"archive": "active.json"}', 404, "not_found"),
    ],
)
def test_a_bad_wish_is_a_typed_error(control, body, status, kind):
    answer = control.call("POST", "/v1/deployment", data=body)
    assert (answer.status_code, answer.json()["error_type"]) == (status, kind)


def test_archives_are_listed_newest_first(control):
    rows = [from_json(ArchiveInfo, row) for row in control.call("GET", "/v1/archives").json()]
    assert [row.name for row in rows] == ["20260102-two.tar.gz", "20260101-one.tar.gz"]
    assert [row.is_active for row in rows] == [False, True]
    assert rows[0].size_bytes > 1000


def test_a_switch_drops_no_message_and_can_be_rolled_back(control, rig):
    first_url = control.deployment().url
    failures, answers, stop = [], [], threading.Event()

    def talk() -> None:
        while not stop.is_set():
            try:
                answers.append(control.turn("hello")["archive"])
            except Exception as error:
                failures.append(error)
            time.sleep(0.05)

    talkers = [threading.Thread(target=talk) for _ in range(3)]
    for talker in talkers:
        talker.start()
    try:
        answer = control.call("POST", "/v1/deployment", json={"archive": "20260102-two.tar.gz"})
        assert (answer.status_code, answer.json()["state"]) == (202, "loading")
        assert answer.json()["candidate"] == "20260102-two.tar.gz"
        assert control.call("POST", "/v1/deployment", json={"archive": "20260101-one.tar.gz"}).status_code == 409
        found = control.until(serving)
        assert (found.active.name, found.previous) == ("20260102-two.tar.gz", "20260101-one.tar.gz")
        assert found.url != first_url
        time.sleep(4)
        started = time.monotonic()
        assert control.call("POST", "/v1/deployment/rollback").status_code == 202
        found = control.until(serving)
        assert time.monotonic() - started < 30
        assert (found.active.name, found.previous) == ("20260101-one.tar.gz", "20260102-two.tar.gz")
    finally:
        stop.set()
        for talker in talkers:
            talker.join()
    assert failures == []
    assert set(answers) == {"20260101-one.tar.gz", "20260102-two.tar.gz"}
    assert read_pinned(control.models / "20260102-two.tar.gz").version in rig.nlu.loaded


def test_a_model_that_misunderstands_golden_messages_is_not_served(control, rig):
    version = read_pinned(control.models / "20260102-two.tar.gz").version
    rig.nlu.misunderstands.add(version)
    found = _failed_switch(control)
    assert "misunderstands 3 of 3 golden messages" in found.error
    assert "“hello” is goodbye instead of greet" in found.error


def test_a_model_whose_transformer_is_away_is_not_served(control, rig):
    rig.nlu.stop()
    assert "does not answer" in _failed_switch(control).error
    rig.nlu.reset()
    version, kept = next(iter(rig.nlu.versions)), dict(rig.nlu.versions)
    rig.nlu.versions.clear()
    try:
        assert f"There is no model version {version}" in _failed_switch(control).error
    finally:
        rig.nlu.versions.update(kept)


def test_a_tampered_archive_is_refused_at_once(control, rig):
    path = control.models / "20260103-bad.tar.gz"
    shutil.copy(control.models / "20260102-two.tar.gz", path)
    shutil.copy(manifest_path(control.models / "20260102-two.tar.gz"), manifest_path(path))
    answer = control.call("POST", "/v1/deployment", json={"archive": path.name})
    assert (answer.status_code, answer.json()["error_type"]) == (422, "broken_archive")
    path.unlink()
    manifest_path(path).unlink()
    assert control.deployment().url


def test_a_served_archive_that_is_deleted_goes_on_serving(control):
    path = control.models / control.deployment().active.name
    kept = path.with_suffix(".kept")
    path.rename(kept)
    try:
        found = control.deployment()
        assert (found.active.name, found.active.size_bytes) == (path.name, 0)
        assert control.turn("hello")["replies"]
    finally:
        kept.rename(path)


def test_a_rasa_that_is_killed_comes_back(control):
    conversation = f"c-{uuid.uuid4().hex}"
    control.turn("where is my order", conversation)
    for pid in _children(control.process.pid):
        os.kill(pid, signal.SIGKILL)
    control.until(lambda found: not serving(found), within_s=5)
    started = time.monotonic()
    control.until(serving)
    assert time.monotonic() - started < 20
    answer = control.turn("it is #W2611340", conversation)
    assert answer["replies"][0]["text"] == "Done: action_track_order #W2611340"


def test_a_training_runs_and_its_archive_can_be_promoted(control, rig):
    nlu = control.models.parent / "project" / "data" / "nlu" / "nlu.yml"
    nlu.write_text(nlu.read_text().replace("      - cu\n", "      - cu\n      - so long then\n"))
    begun = control.call("POST", "/v1/trainings")
    assert begun.status_code == 202
    run = from_json(TrainingRun, begun.json())
    assert run.state == "running"
    assert control.call("POST", "/v1/trainings").status_code == 409
    seen = [run := _training(control, run.run_id)]
    while run.state == "running":
        time.sleep(0.1)
        run = _training(control, run.run_id)
        seen.append(run)
    assert run.state == "succeeded", run
    assert any(row.stage.startswith("Transformer: epoch") and 0 < row.progress < 1 for row in seen)
    assert [row.progress for row in seen] == sorted(row.progress for row in seen)
    assert run.model_version in rig.nlu.versions
    assert run.log_tail
    assert control.call("POST", "/v1/deployment", json={"archive": run.archive}).status_code == 202
    control.until(lambda found: serving(found) and found.active.name == run.archive)
    assert control.turn("so long then")["replies"][0]["text"] == "Goodbye!"
    assert [row["run_id"] for row in control.call("GET", "/v1/trainings").json()] == [run.run_id]
    assert control.call("GET", "/v1/trainings/none").status_code == 404


def test_a_training_that_fails_says_why(control):
    rules = control.models.parent / "project" / "data" / "rules" / "rules.yml"
    good = rules.read_text()
    rules.write_text(good.replace("utter_goodbye", "utter_nothing"))
    run = from_json(TrainingRun, control.call("POST", "/v1/trainings").json())
    while (run := _training(control, run.run_id)).state == "running":
        time.sleep(0.2)
    rules.write_text(good)
    assert run.state == "failed"
    assert run.error
    assert "utter_nothing" in "\n".join(run.log_tail)


def test_what_was_chosen_and_trained_is_remembered_over_a_restart(control):
    chosen = control.deployment().active.name
    trainings = control.call("GET", "/v1/trainings").json()
    children = _children(control.process.pid)
    control.process.kill()
    control.process.wait(timeout=10)
    _until_gone(children)
    control.start()
    found = control.until(serving)
    assert found.active.name == chosen
    assert control.call("GET", "/v1/trainings").json() == trainings


def test_a_port_in_use_is_a_sentence(control):
    done = subprocess.run(
        control.command, cwd=ROOT, env=control.environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_archive_it_waits_and_says_what_to_do(rig, tmp_path, key):
    values = {
        "VAR_DIR": tmp_path / "var",
        "ARCHIVES_DIR": tmp_path / "models",
        "CONTROL_PORT": free_port(),
        "BOT_PORTS": f"{free_port()},{free_port()}",
    }
    environment = {**rig.environment, **{f"SHOPCLERK_{name}": str(value) for name, value in values.items()}}
    control = Control(environment, rig.folder / "project", key)
    try:
        found = control.until(lambda found: found.error)
        assert "make train" in found.error
        assert requests.get(f"{control.url}/ready", timeout=5).status_code == 503
        assert control.call("POST", "/v1/deployment/rollback").status_code == 404
        archive_copy(rig, tmp_path / "models", "20260101-one.tar.gz", key)
        control.until(serving)
    finally:
        assert control.stop() == 0


def _failed_switch(control: Control) -> Deployment:
    """Tries to serve the second archive; the first one must go on serving."""
    before = control.deployment().active.name
    assert control.call("POST", "/v1/deployment", json={"archive": "20260102-two.tar.gz"}).status_code == 202
    found = control.until(lambda found: found.state == "failed")
    assert found.active.name == before
    assert control.turn("hello")["archive"] == before
    return found


def _training(control: Control, run_id: str) -> TrainingRun:
    return from_json(TrainingRun, control.call("GET", f"/v1/trainings/{run_id}").json())


def _children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _until_gone(pids: list[int]) -> None:
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < end, "a Rasa process outlives its control program"
        time.sleep(0.1)
