"""A gateway with every messenger set up, and local servers that stand in for their providers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.channels.provider import Provider


@pytest.fixture(scope="session")
def make_provider() -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def make(usual: Callable[[Any], Any]) -> Provider:
        made.append(Provider(usual))
        made[-1].start()
        return made[-1]

    yield make
    for provider in made:
        provider.stop()


@pytest.fixture
def conversation_of(bot: Any) -> Callable[[str], str]:
    """The id of the conversation in which the bot was last told a text."""
    return lambda text: bot.seen("turns", text=text)[-1]["conversation_id"]


@pytest.fixture
def items_of() -> Callable[..., list[tuple[str, str | None]]]:
    """What is stored of a conversation: author and text."""

    def load(gateway: Any, conversation_id: str) -> list[tuple[str, str | None]]:
        query = "SELECT author, text FROM items WHERE conversation_id = ? ORDER BY seq"
        with sqlite3.connect(gateway.folder / "gateway.db") as db:
            return db.execute(query, (conversation_id,)).fetchall()

    return load
