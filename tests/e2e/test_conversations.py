"""Scripted conversations: some in `make test`; all of them, in every wording, in `make e2e-conversations`."""

from __future__ import annotations

import sys
from contextlib import closing

import pytest

from tests.e2e.conversations.play import Player
from tests.e2e.conversations.script import read_conversations

CONVERSATIONS = read_conversations()
SHARE = 0.95  # of the rewordings must reach the same rows


@pytest.fixture(scope="module")
def player(system):
    with closing(Player(system)) as playing:
        yield playing


@pytest.fixture(scope="module")
def postgres_player(postgres_system):
    with closing(Player(postgres_system)) as playing:
        yield playing


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
def test_rewordings_reach_the_same_rows(player):
    results = [player.play(c, wording) for c in CONVERSATIONS for wording in range(1, c.wordings)]
    missed = [result for result in results if not result.is_reached]
    for result in missed:
        sys.stderr.write("\n".join(["", *result.lines, *(f"  !! {text}" for text in result.wrong)]) + "\n")
    sys.stderr.write(f"\n{len(results) - len(missed)} of {len(results)} rewordings reached the same rows.\n")
    assert len(missed) <= (1 - SHARE) * len(results)
