"""Asks an OpenAI-compatible server, within a deadline that nothing the server does can stretch."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError as Cancelled
from typing import Any

import httpx

from contract.wire import InvalidInput, Unavailable

LARGEST = 64 * 1024
MAX_TOKENS = 300
Message = dict[str, str]


class ChatClient:
    """Threads may share one. Its connections live in an event loop in a thread of its own, begun with the first."""

    def __init__(self, url: str, model: str, key: str) -> None:
        """
        Args:
            url: the base address, such as ``http://127.0.0.1:8080/v1``.
            key: sent as bearer token; empty: none.

        Raises:
            InvalidInput: no such address, or no model.
        """
        if not url.startswith(("http://", "https://")) or not model:
            raise InvalidInput(
                "Generation needs SHOPCLERK_GENERATION_URL, which begins with http:// or https://, and "
                "SHOPCLERK_GENERATION_MODEL. Leave the address empty to do without."
            )
        self._url, self._model = f"{url.rstrip('/')}/chat/completions", model
        self._headers = {"Accept-Encoding": "identity"}  # what is small when packed may be large
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._http: httpx.AsyncClient | None = None
        self._starting = threading.Lock()

    def complete(self, messages: Sequence[Message], within_s: float) -> str:
        """The text that the server's model answers with.

        Raises:
            Unavailable: refused, not in time, larger than 64 KiB, or not what such a server answers.
        """
        answer = asyncio.run_coroutine_threadsafe(self._ask(messages, within_s), self._running())
        try:
            return answer.result(within_s + 0.2)
        except (TimeoutError, Cancelled):
            answer.cancel()
            raise Unavailable(f"The generation server did not answer within {within_s:.1f} s.") from None

    async def _ask(self, messages: Sequence[Message], within_s: float) -> str:
        if self._http is None:
            self._http = httpx.AsyncClient(headers=self._headers, timeout=None)  # noqa: S113 (the deadline is for all)
        body = {"model": self._model, "messages": list(messages), "temperature": 0, "max_tokens": MAX_TOKENS}
        try:
            async with asyncio.timeout(within_s), self._http.stream("POST", self._url, json=body) as response:
                if response.status_code != httpx.codes.OK:
                    raise Unavailable(f"The generation server answered with status {response.status_code}.")
                return _text(await _read(response))
        except httpx.HTTPError as error:
            raise Unavailable(f"The generation server cannot be asked ({type(error).__name__}).") from error

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="generation", daemon=True).start()
            return self._loop


async def _read(response: httpx.Response) -> bytes:
    content = b""
    async for part in response.aiter_raw():
        content += part
        if len(content) > LARGEST:
            raise Unavailable(f"The generation server's answer is larger than {LARGEST // 1024} KiB.")
    return content


def _text(content: bytes) -> str:
    try:
        answer: Any = json.loads(content)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise Unavailable("The generation server's answer is no chat completion.") from error
    if not isinstance(text, str):
        raise Unavailable("The generation server's answer has no text.")
    return text
