"""How long messages take through the gateway, beside the bot alone: ``python tests/gateway/latency.py``.

Starts a gateway and the test bot on free ports, with SQLite in a temporary folder; prints milliseconds.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import aiohttp
import psutil
from conftest import SECRET, BotProcess, GatewayProcess

from contract.conversation import Context, TurnRequest
from contract.signing import sign
from contract.wire import dumps

SHOPPERS = (1, 8, 32)
MESSAGES = 640


async def through_gateway(http: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> None:
    body = {"message_id": str(uuid.uuid4()), "text": "Where is my order?"}
    async with http.post(f"{url}/v1/messages?wait=1", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert (await answer.json())["items"][0]["text"].startswith("heard")


async def to_bot(http: aiohttp.ClientSession, url: str, conversation_id: str) -> None:
    context = Context(conversation_id, str(uuid.uuid4()), "web", time.time())
    request = TurnRequest(sign(context, key=SECRET), text="Where is my order?")
    async with http.post(f"{url}/webhooks/shopclerk/turn", data=dumps(request)) as answer:
        assert (await answer.json())["replies"]


async def shopper(url: str, count: int, times: list[float]) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{url}/v1/session") as opened:
            headers = {"X-CSRF-Token": (await opened.json())["csrf_token"]}
        for _ in range(count):
            begun = time.perf_counter()
            await through_gateway(http, url, headers)
            times.append(time.perf_counter() - begun)


async def direct(bot_url: str, count: int, times: list[float]) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(count):
            begun = time.perf_counter()
            await to_bot(http, bot_url, str(uuid.uuid4()))
            times.append(time.perf_counter() - begun)


async def measure(gateway_url: str, bot_url: str, process: psutil.Process) -> None:
    for shoppers in SHOPPERS:
        alone: list[float] = []
        whole: list[float] = []
        count = MESSAGES // shoppers
        await asyncio.gather(*(direct(bot_url, count, alone) for _ in range(shoppers)))
        begun, used = time.perf_counter(), sum(process.cpu_times()[:2])
        await asyncio.gather(*(shopper(gateway_url, count, whole) for _ in range(shoppers)))
        cpu_ms = (sum(process.cpu_times()[:2]) - used) / MESSAGES * 1000
        rate = MESSAGES / (time.perf_counter() - begun)
        sys.stdout.write(
            f"{shoppers:3} shoppers: bot alone {_shown(alone)}; "
            f"through the gateway {_shown(whole)}; {rate:.0f} messages/s, {cpu_ms:.1f} ms of CPU each\n"
        )


def _shown(seconds: list[float]) -> str:
    ordered = sorted(value * 1000 for value in seconds)
    return f"p50 {statistics.median(ordered):.1f} p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bot = BotProcess()
        gateway = GatewayProcess(Path(folder), bot.url, {"messages_per_minute": "100000", "turn_deadline_s": "10"})
        try:
            bot.start()
            gateway.start()
            assert gateway.process is not None
            asyncio.run(measure(gateway.url, bot.url, psutil.Process(gateway.process.pid)))
        finally:
            gateway.stop()
            bot.stop()


if __name__ == "__main__":
    main()
