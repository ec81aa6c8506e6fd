"""The service as a process, and a tiny training for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contract.nlu import Example, TrainJob, TrainRequest
from contract.settings import ROOT
from contract.wire import from_json, to_json
from nlu_models.data.markup import parse_example

LINES = {
    "greet": "hello|hi there|good morning|hey|hi|good evening to you|hello shop|hey there",
    "track_order": (
        "where is my [red](color) [dress](product)|track order [#W1234567](order_id)"
        "|where is order [W7654321](order_id)|is my parcel on its way|status of my order please"
        "|when does my [blue](color) [shirt](product) arrive"
        "|track my parcel|has order [#W1112223](order_id) been sent"
    ),
    "cancel_order": (
        "cancel my order|please cancel [#W2223334](order_id)|I do not want the [green](color) [lamp](product) any more"
        "|cancel the [shirt](product)|stop my order|I want to cancel|cancel everything|please annul my purchase"
    ),
    "out_of_scope": (
        "what is the weather like|who won the match|tell me a joke|write a poem|how tall is that mountain"
        "|what is seven times eight|play some music|which film should I watch"
    ),
}
HELD = {
    "greet": "hello there|good morning shop",
    "track_order": "where is my [green](color) [shirt](product)|track parcel [#W9998887](order_id)",
    "cancel_order": "please cancel my order|cancel the [red](color) [dress](product)",
    "out_of_scope": "tell me a story|how is the weather today",
}
# The first layer of the real encoder and a few steps: it learns the lines above in seconds.
OPTIONS = {
    "kept_layers": [0],
    "epochs": 3,
    "least_steps": 24,
    "averaged": 1,
    "learning_rate": 3e-4,
    "seed": 3,
    "precision": "int8",
}


def examples_of(lines: dict[str, str]) -> tuple[Example, ...]:
    return tuple(parse_example(line, intent=name) for name, rows in lines.items() for line in rows.split("|"))


def tiny_request(**options: Any) -> TrainRequest:
    return TrainRequest(
        examples=examples_of(LINES),
        validation=examples_of(HELD),
        test=examples_of(HELD),
        synonyms={"crimson": "red"},
        options={**OPTIONS, **options},
    )


@dataclass
class Service:
    """The service as a process of its own."""

    url: str
    var_dir: Path
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def train(self, request: TrainRequest) -> TrainJob:
        answer = self.client.post("/v1/train", json=to_json(request))
        assert answer.status_code == 202, answer.text
        job = from_json(TrainJob, answer.json())
        end = time.monotonic() + 500
        while job.state not in ("succeeded", "failed") and time.monotonic() < end:
            time.sleep(0.1)
            job = self.job(job.job_id)
        return job

    def job(self, job_id: str) -> TrainJob:
        return from_json(TrainJob, self.client.get(f"/v1/train/{job_id}").json())


def start_service(var_dir: Path, *, under: Sequence[str] = (), log: Path | None = None) -> Service:
    """``under`` is a command that runs the service; ``log`` is for a var folder that only the service sees."""
    log = log or var_dir / "service.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOPCLERK_")}
    environ = {**inherited, "SHOPCLERK_VAR_DIR": str(var_dir), "SHOPCLERK_NLU_PORT": str(port)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*under, sys.executable, "-m", "nlu_models.serving"], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if client.get("/health").status_code == 200:
                return Service(str(client.base_url), var_dir, process, client)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the service did not start")


def stop_service(service: Service) -> int:
    service.client.close()
    service.process.terminate()
    return service.process.wait(20)
