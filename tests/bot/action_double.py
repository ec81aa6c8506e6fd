"""An action server that verifies the signed context and counts what it did."""

from __future__ import annotations

import time
from typing import Any

from http_double import HttpDouble

from contract.conversation import Context, Effect
from contract.signing import sign, verify


class ActionDouble(HttpDouble):
    """``done`` lists (action, message id, order id). ``responses`` replaces what an action says; ``puts_off`` makes all
    but the first request of a message inside a form wait."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.done: list[tuple[str, str, Any]] = []
        self.responses: list[dict[str, Any]] | None = None
        self.puts_off = False
        super().__init__()

    def reset(self) -> None:
        super().reset()
        self.done.clear()
        self.responses, self.puts_off = None, False

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        tracker = body["tracker"]
        metadata = tracker["latest_message"]["metadata"]
        context = verify(Context, metadata["context"], key=self.key)
        order_id = tracker["slots"].get("order_id")
        self.done.append((body["next_action"], context.message_id, order_id))
        effect = Effect("handoff", context.conversation_id, time.time(), ticket_id="T-1")
        card = {"kind": "order", "title": order_id or "no order", "fields": [{"label": "State", "value": "shipped"}]}
        custom = {"cards": [card], "effects": [sign(effect, key=self.key)]}
        said = [{"text": f"Done: {body['next_action']} {order_id}", "custom": custom}]
        later = tracker["latest_message"]["shopclerk"].get("parts", [])[1:] if self.puts_off else []
        waiting = {"event": "slot", "name": "requests", "value": {"waiting": later, "asked": []}}
        return 200, {
            "events": [waiting] if later else [],
            "responses": said if self.responses is None else self.responses,
        }
