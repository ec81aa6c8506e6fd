"""A training that is killed: told with a sentence, nothing left of it, and the service goes on."""

from __future__ import annotations

import time

import psutil

from contract.nlu import ModelInfo, TrainJob
from contract.wire import from_json, to_json
from tests.nlu_models.nlu_service_process import Service, tiny_request


def test_a_killed_training_is_told_and_leaves_nothing(service: Service, model: ModelInfo) -> None:
    body = to_json(tiny_request(epochs=500, patience=500))
    job = from_json(TrainJob, service.client.post("/v1/train", json=body).json())
    end = time.monotonic() + 90
    staging = service.var_dir / "nlu_models" / ".staging"
    while not list(staging.iterdir()) and time.monotonic() < end:
        time.sleep(0.05)
    (child,) = psutil.Process(service.process.pid).children()
    child.kill()
    while job.state not in ("succeeded", "failed") and time.monotonic() < end:
        time.sleep(0.05)
        job = service.job(job.job_id)
    assert (job.state, job.error_type) == ("failed", "unavailable")
    assert "killed (SIGKILL)" in str(job.error) and "The version that serves is untouched" in str(job.error)
    assert list(staging.iterdir()) == []
    answer = service.client.post("/v1/parse", json={"text": "where is my order"})
    assert answer.status_code == 200 and answer.json()["model_version"] == model.version
    assert [row["version"] for row in service.client.get("/v1/models").json()] == [model.version]
