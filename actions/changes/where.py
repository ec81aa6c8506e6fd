"""Where the order shall go: a typed address, or the one of the account."""

from __future__ import annotations

from typing import Any

from actions.buttons import button
from actions.changes.base import Detail, Slots, case_of, policy_of
from actions.changes.postal import read_address, resembles_address
from actions.message import Message
from actions.services import addresses
from actions.services.change_views import AddressView
from actions.turn import Turn
from contract.wire import Conflict, from_json, to_json

ON_FILE = "on file"


class Where(Detail):
    """An address as JSON of ``AddressView``."""

    slot = "address"

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        with turn.reading() as session:
            old = addresses.quote(case_of(turn, session, slots["order_id"])).old
            mine = addresses.on_file(session, turn.viewer)
        if message.is_button:
            return to_json(mine) if message.first("choice") == ON_FILE and mine is not None else None
        found = read_address(message.text, old.country if old else "")
        return to_json(found) if found is not None else None

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        return super().is_answer(turn, slots) or (not turn.message.is_button and resembles_address(turn.message.text))

    def refused(self, turn: Turn, slots: Slots, value: Any) -> str | None:
        with turn.reading() as session:
            old = addresses.quote(case_of(turn, session, slots["order_id"])).old
        try:
            if old is not None:
                addresses.check(old, from_json(AddressView, value), policy_of(turn))
        except Conflict as error:
            return error.message
        return None

    def ask(self, turn: Turn, slots: Slots) -> None:
        with turn.reading() as session:
            old = addresses.quote(case_of(turn, session, slots["order_id"])).old
            mine = addresses.on_file(session, turn.viewer)
        offered = [button(mine.text, "inform", choice=ON_FILE)] if mine is not None and mine != old else []
        turn.say(
            "Where shall it go? Please write street and number, city and postal code in one message, with commas.",
            buttons=offered,
        )

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I need the whole address, like “14 Alder Street, Portland, OR 97205”."
