"""One turn with the bot: signed context in, result out, within a deadline, behind a circuit breaker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from contract.conversation import Context, TurnRequest, TurnResult
from contract.settings import Settings
from contract.signing import sign
from gateway.bot_client import BotClient, BotFault
from gateway.breaker import Breaker
from gateway.deployment import DeploymentWatcher
from gateway.metrics import Metrics
from gateway.store.conversations import Conversation
from gateway.store.inbox import InboxRow

TURNS_AT_ONCE = 32
OVERLOADED = "overloaded"
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5


class TurnRunner:
    """Posts turns. A turn that cannot connect is tried again until the deadline: the bot answers one
    message id once, so a second attempt never acts twice."""

    def __init__(
        self, bot: BotClient, deployment: DeploymentWatcher, breaker: Breaker, metrics: Metrics, settings: Settings
    ) -> None:
        self._bot, self._deployment, self._breaker = bot, deployment, breaker
        self._metrics, self._settings = metrics, settings
        self._slots = asyncio.Semaphore(TURNS_AT_ONCE)

    async def run(
        self, conversation: Conversation, row: InboxRow, *, photos: tuple[str, ...], deadline_s: float
    ) -> TurnResult:
        """``photos``: ids of those that the shopper sent lately.

        Raises:
            BotFault: no answer in ``deadline_s`` seconds, a useless one, or the breaker is open.
        """
        if not self._breaker.allow():
            raise BotFault("breaker_open")
        try:
            result = await self._within(partial(self._request, conversation, row, photos), deadline_s)
        except BotFault as fault:
            self._count(fault)
            raise
        finally:
            self._metrics.breaker_open.set(self._breaker.is_open)
        self._breaker.succeeded()
        return result

    def _count(self, fault: BotFault) -> None:
        """A bot that answered nonsense did answer; of a turn that never reached it we know nothing."""
        if fault.is_outage:
            self._breaker.failed()
        elif fault.cause != OVERLOADED:
            self._breaker.succeeded()

    async def _within(self, request: Callable[[], TurnRequest], deadline_s: float) -> TurnResult:
        seen = [OVERLOADED]
        try:
            async with asyncio.timeout(deadline_s), self._slots:
                seen.append("deadline")
                return await self._attempts(request, seen)
        except TimeoutError:
            raise BotFault(seen[-1], is_outage=len(seen) > 1) from None

    async def _attempts(self, request: Callable[[], TurnRequest], seen: list[str]) -> TurnResult:
        pause = FIRST_PAUSE_S
        while True:
            url = self._deployment.url or await self._deployment.refresh()
            try:
                if url is None:
                    raise BotFault("no_deployment", is_retryable=True)
                with self._metrics.bot_seconds.time():
                    return await self._bot.turn(url, request())
            except BotFault as fault:
                if not fault.is_retryable:
                    raise
                seen.append(fault.cause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            await self._deployment.refresh()

    def _request(self, conversation: Conversation, row: InboxRow, photos: tuple[str, ...]) -> TurnRequest:
        context = Context(
            conversation_id=conversation.id,
            message_id=row.message_id,
            channel=conversation.channel,
            issued_at=time.time(),
            customer_id=conversation.customer_id,
            verified_at=conversation.verified_at,
            identified_orders=conversation.identified_orders,
            locale=self._settings.locale,
            photos=photos,
        )
        token = sign(context, key=self._settings.secret_key)
        return TurnRequest(context=token, payload=row.payload, text=None if row.payload else row.text)
