"""Messages that every model must understand before it may meet shoppers: ``data/evaluation/golden.yml``."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from contract.wire import InvalidTrainingData, Unavailable

NEEDED = 0.9
TIMEOUT_S = 5.0
_LABEL = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class GoldenMessage:
    text: str
    intent: str


def load_golden(path: Path) -> list[GoldenMessage]:
    """The messages of a Rasa NLU file, none where there is no file.

    Raises:
        InvalidTrainingData: the file is not of that form.
    """
    if not path.is_file():
        return []
    try:
        blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        return [GoldenMessage(text, block["intent"]) for block in blocks for text in _texts(block["examples"])]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InvalidTrainingData(f"{path} is not a Rasa NLU file with intents and examples: {error}") from error


async def check_golden(http: aiohttp.ClientSession, address: str, key: str, messages: list[GoldenMessage]) -> None:
    """Has the Rasa at ``address`` understand each message.

    Raises:
        Unavailable: fewer than 90 % get their intent from the transformer; the sentence names some that do not.
    """
    wrong = []
    for message in messages:
        intent, understood_by = await _parse(http, address, key, message.text)
        if understood_by != "transformer":
            raise Unavailable("The transformer service did not answer while the new model was checked.")
        if intent != message.intent:
            wrong.append(f"“{message.text}” is {intent} instead of {message.intent}")
    if messages and (len(messages) - len(wrong)) / len(messages) < NEEDED:
        raise Unavailable(
            f"The new model misunderstands {len(wrong)} of {len(messages)} golden messages: {'; '.join(wrong[:3])}."
        )


async def _parse(http: aiohttp.ClientSession, address: str, key: str, text: str) -> tuple[str, str]:
    headers = {"Authorization": f"Bearer {key}"}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with http.post(f"{address}/parse", json={"text": text}, headers=headers, timeout=timeout) as answer:
            data = await answer.json()
            return data["intent"]["name"], data["understood_by"]
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"The new Rasa could not be checked ({type(error).__name__}).") from error


def _texts(examples: str) -> list[str]:
    rows = [line.strip() for line in examples.splitlines()]
    return [_LABEL.sub(r"\1", row[2:].strip()) for row in rows if row.startswith("- ")]
