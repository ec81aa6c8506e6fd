"""What a scripted conversation is, and how its file is read.

``given`` picks an order of the demo shop that no other conversation has used: ``status``, how many ``items`` at least,
``pays_with`` (the kind of payment method, or several), ``swappable`` (another variant of the first item is in stock),
``countable`` (more pieces of the first item are in stock), ``alone`` (its customer has nothing open), ``old`` (it
arrived too long ago to be sent back), ``late`` (or, with false, not late), ``dearer`` (a variant with a higher price is
in stock), ``other_method`` (the kind of every other way to pay). What the demo shop has nowhere is made so
(``arrange.py``): ``cheaper``, ``parcels``, ``twice``, ``sold_out``.
``covers`` names what the shop's front desk must be able to do (``front_desk.py``), ``unhappy`` that this is a case in
which the shopper does not get it just so.
``verified`` lets the shopper prove at the beginning who they are. Each turn is a wording, a list of wordings for the
same, or ``{press: title}`` (``first``: the first button of the last bubble that has some), with what the ``bot`` must
answer (a regular expression, any case). A turn with ``photo`` sends a picture along (or a ``text`` that is called one).
``rows`` are the checks at the end: ``{name: value}`` by ``facts.py``; ``"+2"``
is two more than before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contract.settings import ROOT
from contract.wire import from_json

FOLDER = ROOT / "tests" / "conversations"


@dataclass(frozen=True)
class Turn:
    """``shopper``: the wordings, the first one is the usual one. ``press``: a button instead. ``photo``: what is sent
    along as a photo, ``picture`` or ``text``."""

    shopper: tuple[str, ...] = ()
    press: str | None = None
    bot: str | None = None
    photo: str | None = None


@dataclass(frozen=True)
class Conversation:
    name: str
    turns: tuple[Turn, ...]
    rows: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)
    verified: bool = False
    short: bool = False
    covers: tuple[str, ...] = ()
    unhappy: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether it speaks of its order or shopper; the others may all be about the same one."""
        said = [text for turn in self.turns for text in (*turn.shopper, turn.press or "", turn.bot or "")]
        return self.verified or any("{" in text.replace("{{", "") for text in said)

    @property
    def wordings(self) -> int:
        """How many wordings its message with most of them has."""
        return max((len(turn.shopper) for turn in self.turns), default=1)


def read_conversations() -> list[Conversation]:
    """All scripted conversations, by file and place.

    Raises:
        InvalidInput: a key is missing or of the wrong type.
    """
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        found += [_conversation(path, data) for data in yaml.safe_load(path.read_text("utf-8"))]
    names = [conversation.name for conversation in found]
    assert len(set(names)) == len(names), "two conversations have the same name"
    return found


def _conversation(path: Path, data: dict[str, Any]) -> Conversation:
    turns = [_turn(turn) for turn in data["turns"]]
    return from_json(Conversation, {**data, "name": f"{path.stem}: {data['name']}", "turns": turns})


def _turn(data: Any) -> dict[str, Any]:
    turn: dict[str, Any] = {"shopper": data} if isinstance(data, (str, list)) else dict(data)
    said = turn.get("shopper", [])
    return {**turn, "shopper": [said] if isinstance(said, str) else list(said)}
