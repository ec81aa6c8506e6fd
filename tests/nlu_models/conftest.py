"""A real, tiny training through the real service, once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from contract.nlu import ModelInfo, TrainJob
from contract.wire import from_json
from nlu_models.inference.parser import Parser
from tests.nlu_models.nlu_service_process import Service, start_service, stop_service, tiny_request


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = start_service(tmp_path_factory.mktemp("nlu_var"))
    yield running
    stop_service(running)


@pytest.fixture(scope="session")
def empty_service_answers(service: Service) -> dict[str, httpx.Response]:
    """What the service says before its first training."""
    return {
        "ready": service.client.get("/ready"),
        "parse": service.client.post("/v1/parse", json={"text": "hello"}),
        "models": service.client.get("/v1/models"),
    }


@pytest.fixture(scope="session")
def trained(service: Service, empty_service_answers: dict[str, httpx.Response]) -> TrainJob:
    job = service.train(tiny_request())
    assert job.state == "succeeded", job.error
    return job


@pytest.fixture(scope="session")
def model(service: Service, trained: TrainJob) -> ModelInfo:
    return from_json(ModelInfo, service.client.get(f"/v1/models/{trained.version}").json())


@pytest.fixture(scope="session")
def parser(service: Service, model: ModelInfo) -> Parser:
    return Parser(service.var_dir / "nlu_models" / model.version, version=model.version, threads=1)
