"""Predictions written into the messages of Rasa's graph."""

from __future__ import annotations

from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
)
from rasa.shared.nlu.training_data.message import Message

from bot.understanding import parse_data
from contract.nlu import FALLBACK_INTENT, ParseResult

LOCAL_ONLY = "local_only"


def is_understood(message: Message) -> bool:
    """Whether a component before has named an intent."""
    return bool((message.get(INTENT) or {}).get(INTENT_NAME_KEY))


def is_local_only(message: Message) -> bool:
    """Whether the message's metadata forbids asking the service."""
    return bool((message.get(METADATA) or {}).get(LOCAL_ONLY))


def write_prediction(message: Message, result: ParseResult, *, understood_by: str) -> None:
    """Sets intent, ranking and entities. A fallback heads the ranking, where ``rasa test`` looks for it."""
    data = parse_data.from_result(result, understood_by=understood_by)
    ranking = data["intent_ranking"]
    if result.is_fallback:
        ranking = [{"name": FALLBACK_INTENT, "confidence": result.intent.confidence}, *ranking]
    message.set(INTENT, data["intent"], add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
    message.set(ENTITIES, data["entities"], add_to_output=True)
    message.set(parse_data.KEY, data[parse_data.KEY], add_to_output=True)
