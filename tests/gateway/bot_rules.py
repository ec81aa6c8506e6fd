"""What the test bot says: the first word of a message chooses a behaviour, and its rest is the argument."""

from __future__ import annotations

import time
from collections.abc import Callable

from contract.conversation import Button, Card, CardField, Context, Effect, Reply, Source, TurnResult
from contract.nlu import IntentScore, ParseResult
from contract.signing import sign

Say = Callable[[Context, str, str], TurnResult]


def answer(context: Context, text: str, *, key: str) -> TurnResult:
    """The result of one turn; ``text`` is the typed text or the button's payload."""
    word, _, rest = text.partition(" ")
    return RULES.get(word, _echo)(context, rest, key)


def _echo(context: Context, rest: str, key: str) -> TurnResult:
    who = context.customer_id or "nobody"
    return TurnResult((Reply(text=f"heard {context.message_id} from {who} {list(context.identified_orders)}"),))


def _buttons(context: Context, rest: str, key: str) -> TurnResult:
    card = Card(
        "order",
        "Order A1",
        image_url="javascript:alert(1)",
        fields=(CardField("Total", "9.99"),),
        buttons=(Button("Cancel it", '/cancel_order{"order_id": "A1"}'),),
    )
    buttons = (Button("Yes", "/affirm"), Button("No", "/deny"))
    return TurnResult((Reply("Choose", buttons, (card,), Source("Policy", "https://shop.example/policy")),))


def _effect(context: Context, key: str, **fields: str) -> TurnResult:
    conversation_id = fields.pop("conversation_id", context.conversation_id)
    effect = Effect(conversation_id=conversation_id, issued_at=time.time(), **fields)  # type: ignore[arg-type]
    return TurnResult((Reply("Done."),), effects=(sign(effect, key=key),))


def _handoff(context: Context, rest: str, key: str) -> TurnResult:
    return _effect(context, key, kind="handoff", ticket_id="T-1", reason="asked")


def _silent_handoff(context: Context, rest: str, key: str) -> TurnResult:
    return TurnResult((), effects=_effect(context, key, kind="handoff", ticket_id="T-2", reason="asked").effects)


def _markup(context: Context, rest: str, key: str) -> TurnResult:
    return TurnResult((Reply("<script>alert(1)</script> \u202eevil\u0000 **bold**"),))


def _big(context: Context, rest: str, key: str) -> TurnResult:
    cards = tuple(Card("product", "P" * 1500) for _ in range(12))
    return TurnResult(tuple(Reply("x" * 6000, cards=cards) for _ in range(20)))


def _understood(context: Context, rest: str, key: str) -> TurnResult:
    intent = IntentScore(rest, 0.9)
    understood = ParseResult(rest, intent, (intent,), (), 0.0, rest == "nlu_fallback", "version-1")
    return TurnResult((Reply(f"understood {rest}"),), prediction=understood)


RULES: dict[str, Say] = {
    "buttons": _buttons,
    "identify": lambda context, rest, key: _effect(context, key, kind="identified", order_id=rest),
    "verify": lambda context, rest, key: _effect(context, key, kind="verified", customer_id=rest),
    "forget": lambda context, rest, key: _effect(context, key, kind="forgotten", customer_id=rest),
    "handoff": _handoff,
    "silent-handoff": _silent_handoff,
    "forge": lambda context, rest, key: _effect(context, "another key" * 4, kind="verified", customer_id="C-9"),
    "foreign": lambda context, rest, key: _effect(
        context, key, kind="verified", customer_id="C-9", conversation_id="someone-else"
    ),
    "empty": lambda context, rest, key: TurnResult(()),
    "blank": lambda context, rest, key: TurnResult((Reply("   "), Reply(None))),
    "broken-action": lambda context, rest, key: TurnResult((), failed_action="action_order_status"),
    "markup": _markup,
    "understood": _understood,
    "big": _big,
}
