"""Rasa's message processor, which tells us when an action fails instead of going on in silence."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.serving.events import KEY
from bot.serving.model_loading import load_model
from bot.tracker_store import messages_before
from bot.understanding.nlu_client import describe

logger = logging.getLogger(__name__)
EXTRACTION = "action_extract_slots"
_failed: ContextVar[list[str] | None] = ContextVar("failed_actions", default=None)


class Silence(OutputChannel):
    """Sends nothing: the replies are read from the tracker's events."""

    @classmethod
    def name(cls) -> str:
        return "shopclerk"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:  # noqa: ARG002
        return None


class TurnProcessor(MessageProcessor):
    """Handles messages that are understood already. ``session_messages``: a session's most shopper messages."""

    session_messages: int = 50

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        return Path(model_path).name, *load_model(Path(model_path))

    async def open_tracker(self, conversation_id: str) -> DialogueStateTracker:
        """The conversation as it is stored, in a new session where the last one is over."""
        tracker = await self.get_tracker(conversation_id)
        await self._update_tracker_session(tracker, Silence(), None)
        return tracker

    async def take(self, message: UserMessage, tracker: DialogueStateTracker, *, notes: Sequence[Event] = ()) -> bool:
        """One shopper message with ``parse_data``: acts on it and saves the conversation. Whether no action failed.

        Args:
            notes: events to store with the message, before the bot acts.

        Raises:
            Unavailable: the tracker store does not answer; nothing is stored then.
        """
        failed: list[str] = []
        token = _failed.set(failed)
        try:
            await self._handle_message_with_tracker(message, tracker)
            tracker.update_with_events(list(notes), self.domain)
            await self.run_action_extract_slots(message.output_channel, tracker)
            if not failed:
                await self._run_prediction_loop(message.output_channel, tracker)
        finally:
            _failed.reset(token)
        if failed:
            # The next message finds the bot listening, whatever the action left half done.
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)
            tracker.events[-1].metadata[KEY] = {"failed_action": failed[0]}
        await self.save_tracker(tracker)
        return not failed

    async def say(self, response: str, tracker: DialogueStateTracker, **values: Any) -> None:
        """A response of the domain, into the conversation; nothing where the domain does not have it."""
        if response in self.domain.responses:
            said = await self.nlg.generate(response, tracker, Silence.name(), **values) or {}
            tracker.update(BotUttered(said.get("text"), {}, {"utter_action": response}), self.domain)

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        try:
            return await super().run_action_extract_slots(output_channel, tracker)
        except Exception as error:
            self._note_failure(EXTRACTION, error)
            return tracker

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        failed = _failed.get()
        before = len(failed or ())
        run = action.run

        async def watched(*arguments: Any, **named: Any) -> Any:
            try:
                return await run(*arguments, **named)
            except ActionExecutionRejection:
                raise
            except Exception as error:
                self._note_failure(action.name(), error)
                return []

        action.run = watched
        goes_on = await super()._run_action(action, tracker, output_channel, nlg, prediction)
        return goes_on and len(failed or ()) == before

    def _has_session_expired(self, tracker: DialogueStateTracker) -> bool:
        messages = _messages_of_session(tracker)
        is_in_form = bool(tracker.active_loop_name)
        if messages >= self.session_messages * (2 if is_in_form else 1):
            return True
        return super()._has_session_expired(tracker)

    @staticmethod
    def _note_failure(name: str, error: Exception) -> None:
        logger.error("The action %s failed (%s).", name, describe(error))
        failed = _failed.get()
        if failed is not None:
            failed.append(name)


def _messages_of_session(tracker: DialogueStateTracker) -> int:
    """Counted in all events: Rasa's ``applied_events`` leaves out what was said in a form."""
    number = messages_before(tracker)
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted):
            break
        number += isinstance(event, UserUttered)
    return number
