"""Gives news to the gateway, which knows whether a chat takes it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from actions.services.gateway_client import GatewayClient
from contract.conversation import Button, News, NewsResult
from contract.settings import Settings
from contract.signing import sign


class Chats:
    """The shoppers' chats, behind the gateway. One thread uses it."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key
        self._gateway = GatewayClient(settings)

    def tell(self, kind: str, order_id: str, customer_id: str, text: str, buttons: Sequence[Button] = ()) -> NewsResult:
        """How far the news is. Told again it stays one piece of news.

        Raises:
            Unavailable: the gateway does not answer, or not as it should; it may have taken the news.
        """
        news = News(kind, order_id, customer_id, text, time.time(), tuple(buttons))
        return self._gateway.post("/v1/news", {"news": sign(news, key=self._key)}, NewsResult)
