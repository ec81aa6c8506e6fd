"""Who is speaking: the signed context of the message, and what this very turn has proved since.

An effect reaches the gateway only with the turn's answer. Where one action proves who the shopper is and the next
one of the same turn needs it, the effect is read from the bot's messages of this turn: it carries our signature.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from actions.access import Viewer, viewer_from
from contract.conversation import Context, Effect, message_id_of
from contract.settings import Settings
from contract.signing import verify
from contract.wire import Unauthorised

NO_CONTEXT = "This message came without a sign of who sent it. Please send it again."


def read_context(latest: Mapping[str, Any], settings: Settings) -> Context:
    """The context that the gateway signed for this message; each of several requests in it has a message id of its own.

    Raises:
        Unauthorised: there is none, or it is forged or expired.
    """
    metadata = latest.get("metadata") or {}
    token = metadata.get("context")
    if not isinstance(token, str):
        raise Unauthorised(NO_CONTEXT)
    context = verify(Context, token, key=settings.secret_key)
    return dataclasses.replace(context, message_id=message_id_of(context, metadata))


def viewer_of(context: Context, events: Sequence[Mapping[str, Any]], settings: Settings) -> Viewer:
    """The viewer of the turn whose ``events`` (since the shopper's message) these are."""
    viewer = viewer_from(context, settings)
    for effect in _effects(events, settings):
        if effect.conversation_id == context.conversation_id:
            viewer = after(viewer, effect)
    return viewer


def after(viewer: Viewer, effect: Effect) -> Viewer:
    """The viewer as ``effect`` makes it."""
    if effect.kind == "verified" and effect.customer_id:
        return dataclasses.replace(viewer, customer_id=effect.customer_id, verified=True)
    if effect.kind == "forgotten":
        return dataclasses.replace(viewer, customer_id=None, verified=False, identified_orders=())
    if effect.kind == "identified" and effect.order_id:
        orders = dict.fromkeys([*viewer.identified_orders, effect.order_id])
        return dataclasses.replace(viewer, identified_orders=tuple(orders))
    return viewer


def _effects(events: Sequence[Mapping[str, Any]], settings: Settings) -> Iterator[Effect]:
    for event in events:
        custom = (event.get("data") or {}).get("custom") or {} if event.get("event") == "bot" else {}
        for token in custom.get("effects") or []:
            try:
                yield verify(Effect, str(token), key=settings.secret_key)
            except Unauthorised:
                continue
