"""What every action of the shop is: a name and ``perform(turn)``. Nothing it raises reaches Rasa."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import runtime
from actions.access import NeedsVerification
from actions.buttons import PERSON, VERIFY
from actions.rephrasing import fitted
from actions.turn import Event, Turn
from contract.conversation import Button, Reply
from contract.wire import ShopclerkError, TooMany, Unauthorised, Unavailable, to_json

logger = logging.getLogger(__name__)

BROKEN = "Sorry, something went wrong on our side and I could not do that. Please try again, or talk to a person."
NOT_YOURS = "Sorry, I could not make sure that this message is yours. Please send it again."


class ShopAction(Action):  # type: ignore[misc]
    """``action_name`` is the name in the domain."""

    action_name: ClassVar[str]

    def name(self) -> str:
        return self.action_name

    def perform(self, turn: Turn) -> list[Event]:
        """Says what is to be said through ``turn`` and gives back Rasa events. May raise typed errors.

        Runs in a thread: database work is fine here.
        """
        raise NotImplementedError

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:  # noqa: ARG002
        """What rasa-sdk calls."""
        replies, effects, events = await asyncio.to_thread(self._answer, tracker)
        for message in rasa_messages(replies, effects):
            dispatcher.utter_message(**message)
        return events

    def _answer(self, tracker: Tracker) -> tuple[list[Reply], list[str], list[Event]]:
        turn: Turn | None = None
        events: list[Event] = []
        try:
            turn = Turn(tracker, runtime.current())
            events = self.perform(turn)
            turn.replies = fitted(turn)
            failure = None
        except ShopclerkError as error:
            logger.info("%s was refused: %s", self.name(), type(error).__name__)
            failure = sentence_for(error)
        except Exception as error:
            logger.error("%s failed: %s", self.name(), _where(error))
            failure = Reply(BROKEN, (PERSON,))
        said, effects = (turn.replies, turn.effects) if turn else ([], [])
        return [*said, failure] if failure else said, effects, events


def sentence_for(error: ShopclerkError) -> Reply:
    """A typed error as what the shopper reads, with a way on."""
    if isinstance(error, Unauthorised):
        return Reply(NOT_YOURS)
    if isinstance(error, NeedsVerification):
        return Reply(error.message, (VERIFY, PERSON))
    if isinstance(error, Unavailable):
        return Reply("Sorry, I cannot reach the shop's records right now. Please try again in a minute.", (PERSON,))
    if isinstance(error, TooMany):
        return Reply(error.message, (PERSON,))
    return Reply(error.message)


def rasa_messages(replies: list[Reply], effects: list[str]) -> list[dict[str, Any]]:
    """Replies as arguments of ``utter_message``: cards, source and effects travel in ``json_message``."""
    messages = [_rasa_message(reply) for reply in replies]
    if effects:
        if not messages:
            messages.append({})
        messages[0].setdefault("json_message", {})["effects"] = effects
    return messages


def _rasa_message(reply: Reply) -> dict[str, Any]:
    custom = {"cards": to_json(reply.cards), "source": to_json(reply.source)}
    kept = {key: value for key, value in custom.items() if value}
    message: dict[str, Any] = {"text": reply.text, "buttons": [_rasa_button(button) for button in reply.buttons]}
    return {**message, "json_message": kept} if kept else message


def _rasa_button(button: Button) -> dict[str, str]:
    return {"title": button.title, "payload": button.payload}


def _where(error: BaseException) -> str:
    """Kind and place of a fault, without its text, which may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "unknown place"
    return f"{type(error).__name__} at {place}"
