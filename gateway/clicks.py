"""Tells the action server, which learns from it, that a shopper followed the link of a recommended product."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.links import ProductClick, ProductLink
from contract.settings import Settings
from contract.wire import TooMany, Unavailable
from gateway import action_server, logs
from gateway.http_client import HttpClient
from gateway.ratelimits import RateLimit

CLICKS_PER_MINUTE = 60  # of one client: whoever plays with a link keeps nobody's message from the action server

log = logs.get()


def _limit() -> RateLimit:
    return RateLimit(CLICKS_PER_MINUTE, sentence="Too many clicks.")


@dataclass
class Clicks:
    http: HttpClient
    settings: Settings
    limit: RateLimit = field(default_factory=_limit)

    async def note(self, link: ProductLink, *, client: str) -> None:
        """Tells of a click of a ``client``. Nobody waits for it: what fails is logged and lost."""
        click = ProductClick(link.message_id, link.product_id)
        try:
            self.limit.check(client)
            await action_server.post(self.http, self.settings, "/recommendations/clicked", click)
        except (TooMany, Unavailable) as error:
            log.warning("click_not_noted", product=link.product_id, cause=error.message)
