"""A gateway with every messenger set up, and local servers that stand in for their providers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.channels.people import PEOPLE, Person
from tests.gateway.channels.provider import Provider


@pytest.fixture(scope="session")
def providers() -> Iterator[dict[str, Provider]]:
    """One for each messenger's name; Meta's two share one, as they do in life."""
    made: dict[str, Provider] = {}
    for person in PEOPLE:
        made.setdefault(person.url_setting, person.provider_kind(person.usual))
    for provider in made.values():
        provider.start()
    yield {person.channel: made[person.url_setting] for person in PEOPLE}
    for provider in made.values():
        provider.stop()


@pytest.fixture(scope="module")
def messengers(make_gateway: Callable[..., Any], providers: dict[str, Provider]) -> Any:
    """The gateway with every messenger set up."""
    settings = {name: value for person in PEOPLE for name, value in person.settings.items()}
    for person in PEOPLE:
        settings.update(person.urls(providers[person.channel]))
    return make_gateway(**settings, email_poll_s=0.1, turn_deadline_s=5, messages_per_minute=8, photo_max_mb=1)


@pytest.fixture
def someone(messengers: Any, providers: dict[str, Provider], bot: Any) -> Iterator[Callable[..., Any]]:
    """Makes people on a messenger."""
    yield lambda kind: kind(messengers, providers[kind.channel])
    for provider in providers.values():
        provider.next_answers.clear()
        provider.next_files.clear()


@pytest.fixture(params=PEOPLE, ids=lambda kind: kind.channel)
def person(request: pytest.FixtureRequest, someone: Callable[..., Person]) -> Person:
    """Somebody new, on each messenger in turn."""
    return someone(request.param)


@pytest.fixture
def operators(messengers: Any) -> Iterator[httpx.Client]:
    key = {"Authorization": f"Bearer {messengers.environ()['SHOPCLERK_SECRET_KEY']}"}
    with httpx.Client(base_url=f"{messengers.url}/v1/operator", headers=key) as client:
        yield client


@pytest.fixture
def all_sent(messengers: Any, eventually: Callable[..., Any]) -> Callable[[], Any]:
    """Waits until everything is sent and that is written: a person is slower than that, a test is not."""

    def waiting() -> int:
        with sqlite3.connect(messengers.folder / "gateway.db") as db:
            return int(db.execute("SELECT count(*) FROM deliveries WHERE next_at IS NOT NULL").fetchone()[0])

    return lambda: eventually(lambda: waiting() == 0)
