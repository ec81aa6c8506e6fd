"""Asks the action server, which keeps the shop's tickets, of which conversations one is open."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from contract.conversation import OpenTickets
from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable, from_json
from gateway import action_server
from gateway.http_client import HttpClient


@dataclass
class Tickets:
    http: HttpClient
    settings: Settings

    async def open_in(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations of which a ticket is open.

        Raises:
            Unavailable: the action server does not answer, or not with what the contract says.
        """
        asked = OpenTickets(tuple(conversation_ids))
        body = await action_server.post(self.http, self.settings, "/tickets/open", asked)
        try:
            return set(from_json(OpenTickets, json.loads(body)).conversation_ids)
        except (ValueError, RecursionError, InvalidInput) as error:
            raise Unavailable("The action server does not tell which tickets are open.") from error
