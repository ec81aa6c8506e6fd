"""Shopclerk under load, through the gateway's public API."""

from __future__ import annotations

import uuid

import httpx

from tests.benchmarks.load import Say


def connector(address: str, client: httpx.AsyncClient):  # type: ignore[no-untyped-def]
    """A function that opens a session and returns what says a message in it."""

    async def connect() -> Say:
        opened = await client.post(f"{address}/v1/session", json={})
        opened.raise_for_status()
        cookies = dict(opened.cookies)
        client.cookies.clear()
        headers = {
            "X-CSRF-Token": opened.json()["csrf_token"],
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }

        async def say(text: str) -> bool:
            body = {"message_id": str(uuid.uuid4()), "text": text}
            answer = await client.post(f"{address}/v1/messages", params={"wait": 1}, json=body, headers=headers)
            return answer.status_code == 200 and any(item["author"] == "bot" for item in answer.json()["items"])

        return say

    return connect
