"""One request to another program: its errors as ours, and a sentence that names the program when it is down."""

from __future__ import annotations

from typing import Any

import httpx

from contract.wire import ShopclerkError, Unavailable, error_from_body

TIMEOUT_S = 5.0


class Service:
    """Args:
    name: how operators know it, such as ``the bot's control program``.
    start: the command that starts it.
    secret_key: sent as a bearer token; empty: none is sent.
    """

    def __init__(self, *, name: str, url: str, start: str, secret_key: str = "") -> None:
        self.name, self.url, self._start = name, url.rstrip("/"), start
        headers = {"Authorization": f"Bearer {secret_key}"} if secret_key else {}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_S, trust_env=False)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer.

        Raises:
            Unavailable: the program is not there, is too slow, or answers with something else.
            ShopclerkError: what the program answered.
        """
        return self._json(self._send("GET", path, params=params))

    def post(self, path: str, body: Any = None, *, timeout_s: float = TIMEOUT_S) -> Any:
        """As ``get``."""
        return self._json(self._send("POST", path, json={} if body is None else body, timeout=timeout_s))

    def put(self, path: str, body: Any) -> Any:
        """As ``get``."""
        return self._json(self._send("PUT", path, json=body))

    def delete(self, path: str) -> None:
        """As ``get``, without a body in the answer."""
        self._send("DELETE", path)

    def get_bytes(self, path: str) -> bytes:
        """The body of an answer as it is."""
        return self._send("GET", path).content

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except httpx.TimeoutException as error:
            raise Unavailable(f"{self.name} at {self.url} is too slow. Try again, or look at its log.") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"{self.name} at {self.url} does not answer. Start it with `{self._start}`.") from error
        if answer.is_success:
            return answer
        raise self._error(answer)

    def _error(self, answer: httpx.Response) -> ShopclerkError:
        if answer.status_code in (401, 403):
            return Unavailable(
                f"{self.name} at {self.url} does not accept our key. Give all programs the same SHOPCLERK_SECRET_KEY."
            )
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or "error_type" not in body:
            return Unavailable(
                f"{self.name} at {self.url} answered with status {answer.status_code} to {answer.request.url.path}."
            )
        return error_from_body(answer.status_code, body)

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise Unavailable(f"{self.name} at {self.url} answered with something that is no JSON.") from error
