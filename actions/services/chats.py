"""Gives news to the gateway, which knows whether a chat takes it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import httpx

from contract.conversation import Button, News, NewsResult, sign
from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable, from_json

WITHIN_S = 5.0


class Chats:
    """The shoppers' chats, behind the gateway. One thread uses it."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key
        self._url = f"{settings.gateway_url.rstrip('/')}/v1/news"
        self._http = httpx.Client(timeout=WITHIN_S, trust_env=False)

    def tell(self, kind: str, order_id: str, customer_id: str, text: str, buttons: Sequence[Button] = ()) -> NewsResult:
        """How far the news is. Told again it stays one piece of news.

        Raises:
            Unavailable: the gateway does not answer, or not as it should; it may have taken the news.
        """
        news = News(kind, order_id, customer_id, text, time.time(), tuple(buttons))
        try:
            answer = self._http.post(self._url, json={"news": sign(news, key=self._key)})
            answer.raise_for_status()
            found: Any = answer.json()
            return from_json(NewsResult, found)
        except httpx.HTTPStatusError as error:
            raise Unavailable(f"The gateway refused news with status {error.response.status_code}.") from error
        except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError, InvalidInput) as error:
            raise Unavailable(f"The gateway cannot be told news ({type(error).__name__}).") from error
