"""Scripted conversations: some in `make test`; all of them, in every wording, in `make e2e-conversations`."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from actions.db import migrate
from actions.db.engine import make_engine, session_factory, transaction
from actions.db.seed.run import seed
from tests.e2e.conftest import PASSWORD_PAGE
from tests.e2e.conversations.play import Player
from tests.e2e.conversations.script import read_conversations
from tests.e2e.system import System

CONVERSATIONS = read_conversations()
CUSTOMERS, ORDERS = 2000, 7000
SHARE = 0.95  # of the rewordings must reach the same rows


@pytest.fixture(scope="module")
def player(system):
    with closing(Player(system)) as playing:
        yield playing


@pytest.fixture(scope="module")
def postgres_player(postgres_system):
    with closing(Player(postgres_system)) as playing:
        yield playing


@pytest.fixture(scope="module")
def player_of_many(trained, tmp_path_factory):
    """On a system with so many orders that each rewording of each conversation has one of its own."""
    running = System.prepare(tmp_path_factory.mktemp("many"), **PASSWORD_PAGE)
    engine = make_engine(running.settings.database_url("shop", driver="psycopg"))
    migrate.upgrade(engine)
    with transaction(session_factory(engine)) as session:
        seed(session, Path(running.settings.data_dir), customers=CUSTOMERS, orders=ORDERS)
    engine.dispose()
    try:
        with closing(Player(running.start())) as playing:
            yield playing
    finally:
        running.stop()


@pytest.mark.parametrize("conversation", [c for c in CONVERSATIONS if c.short], ids=lambda c: c.name)
def test_short_selection(player, conversation):
    result = player.play(conversation)
    assert not result.wrong, "\n".join([*result.wrong, *result.lines])


@pytest.mark.conversations
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c.name)
def test_as_scripted(player, conversation):
    result = player.play(conversation)
    assert not result.wrong, "\n".join([*result.wrong, *result.lines])


@pytest.mark.conversations
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c.name)
def test_as_scripted_on_postgresql(postgres_player, conversation):
    result = postgres_player.play(conversation)
    assert not result.wrong, "\n".join([*result.wrong, *result.lines])


@pytest.mark.conversations
def test_rewordings_reach_the_same_rows(player_of_many):
    results = [player_of_many.play(c, wording) for c in CONVERSATIONS for wording in range(1, c.wordings)]
    missed = [result for result in results if not result.is_reached]
    for result in missed:
        sys.stderr.write("\n".join(["", *result.lines, *(f"  !! {text}" for text in result.wrong)]) + "\n")
    sys.stderr.write(f"\n{len(results) - len(missed)} of {len(results)} rewordings reached the same rows.\n")
    assert len(missed) <= (1 - SHARE) * len(results)
