"""A shopper's message from the gateway to the answer: who, what it means, what the bot does, once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.serving.action_endpoint import turn_ends_at
from bot.serving.later_requests import (
    asked,
    can_wait,
    inside_a_form,
    is_with_a_person,
    split,
    waiting,
    waiting_event,
    words_of,
)
from bot.serving.listening import to_event, was_heard
from bot.serving.locks import ConversationLocks
from bot.serving.processor import Silence, TurnProcessor
from bot.serving.replies import find_turn, to_result
from bot.serving.requests import check_context, check_id, check_turn, spoken
from bot.understanding.interpreter import Interpreter, Understood
from contract.conversation import (
    PART,
    Context,
    EraseRequest,
    Erasure,
    ListenRequest,
    TurnRequest,
    TurnResult,
    message_id_of,
)
from contract.settings import Settings
from contract.signing import verify
from contract.wire import Conflict

T = TypeVar("T")
LEAST_S = 1.0  # of the turn's time that must be left for one more request


class TurnService:
    """What the internal channel offers. One per Rasa process, used from its event loop alone."""

    def __init__(
        self, processor: TurnProcessor, interpreter: Interpreter, settings: Settings, *, archive: str | None
    ) -> None:
        self._processor, self._interpreter, self._settings = processor, interpreter, settings
        self._archive = archive
        self._locks = ConversationLocks()
        self._running: set[asyncio.Task[Any]] = set()

    async def turn(self, request: TurnRequest) -> TurnResult:
        """The answer to one message. The same message id again gets the same answer, and nothing is done twice.

        Raises:
            Unauthorised: the context is not ours or too old.
            InvalidInput, TooLarge: the text or the button cannot be used.
            Conflict: this message id came before with another text.
            Unavailable: the tracker store does not answer.
        """
        context = self._verified(request.context)
        check_turn(request, max_length=self._settings.max_text_length)
        return await self._to_the_end(self._turn(context, request))

    async def listen(self, request: ListenRequest) -> None:
        """Writes something into the conversation on which the bot does not act; twice is the same as once."""
        context = self._verified(request.context)
        event = to_event(request, context)
        await self._to_the_end(self._listen(context, event))

    async def erase(self, request: EraseRequest) -> None:
        """Forgets a conversation, after what is being answered in it; twice is the same as once.

        Raises:
            Unauthorised: the request is not the gateway's, or too old.
            Unavailable: the tracker store does not answer.
        """
        erasure = verify(Erasure, request.erasure, key=self._settings.secret_key)
        check_id(erasure.conversation_id, "conversation_id")
        await self._to_the_end(self._erase(erasure.conversation_id))

    async def parse(self, text: str) -> Understood:
        """What the bot understands, without a conversation."""
        return await self._interpreter.understand_text(text)

    async def drain(self) -> None:
        """Waits for what is being answered."""
        while self._running:
            await asyncio.wait(self._running)

    def _verified(self, token: str) -> Context:
        context = verify(Context, token, key=self._settings.secret_key)
        check_context(context)
        return context

    async def _turn(self, context: Context, request: TurnRequest) -> TurnResult:
        async with self._locks.hold(context.conversation_id):
            turn_ends_at.set(time.monotonic() + self._settings.turn_deadline_s)
            tracker = await self._processor.open_tracker(context.conversation_id)
            stored = find_turn(list(tracker.events), context.message_id)
            if stored is None:
                understood = await self._understand(request)
                await self._take(context, request, understood, tracker)
                stored = find_turn(list(tracker.events), context.message_id)
        assert stored is not None
        if isinstance(stored[0], UserUttered) and stored[0].text != spoken(request):
            raise Conflict(f"The message id {context.message_id} was used for another text.")
        return to_result(stored, archive=self._archive)

    async def _take(
        self, context: Context, request: TurnRequest, understood: Understood, tracker: DialogueStateTracker
    ) -> None:
        """The message and, as far as nothing is in their way, all requests that wait."""
        before = asked(tracker)
        parts = self._parts(understood.parse_data, tracker)
        first = self._message(context, request, parts[0])
        notes = []
        if len(parts) > 1:
            notes = [waiting_event([*parts[1:], *waiting(tracker)], [*before, *map(words_of, parts)])]
        went_well = await self._processor.take(first, tracker, notes=notes)
        queue, together = waiting(tracker), asked(tracker)
        number = 1
        while queue and went_well and self._is_free(tracker):
            number += 1
            taken = queue.pop(0)
            await self._processor.say("utter_next_request", tracker, request=taken["text"])
            message = self._message(context, request, taken, part=number)
            went_well = await self._processor.take(message, tracker, notes=[waiting_event(queue, together)])
        if together and went_well:
            await self._end(tracker, queue, before)

    @staticmethod
    def _parts(whole: dict[str, Any], tracker: DialogueStateTracker) -> list[dict[str, Any]]:
        if not can_wait(tracker):
            return [whole]
        return [inside_a_form(whole)] if tracker.active_loop_name else split(whole)

    async def _end(self, tracker: DialogueStateTracker, queue: list[dict[str, Any]], asked_before: list[str]) -> None:
        """Where nothing is open any more, what was asked for together is over: summed up, if it took some turns."""
        with_person = is_with_a_person(tracker)
        if not with_person and (queue or tracker.active_loop_name):
            return
        if asked_before and not with_person:
            listed = "; ".join(f"“{words}”" for words in asked_before)
            await self._processor.say("utter_all_requests", tracker, requests=listed)
        tracker.update(waiting_event([]), self._processor.domain)
        await self._processor.save_tracker(tracker)

    @staticmethod
    def _is_free(tracker: DialogueStateTracker) -> bool:
        """Whether one more request can be taken in this turn."""
        time_left = (turn_ends_at.get() or 0.0) - time.monotonic()
        return not tracker.active_loop_name and not is_with_a_person(tracker) and time_left > LEAST_S

    async def _listen(self, context: Context, event: Any) -> None:
        async with self._locks.hold(context.conversation_id):
            tracker = await self._processor.open_tracker(context.conversation_id)
            if not was_heard(tracker.events, event):
                tracker.update(event, self._processor.domain)
                await self._processor.save_tracker(tracker)

    async def _erase(self, conversation_id: str) -> None:
        async with self._locks.hold(conversation_id):
            await self._processor.tracker_store.erase(conversation_id)

    async def _understand(self, request: TurnRequest) -> Understood:
        if request.payload is not None:
            return self._interpreter.understand_payload(spoken(request))
        return await self._interpreter.understand_text(spoken(request))

    @staticmethod
    def _message(
        context: Context, request: TurnRequest, parse_data: dict[str, Any], *, part: int | None = None
    ) -> UserMessage:
        """``part``: the number in its turn of a request that is taken as a message of its own, from 2."""
        metadata = {"context": request.context, **({PART: part} if part else {})}
        return UserMessage(
            text=parse_data["text"] if part else spoken(request),
            output_channel=Silence(),
            sender_id=context.conversation_id,
            parse_data=parse_data,
            input_channel=context.channel,
            message_id=message_id_of(context, metadata),
            metadata=metadata,
        )

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Sanic cancels a handler whose client has gone; what is begun is finished and stored all the same."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()
