"""What reviewers decide about messages: approve a label, leave a message out, take a decision back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_ui.review import audit, dialogue
from admin_ui.review.database import Database
from admin_ui.review.masking import Hint, Masker
from admin_ui.review.masking.masker import HINTED
from admin_ui.review.projection.text_key import text_key
from admin_ui.review.tables import Annotation, Turn
from admin_ui.review.training.files import read_examples
from admin_ui.review.training.labels import Labels, read_labels
from admin_ui.review.training.markup import check_spans, plain
from admin_ui.review.training.reviewed import ReviewedFiles
from contract.nlu import EntitySpan, Example
from contract.wire import Conflict, InvalidInput

APPROVED, REJECTED, REVOKED = "approved", "rejected", "revoked"


@dataclass(frozen=True)
class Decided:
    """``text`` is what was written to the training data; ``turns`` messages got the label."""

    text: str
    turns: int


class Decisions:
    """Args:
    nlu_dir: ``data/nlu``; approved examples go into its folder ``reviewed``.
    """

    def __init__(self, database: Database, *, masker: Masker, nlu_dir: Path) -> None:
        self._database, self._masker, self._nlu_dir = database, masker, nlu_dir
        self.files = ReviewedFiles(nlu_dir / "reviewed")

    def labels(self) -> Labels:
        """The labels that may be given.

        Raises:
            InvalidInput: a training file cannot be read.
        """
        return read_labels(self._nlu_dir)

    def approve(self, turn_id: int, *, intent: str, spans: list[dict[str, Any]], operator: str) -> Decided:
        """Labels a message and all that say the same, and writes one training example.

        ``spans`` are ``{start, end, entity}`` into the text that the review store shows.

        Raises:
            InvalidInput: a label that does not exist, a span out of range, empty or overlapping.
            Conflict: the hand-written training data has this text under another intent.
            NotFound: no such message.
        """
        spans = [_span(span) for span in spans]
        self.labels().check(intent, {span["entity"] for span in spans})
        with self._database.session() as session:
            turn = dialogue.turn(session, turn_id)
            _refuse_operators_turn(turn)
            check_spans(turn.text, spans)
            same = _same(session, turn)
            old = _example_texts(session, same)
            spans = self._without_persons(turn, spans)
            self._refuse_conflict(turn.text, intent)
            for member in same:
                is_turn = member.id == turn.id
                fitting = spans if is_turn or member.text == turn.text else []
                session.add(_annotation(member, operator, intent, fitting, APPROVED, is_example=is_turn))
                member.label = APPROVED
            audit.note(session, operator, "approve", f"message {turn.id}", intent=intent, turns=len(same))
            session.flush()
            example = Example(turn.text, intent, tuple(EntitySpan(s["start"], s["end"], s["entity"]) for s in spans))
            self.files.put(example, instead_of=old)
            return Decided(turn.text, len(same))

    def example_text(self, decided: Annotation) -> str:
        """What an approval put into the training data: of the messages that say the same, one text."""
        query = select(Annotation.text).where(Annotation.text_key == decided.text_key, Annotation.is_example.is_(True))
        with self._database.session() as session:
            return session.scalars(query.order_by(Annotation.id.desc()).limit(1)).first() or decided.text

    def reject(self, turn_id: int, *, operator: str) -> Decided:
        """These messages teach nothing: they leave the queue, and the training data if they were in it."""
        return self._withdraw(turn_id, operator, state=REJECTED, label=REJECTED)

    def revoke(self, turn_id: int, *, operator: str) -> Decided:
        """Takes a decision back: the messages are as if nobody had looked at them."""
        return self._withdraw(turn_id, operator, state=REVOKED, label=None)

    def _withdraw(self, turn_id: int, operator: str, *, state: str, label: str | None) -> Decided:
        with self._database.session() as session:
            turn = dialogue.turn(session, turn_id)
            same = _same(session, turn)
            old = _example_texts(session, same)
            for member in same:
                session.add(_annotation(member, operator, member.intent or "", [], state, is_example=False))
                member.label = label
            audit.note(session, operator, state.removesuffix("d"), f"message {turn.id}", turns=len(same))
            session.flush()
            self.files.remove(old)
            return Decided(turn.text, len(same))

    def _without_persons(self, turn: Turn, spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Masks what the reviewer marked as personal and the masker had missed, in the turn itself too."""
        missed = [s for s in spans if s["entity"] in HINTED and not _covered(s, turn.masked)]
        masked = self._masker.mask_spans(turn.text, [Hint(s["start"], s["end"], s["entity"]) for s in missed])
        if not masked.edits:
            return spans
        moved = [{**span, **_moved(span, masked)} for span in spans]
        places = [{**place, **_moved(place, masked)} for place in turn.masked]
        new = [{"start": start, "end": end, "kind": kind} for start, end, kind in masked.places()]
        turn.entities = [
            {**entity, **_moved(entity, masked), **_shown(masked.text, _moved(entity, masked), entity, missed)}
            for entity in turn.entities
        ]
        turn.masked = sorted([*places, *new], key=lambda place: place["start"])
        turn.text = masked.text
        turn.text_key = text_key(masked.text, [(p["start"], p["end"], p["kind"]) for p in turn.masked])
        return moved

    def _refuse_conflict(self, text: str, intent: str) -> None:
        wanted = plain(text).casefold().split()
        for example in read_examples(self._nlu_dir):
            is_ours = example.source is not None and Path(example.source).parent == self.files.folder
            if not is_ours and example.intent != intent and example.text.casefold().split() == wanted:
                where = Path(example.source or "the training data").name
                raise Conflict(
                    f"{where} already has this very text as {example.intent}. Change it there, or choose that intent: "
                    "one text under two intents only confuses the model."
                )


def _span(span: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"start": int(span["start"]), "end": int(span["end"]), "entity": str(span["entity"])}
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"An entity needs a start, an end and a name, not {span!r}.") from error


def _refuse_operators_turn(turn: Turn) -> None:
    if turn.kind == "button":
        raise InvalidInput("The shopper pressed a button here: there are no words to learn from.")
    if not plain(turn.text).strip():
        raise InvalidInput("This message holds nothing that can be read: there are no words to learn from.")


def _same(session: Session, turn: Turn) -> list[Turn]:
    """The turn, and every typed message that says the same."""
    query = select(Turn).where(Turn.text_key == turn.text_key, Turn.kind == "message", Turn.id != turn.id)
    return [turn, *session.scalars(query.order_by(Turn.id))]


def _example_texts(session: Session, turns: list[Turn]) -> list[str]:
    """The texts that these turns put into the training data so far."""
    keys, ids = {turn.text_key for turn in turns}, [turn.id for turn in turns][:500]
    said = Annotation.text_key.in_(keys) | Annotation.turn_id.in_(ids)
    return list(session.scalars(select(Annotation.text).where(said, Annotation.is_example.is_(True)).distinct()))


def _annotation(
    turn: Turn, operator: str, intent: str, spans: list[dict[str, Any]], state: str, *, is_example: bool
) -> Annotation:
    return Annotation(
        turn_id=turn.id,
        at=time.time(),
        operator=operator,
        text=turn.text,
        text_key=turn.text_key,
        intent=intent,
        spans=spans,
        state=state,
        is_example=is_example,
    )


def _covered(span: dict[str, Any], masked: list[dict[str, Any]]) -> bool:
    return any(place["start"] <= span["start"] and span["end"] <= place["end"] for place in masked)


def _moved(span: dict[str, Any], masked: Any) -> dict[str, int]:
    start, end = masked.span(span["start"], span["end"])
    return {"start": start, "end": end}


def _shown(text: str, place: dict[str, int], entity: dict[str, Any], missed: list[dict[str, Any]]) -> dict[str, Any]:
    """The entity's words after masking; its value too where it was masked."""
    words = text[place["start"] : place["end"]]
    touched = any(s["start"] < entity["end"] and entity["start"] < s["end"] for s in missed)
    return {"text": words, "value": words if touched else entity.get("value")}


def newest_annotation(session: Session, turn_id: int) -> Annotation | None:
    """The decision that holds for a turn, None where there is none or it was taken back."""
    query = select(Annotation).where(Annotation.turn_id == turn_id).order_by(Annotation.id.desc()).limit(1)
    found = session.scalars(query).first()
    return None if found is None or found.state == REVOKED else found
