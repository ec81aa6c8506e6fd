"""``make bench``: our figures and the peer's, measured in one run, as tables for docs/benchmarks.md.

``python -m tests.benchmarks [latency] [training] [--peer-epochs N] [--rounds N]``
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks import memory, results, shopclerk_peer, stock_rasa, training
from tests.benchmarks.load import Connect, Figures, measure
from tests.e2e.system import System

SHOPPERS = (1, 8, 32)
GOALS_MS = {1: 60, 8: 250, 32: 900}


def main() -> None:
    arguments = _arguments()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="shopclerk-bench-") as folder:
        if "training" in arguments.parts:
            found["training"] = training.measure(Path(folder) / "training")
            print(training.table(found["training"]), flush=True)
        if "latency" in arguments.parts:
            found["latency"] = _latency(Path(folder), arguments.rounds, arguments.peer_epochs)
            print(_latency_table(found["latency"]), flush=True)
    results.save("benchmarks", **found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["latency", "training"])
    parser.add_argument("--rounds", type=int, default=3, help="times that each shopper says all messages")
    parser.add_argument("--peer-epochs", type=int, default=100, help="epochs of the peer's DIET and TED")
    return parser.parse_args()


def _latency(folder: Path, rounds: int, peer_epochs: int) -> dict[str, Any]:
    """Both systems trained first; then each is measured alone, on the idle machine, one after the other."""
    system = System.prepare(folder / "ours").start()
    try:
        ours = asyncio.run(_measure(lambda client: shopclerk_peer.connector(_address(system), client), rounds))
        assert system.process is not None
        used = memory.by_program(system.process.pid)
    finally:
        system.stop()
    peer = stock_rasa.train(folder / "stock", Path(system.settings.var_dir) / "shop.db", epochs=peer_epochs)
    stock_rasa.start(peer)
    try:
        theirs = asyncio.run(_measure(lambda client: stock_rasa.connector(peer, client), rounds))
        peer_memory = sum(sum(memory.by_program(process.pid).values()) for process in peer.processes)
    finally:
        peer.stop()
    return {
        "ours": [asdict(row) for row in ours],
        "stock_rasa": [asdict(row) for row in theirs],
        "ready_after_s": system.ready_after_s,
        "memory_mib": used,
        "peer_memory_mib": peer_memory,
        "peer_training_s": peer.training_s,
        "peer_epochs": peer_epochs,
    }


async def _measure(connector: Any, rounds: int) -> list[Figures]:
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        connect: Connect = connector(client)
        await measure(connect, shoppers=1, rounds=1)
        return [await measure(connect, shoppers=count, rounds=rounds) for count in SHOPPERS]


def _latency_table(result: dict[str, Any]) -> str:
    lines = [
        "| shoppers | ours p50 / p95 / p99 ms | stock Rasa p50 / p95 / p99 ms | ratio | goal | lost: ours | peer |",
        "|---|---|---|---|---|---|---|",
    ]
    for ours, peer in zip(result["ours"], result["stock_rasa"], strict=True):
        lines.append(
            f"| {ours['shoppers']} | {_row(ours)} | {_row(peer)} | {ours['median'] / peer['median']:.2f} "
            f"| {GOALS_MS[ours['shoppers']]} | {ours['lost']} | {peer['lost']} |"
        )
    total = sum(result["memory_mib"].values())
    lines += [
        "",
        f"Ready {result['ready_after_s']:.1f} s after the start. Memory of all programs (PSS): {total:.0f} MiB, "
        f"the peer's two processes: {result['peer_memory_mib']:.0f} MiB.",
        "",
        *(f"* {name}: {mib:.0f} MiB" for name, mib in sorted(result["memory_mib"].items(), key=lambda row: -row[1])),
    ]
    return "\n".join(lines)


def _row(figures: dict[str, Any]) -> str:
    return f"{figures['median']:.0f} / {figures['p95']:.0f} / {figures['p99']:.0f}"


def _address(system: System) -> str:
    return f"http://127.0.0.1:{system.settings.gateway_port}"


if __name__ == "__main__":
    main()
