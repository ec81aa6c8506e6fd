"""Contexts and effects: only ours, only fresh, only for what they were signed for."""

import time

import pytest

from contract.conversation import Context, Effect
from contract.signing import sign, verify
from contract.wire import Unauthorised


def context(**changes):
    values = {"conversation_id": "c", "message_id": "m", "channel": "web", "issued_at": time.time()}
    return Context(**{**values, **changes})


def test_signed_context_comes_back_whole(key):
    signed = context(customer_id="noah", verified_at=1.5, identified_orders=("#W1", "#W2"))
    assert verify(Context, sign(signed, key=key), key=key) == signed


def test_every_altered_byte_is_noticed(key):
    token = sign(context(), key=key)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(Unauthorised):
            verify(Context, token[:place] + other + token[place + 1 :], key=key)


def test_another_key_is_refused(key):
    with pytest.raises(Unauthorised, match="not ours"):
        verify(Context, sign(context(), key="x" * 32), key=key)


def test_an_old_one_is_refused(key):
    with pytest.raises(Unauthorised, match="expired"):
        verify(Context, sign(context(issued_at=time.time() - 61), key=key), key=key)


def test_a_context_is_no_effect(key):
    with pytest.raises(Unauthorised, match="not ours"):
        verify(Effect, sign(context(), key=key), key=key)


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "é.ü", "\x00.\x00", "\ud800.a", "a.\ud800"])
def test_garbage_is_refused(token, key):
    with pytest.raises(Unauthorised):
        verify(Context, token, key=key)
