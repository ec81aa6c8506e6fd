"""The batcher: nobody waits alone, the queue has an end, one bad message hurts nobody else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.nlu import IntentScore, ParseResult
from contract.wire import InvalidInput, Unavailable
from nlu_models.registry.store import Registry
from nlu_models.serving.app import create_app
from nlu_models.serving.batcher import Batcher
from nlu_models.serving.loaded import LoadedModels
from nlu_models.serving.service import Service
from nlu_models.settings_access import without_secret


class Model:
    """Answers with the text itself; waits at the gate, and remembers its batches."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[list[str]] = []

    def parse(self, texts: Sequence[str]) -> list[ParseResult]:
        self.batches.append(list(texts))
        self.gate.wait(10)
        if "poison" in texts:
            raise InvalidInput("poison")
        score = IntentScore("a", 1.0)
        return [ParseResult(text, score, (score,), (), 0.0, False, "v", timings_ms={"model": 1.0}) for text in texts]


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


async def test_a_lone_message_does_not_wait(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor)
    await batcher.submit("warm", model)
    began = time.perf_counter()
    results = [await batcher.submit(str(i), model) for i in range(50)]
    assert (time.perf_counter() - began) / 50 < 0.02
    assert [result.text for result in results] == [str(i) for i in range(50)]
    assert all(len(batch) == 1 for batch in model.batches)
    assert results[0].timings_ms["model"] == 1.0 and results[0].timings_ms["queue"] >= 0


async def test_what_waits_together_goes_together(executor: ThreadPoolExecutor) -> None:
    sizes: list[int] = []
    model, batcher = Model(), Batcher(executor, at_once=1, max_batch=8, on_batch=lambda size, _: sizes.append(size))
    model.gate.clear()
    tasks = [asyncio.create_task(batcher.submit(str(i), model)) for i in range(20)]
    await asyncio.sleep(0.05)
    model.gate.set()
    results = await asyncio.gather(*tasks)
    assert [result.text for result in results] == [str(i) for i in range(20)]
    assert sum(sizes) == 20 and max(sizes) == 8 and len(sizes) <= 4


async def test_a_full_queue_refuses_and_recovers(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor, at_once=1, max_batch=2, limit=4)
    model.gate.clear()
    first = asyncio.create_task(batcher.submit("first", model))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(batcher.submit(str(i), model)) for i in range(4)]
    await asyncio.sleep(0)
    assert batcher.waiting == 4
    with pytest.raises(Unavailable, match="4 messages wait already") as caught:
        await batcher.submit("one more", model)
    assert caught.value.status == 503 and caught.value.retry_after == 1.0
    model.gate.set()
    assert [result.text for result in await asyncio.gather(first, *waiting)] == ["first", "0", "1", "2", "3"]
    assert (await batcher.submit("later", model)).text == "later"


async def test_a_batch_and_as_many_that_wait_are_let_in(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor, at_once=1, max_batch=32)
    model.gate.clear()
    first = [asyncio.create_task(batcher.submit(str(i), model)) for i in range(32)]
    await asyncio.sleep(0.05)
    tasks = first + [asyncio.create_task(batcher.submit(str(i), model)) for i in range(32, 65)]
    await asyncio.sleep(0.05)
    model.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, Unavailable) for result in results] == [False] * 64 + [True]
    assert [len(batch) for batch in model.batches] == [32, 32]


async def test_a_full_queue_is_503_over_http(executor: ThreadPoolExecutor, tmp_path: Path) -> None:
    app = create_app(without_secret({"SHOPCLERK_VAR_DIR": str(tmp_path)}))
    service = app.state.service = Service(without_secret({"SHOPCLERK_VAR_DIR": str(tmp_path)}))
    service.models.loaded = lambda _=None: Model()  # type: ignore[method-assign, assignment, return-value]
    service.batcher = Batcher(executor, limit=0)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://nlu") as client:
        answer = await client.post("/v1/parse", json={"text": "hello"})
        counted = (await client.get("/metrics")).text
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error_type"] == "unavailable" and "wait already" in answer.json()["error"]
    assert 'nlu_errors_total{error_type="unavailable"} 1.0' in counted


def test_a_version_that_many_ask_for_is_loaded_once(tmp_path: Path) -> None:
    loads: list[str] = []

    def load(version: str) -> Any:
        time.sleep(0.1)
        loads.append(version)
        return object()

    models = LoadedModels(Registry(tmp_path), load=load)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(models.get, ["v1"] * 8))
    assert loads == ["v1"] and len(set(map(id, found))) == 1


async def test_batches_are_worked_on_side_by_side(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor, at_once=2, max_batch=3)
    model.gate.clear()
    tasks = [asyncio.create_task(batcher.submit(str(i), model)) for i in range(10)]
    await asyncio.sleep(0.1)
    assert [len(batch) for batch in model.batches] == [3, 3] and batcher.waiting == 4
    model.gate.set()
    assert [result.text for result in await asyncio.gather(*tasks)] == [str(i) for i in range(10)]
    assert all(len(batch) <= 3 for batch in model.batches)


async def test_those_that_wait_are_shared(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor, at_once=2, shares=2, max_batch=8)
    model.gate.clear()
    tasks = [asyncio.create_task(batcher.submit(str(i), model)) for i in range(6)]
    await asyncio.sleep(0.1)
    assert [len(batch) for batch in model.batches] == [3, 2], "and not all with the first, while a core has none"
    model.gate.set()
    await asyncio.gather(*tasks)


async def test_whoever_comes_when_the_last_answer_goes_out_is_served(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor, at_once=1)

    async def talk(number: int) -> None:
        for turn in range(200):
            assert (await batcher.submit(f"{number}/{turn}", model)).text == f"{number}/{turn}"

    await asyncio.wait_for(asyncio.gather(*map(talk, range(3))), 30)
    assert batcher.waiting == 0


async def test_a_long_message_does_not_hold_the_event_loop(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor)
    model.gate.clear()
    task = asyncio.create_task(batcher.submit("long " * 1000, model))
    await asyncio.sleep(0.1)
    assert not task.done(), "and this line was reached meanwhile"
    model.gate.set()
    assert (await task).text == "long " * 1000


async def test_one_bad_message_fails_alone(executor: ThreadPoolExecutor) -> None:
    model, batcher = Model(), Batcher(executor, at_once=1)
    model.gate.clear()
    tasks = [asyncio.create_task(batcher.submit(text, model)) for text in ("x", "good", "poison", "fine")]
    await asyncio.sleep(0.05)
    model.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [getattr(result, "text", None) for result in results] == ["x", "good", None, "fine"]
    assert isinstance(results[2], InvalidInput)


async def test_versions_do_not_mix_and_who_left_is_not_served(executor: ThreadPoolExecutor) -> None:
    one, other, batcher = Model(), Model(), Batcher(executor, at_once=1)
    one.gate.clear()
    tasks = [
        asyncio.create_task(batcher.submit(f"{i}", model))
        for i, model in enumerate((one, one, other, one, other, other))
    ]
    await asyncio.sleep(0.05)
    tasks[4].cancel()
    one.gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(text for batch in one.batches for text in batch) == ["0", "1", "3"]
    assert [text for batch in other.batches for text in batch] == ["2", "5"]
