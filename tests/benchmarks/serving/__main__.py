"""``make bench-serving``: the transformer service beside the bare model and beside stock Rasa, on this machine.

``python -m tests.benchmarks.serving [--model FOLDER] [--no-peer] [--peer-epochs N]``
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psutil
import uvloop
from tokenizers import Tokenizer

from contract.settings import ROOT
from nlu_models.data.rasa_yaml import read
from nlu_models.inference.engine import usual_threads
from nlu_models.inference.parser import MODEL_FILE, TOKENIZER_FILE
from nlu_models.inference.segments import pieces
from nlu_models.registry.store import FOLDER, Registry
from tests.benchmarks import results, stock_rasa
from tests.benchmarks.serving import measuring
from tests.benchmarks.serving.bare import Bare, best
from tests.benchmarks.serving.client import post
from tests.benchmarks.serving.load import closed
from tests.benchmarks.serving.measuring import Row
from tests.nlu_models.nlu_service_process import Service, start_service, stop_service

CORES = usual_threads()
TOKENS = 16
STARTS = 3


def main() -> None:
    arguments = _arguments()
    model: Path = arguments.model.resolve()
    rows = []
    print("| what | figure | goal | met |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="shopclerk-bench-") as folder:
        for row in _measure(model, Path(folder), arguments):
            rows.append(row)
            print(_line(row), flush=True)
    results.save("serving", model=model.name, rows=[asdict(row) for row in rows])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="folder of a model version; by default the newest of var/nlu_models")
    parser.add_argument("--no-peer", action="store_true", help="leave stock Rasa out")
    parser.add_argument("--peer-epochs", type=int, default=1, help="they change what it understands, not its speed")
    arguments = parser.parse_args()
    if arguments.model is None:
        root = ROOT / "var" / FOLDER
        versions = Registry(root).versions()
        if not versions:
            parser.error("There is no model in var/nlu_models: run `make train`, or say --model FOLDER.")
        arguments.model = root / versions[0]
    return arguments


def _measure(model: Path, folder: Path, arguments: argparse.Namespace) -> Iterator[Row]:
    """The rows, each as soon as it is known."""
    texts, ids = _messages(model)
    requests = [post("/v1/parse", text) for text in texts]
    with _serving(model, folder, starts=STARTS) as (service, ready_s):
        yield Row("ready after the process's start", f"{ready_s:.2f} s", "≤ 3 s", ready_s <= 3)
        yield from uvloop.run(_alone(service, requests, model / MODEL_FILE, ids))
        yield _memory(service.process.pid)
        if arguments.no_peer:
            return
        peer = stock_rasa.train(folder / "stock", folder / "shop.db", epochs=arguments.peer_epochs)
        try:
            stock_rasa.start(peer)
            theirs = [post("/model/parse", text) for text in texts]
            yield from uvloop.run(measuring.beside_the_peer(service.url, requests, peer.address, theirs))
        finally:
            peer.stop()


async def _alone(service: Service, requests: list[bytes], model: Path, ids: list[list[int]]) -> list[Row]:
    url = service.url
    await closed(url, requests, clients=measuring.CLIENTS, seconds=1.0)
    bares = [Bare(model, ids), Bare(model, ids, spinning_us=None)]
    rows = await measuring.lone(url, requests, bares)
    more, capacity = await measuring.full(url, requests, *best(bares, seconds=0.4), service.process.pid)
    rows += more
    rows.append(await measuring.full_side_by_side(url, requests, [Bare(model, ids, threads=1) for _ in range(CORES)]))
    rows += await measuring.half(url, requests, capacity)
    return rows + await measuring.overload(url, requests, capacity)


def _messages(model: Path) -> tuple[list[str], list[list[int]]]:
    """The evaluation messages of one sentence that have 16 tokens, and those tokens."""
    tokenizer = Tokenizer.from_file(str(model / TOKENIZER_FILE))
    tokenizer.no_padding()
    texts = [example.text for example in read(ROOT / "data" / "evaluation").examples if not pieces(example.text)]
    pairs = [(text, tokenizer.encode(text).ids) for text in texts]
    found = [(text, ids) for text, ids in pairs if len(ids) == TOKENS]
    return [text for text, _ in found], [ids for _, ids in found]


@contextmanager
def _serving(model: Path, folder: Path, *, starts: int) -> Iterator[tuple[Service, float]]:
    """The running service, and the median of the seconds that its starts took."""
    var = folder / "var"
    (var / FOLDER).mkdir(parents=True)
    (var / FOLDER / model.name).symlink_to(model)
    seconds = []
    for start in range(starts):
        began = time.perf_counter()
        service = start_service(var)
        while service.client.get("/ready").status_code != 200:
            time.sleep(0.02)
        seconds.append(time.perf_counter() - began)
        if start < starts - 1:
            stop_service(service)
    try:
        yield service, statistics.median(seconds)
    finally:
        stop_service(service)


def _memory(pid: int) -> Row:
    """After all that load."""
    process = psutil.Process(pid)
    used = process.memory_full_info()
    torch = any("libtorch" in mapped.path for mapped in process.memory_maps())
    figure = f"{used.rss / 1e6:.0f} / {used.pss / 1e6:.0f} MB, torch {'is there' if torch else 'is not there'}"
    small = used.rss <= 260e6 and not torch
    return Row("resident / proportional memory after the load", figure, "≤ 260 MB, no torch", small)


def _line(row: Row) -> str:
    met = "" if row.met is None else "yes" if row.met else "no"
    return f"| {row.what} | {row.figure} | {row.goal} | {met} |"


if __name__ == "__main__":
    main()
