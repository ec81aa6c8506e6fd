"""What the action server tells the gateway by itself, outside a shopper's turn."""

from __future__ import annotations

from typing import Any, TypeVar

import httpx

from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable, from_json

T = TypeVar("T")
TIMEOUT_S = 10.0


class GatewayClient:
    """One thread uses it."""

    def __init__(self, settings: Settings) -> None:
        self._address = settings.gateway_url.rstrip("/")
        headers = {"Authorization": f"Bearer {settings.secret_key}"}
        self._http = httpx.Client(headers=headers, timeout=TIMEOUT_S, trust_env=False)

    def post(self, path: str, body: Any, answer: type[T]) -> T:
        """Posts JSON and reads the answer.

        Raises:
            Unavailable: the gateway does not answer, refuses, or does not answer as it should; it may have taken it.
        """
        try:
            found = self._http.post(f"{self._address}{path}", json=body)
            found.raise_for_status()
            return from_json(answer, found.json())
        except httpx.HTTPStatusError as error:
            raise Unavailable(f"The gateway refused {path} with status {error.response.status_code}.") from error
        except (httpx.HTTPError, ValueError, InvalidInput) as error:
            raise Unavailable(f"The gateway does not answer {path} ({type(error).__name__}).") from error
