"""Never the same sentence three times in a row: what was said in both of the last two answers is not said a third time
as if it were new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from contract.conversation import Button, Reply
from gateway.sentences import PERSON_PAYLOAD, repeating
from gateway.store.items import StoredItem

LOOK_BACK = 24
PERSON_PAYLOADS = (PERSON_PAYLOAD, "/contact_human_agent")


def varied(replies: Sequence[Reply], earlier: Iterable[StoredItem]) -> tuple[Reply, ...]:
    """``replies`` with what both of the last two answers said marked as a repetition, and a person offered.

    Args:
        earlier: the conversation's last items, oldest first.
    """
    said_before = _last_two_answers(earlier)
    return tuple(
        _marked(reply) if reply.text and all(reply.text in texts for texts in said_before) else reply
        for reply in replies
    )


def _last_two_answers(earlier: Iterable[StoredItem]) -> list[set[str]]:
    """The texts of each; two empty sets, in which nothing is, where there are fewer than two."""
    answers: dict[str, set[str]] = {}
    for item in earlier:
        if item.author == "bot" and item.message_id is not None and item.text:
            answers.setdefault(item.message_id, set()).add(item.text)
    return [*([set()] * 2), *answers.values()][-2:]


def _marked(reply: Reply) -> Reply:
    offers_person = any(button.payload in PERSON_PAYLOADS for button in reply.buttons)
    person = () if offers_person else (Button("Talk to a person", PERSON_PAYLOAD),)
    return replace(reply, text=repeating(str(reply.text)), buttons=(*reply.buttons, *person))
