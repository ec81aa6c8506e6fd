"""The address that orders go to from now on."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.account.base import VALUE, AccountChange, Slots
from actions.changes.base import Detail
from actions.changes.postal import read_address
from actions.message import Message
from actions.services import accounts, addresses
from actions.services.change_views import AddressView
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn
from contract.wire import from_json, to_json


class Home(Detail):
    """An address as JSON of ``AddressView``. Where it names no country, it is in that of the address until now."""

    slot = VALUE

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        if message.is_button:
            return None
        now = _now(turn)
        found = read_address(message.text, now.country if now else "")
        return to_json(found) if found is not None and found.country else None

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        country = "" if _now(turn) else " and country"
        turn.say(f"What is the address? Street and number, city and postal code{country} in one message, with commas.")

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        country = "" if _now(turn) else ", USA"
        return f"I need the whole address, like “14 Alder Street, Portland, OR 97205{country}”."


class DefaultAddress(AccountChange):
    name = "address"
    intent = "set_up_shipping_address"
    title = "My delivery address"
    called = "your delivery address"
    assent = "use it"
    value = Home()

    def read_back(self, turn: Turn, slots: Slots) -> str:
        new, now = from_json(AddressView, slots["value"]), _now(turn)
        instead = f" instead of {now.text}" if now is not None and now != new else ""
        return (
            f"send your orders to **{new.text}** from now on{instead}. Orders that you have placed already keep their "
            "address. Is that right?"
        )

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        new = from_json(AddressView, slots["value"])
        accounts.set_default_address(session, turn.viewer, new, key)
        return f"Done: new orders go to **{new.text}**."


def _now(turn: Turn) -> AddressView | None:
    with turn.reading() as session:
        return addresses.on_file(session, turn.viewer)
