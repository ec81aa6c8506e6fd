"""A disk that is full, before and during a training: told with its type, and what serves goes on serving.

The disk is a real one of a few megabytes (a tmpfs in a namespace of the service's own, so no root is needed).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.nlu import TrainJob
from contract.settings import ROOT
from contract.wire import NoSpace, from_json, to_json
from nlu_models.data.rasa_yaml import write
from nlu_models.registry.space import no_space, require, watched
from tests.nlu_models.nlu_service_process import LINES, Service, examples_of, start_service, stop_service, tiny_request
from tests.nlu_models.small_encoder import make_small_encoder

DISK = "48m"
FILE_LIMIT = 2 * 2**20


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Service, Path]]:
    """A service whose var folder is a disk of its own, and the way to that disk from here."""
    var = tmp_path / "var"
    var.mkdir()
    mount = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount += [f'mount -t tmpfs -o size={DISK} tmpfs "{var}" && exec "$@"', "sh"]
    probe = subprocess.run([*mount, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"This machine lets nobody mount a disk in a namespace: {probe.stderr.strip()}")
    service = start_service(var, under=mount, log=tmp_path / "service.log")
    yield service, Path(f"/proc/{service.process.pid}/root{var}")
    stop_service(service)


def fill(disk: Path) -> None:
    with (disk / "filler").open("ab", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"\0" * 65_536)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.timeout(400)
def test_a_disk_that_fills_up_while_it_trains(small_disk: tuple[Service, Path], encoder: Path) -> None:
    service, disk = small_disk
    first = service.train(tiny_request(encoder=str(encoder), epochs=1))
    assert first.state == "succeeded", first.error
    body = to_json(tiny_request(encoder=str(encoder), epochs=1000, patience=1000))
    job = from_json(TrainJob, service.client.post("/v1/train", json=body).json())
    end = time.monotonic() + 120
    while not job.stage.startswith("epoch") and time.monotonic() < end:
        time.sleep(0.1)
        job = service.job(job.job_id)
    fill(disk)
    while job.state == "running" and time.monotonic() < end:
        time.sleep(0.1)
        job = service.job(job.job_id)
    assert (job.state, job.error_type) == ("failed", "no_space"), job
    assert "The disk is full" in str(job.error) and "deleting versions" in str(job.error)

    assert names(disk / "nlu_models" / ".staging") == []

    fill(disk)
    refused = service.client.post("/v1/train", json={**body, "options": {**body["options"], "seed": 4}})
    assert (refused.status_code, refused.json()["error_type"]) == (507, "no_space")
    answer = service.client.post("/v1/parse", json={"text": "where is my order"})
    assert answer.status_code == 200 and answer.json()["model_version"] == first.version

    (disk / "filler").unlink()
    again = service.train(tiny_request(encoder=str(encoder), epochs=1, seed=5))
    assert again.state == "succeeded", again.error


def test_a_file_that_may_not_grow_ends_a_training(tmp_path: Path, encoder: Path) -> None:
    write(tmp_path / "nlu" / "a.yml", examples_of(LINES))
    places = ["--data", tmp_path / "nlu", "--evaluation", tmp_path, "--out", tmp_path, "--encoder", encoder]
    done = subprocess.run(
        [sys.executable, "-m", "nlu_models.training", "train", *places, "--set", "epochs=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT)),
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "The disk is full, or a quota is reached" in done.stderr and "File too large" in done.stderr
    assert {name: names(tmp_path / "nlu_models" / name) for name in names(tmp_path / "nlu_models")} == {
        ".checkpoints": [],
        ".staging": [],
    }


def test_a_training_that_would_not_fit_does_not_begin(tmp_path: Path) -> None:
    with pytest.raises(NoSpace, match=r"needs about \d+ MB and has \d+ MB free\. Free some space"):
        require(tmp_path, 2**60)
    require(tmp_path, 1)


def test_a_full_disk_is_told_from_other_failures(tmp_path: Path) -> None:
    with pytest.raises(NoSpace, match="No space left on device"), watched():
        Path("/dev/full").write_text("x")
    with pytest.raises(FileNotFoundError), watched():
        (tmp_path / "none").read_text()
    assert no_space(ValueError("x")) is None
