"""Asks the action server, which keeps the shop's tickets, of which conversations one is open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass

from contract.conversation import OpenTickets
from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable, dumps, from_json
from gateway.http_client import HttpClient, Unreachable, UselessAnswer

WITHIN_S = 10.0
MAX_BYTES = 64 * 1024


@dataclass
class Tickets:
    http: HttpClient
    settings: Settings

    async def open_in(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations of which a ticket is open.

        Raises:
            Unavailable: the action server does not answer, or not with what the contract says.
        """
        address = self.settings.actions_url.removesuffix("/webhook") + "/tickets/open"
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.settings.secret_key}"}
        content = dumps(OpenTickets(tuple(conversation_ids))).encode()
        try:
            async with asyncio.timeout(WITHIN_S):
                status, body = await self.http.send(
                    "POST", address, headers=headers, content=content, max_bytes=MAX_BYTES
                )
            if status != 200:
                raise Unavailable(f"The action server refuses to tell which tickets are open (status {status}).")
            return set(from_json(OpenTickets, json.loads(body)).conversation_ids)
        except (Unreachable, UselessAnswer, TimeoutError, ValueError, RecursionError, InvalidInput) as error:
            raise Unavailable("The action server does not tell which tickets are open.") from error
