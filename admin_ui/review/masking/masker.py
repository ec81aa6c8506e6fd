"""Masks a message and keeps track of where every character went, so that spans stay right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from admin_ui.review.masking.analyzer import find_personal_data
from admin_ui.review.masking.pseudonyms import Pseudonyms
from admin_ui.review.masking.spans import Found, without_overlaps

MAX_LENGTH = 10_000
UNPRINTABLE = "unprintable"
HINTED = frozenset({"person_name", "email", "zip_code", "order_id", "tracking_id", "invoice_id"})
# Control characters, marks that turn the writing direction, tag characters, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]+"
)
_SPACE = re.compile(r"[\t\n\r\u2028\u2029\x0b\x0c\x85]+")


@dataclass(frozen=True)
class Hint:
    """An entity that the model found: a second opinion on where personal data stands."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True)
class Edit:
    """``[start, end)`` of the original became ``replacement``. ``kind`` is what was found there."""

    start: int
    end: int
    replacement: str
    kind: str


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and how it came about."""

    text: str
    edits: tuple[Edit, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``[start, end)`` of the original is now. A border inside a mask moves to the mask's border."""
        return self._moved(start, to_end=False), self._moved(end, to_end=True)

    def places(self) -> list[tuple[int, int, str]]:
        """``(start, end, kind)`` of every stand-in, in ``text``."""
        found, shift = [], 0
        for edit in self.edits:
            start = edit.start + shift
            shift += len(edit.replacement) - (edit.end - edit.start)
            if edit.kind != UNPRINTABLE:
                found.append((start, start + len(edit.replacement), edit.kind))
        return found

    def _moved(self, offset: int, *, to_end: bool) -> int:
        shift = 0
        for edit in self.edits:
            if offset >= edit.end:
                shift += len(edit.replacement) - (edit.end - edit.start)
            elif offset > edit.start:
                return edit.start + shift + (len(edit.replacement) if to_end else 0)
        return min(max(offset + shift, 0), len(self.text))


class Masker:
    """``mask`` is pure and thread-safe; the same key gives the same stand-ins.

    Args:
        key: the installation's secret key.
    """

    def __init__(self, key: str) -> None:
        self._pseudonyms = Pseudonyms(key)

    def mask(self, text: str, hints: Sequence[Hint] = ()) -> Masked:
        """``text`` with every piece of personal data replaced by a natural stand-in of the same form."""
        text = text[:MAX_LENGTH]
        return self._masked(text, [*_unprintable(text), *find_personal_data(text), *_hinted(text, hints)])

    def mask_spans(self, text: str, spans: Sequence[Hint]) -> Masked:
        """``text`` with stand-ins for those ``spans`` that are personal data by their entity, and nothing else."""
        return self._masked(text, _hinted(text, spans))

    def _masked(self, text: str, found: list[Found]) -> Masked:
        edits = tuple(self._edit(text, item) for item in without_overlaps(found))
        parts, place = [], 0
        for edit in edits:
            parts += [text[place : edit.start], edit.replacement]
            place = edit.end
        return Masked("".join([*parts, text[place:]]), edits)

    def mask_text(self, text: str) -> str:
        """Only the text of ``mask``."""
        return self.mask(text).text

    def _edit(self, text: str, item: Found) -> Edit:
        written = text[item.start : item.end]
        if item.kind == UNPRINTABLE:
            replacement = " " if _SPACE.search(written) else ""
        else:
            replacement = self._pseudonyms.replace(item.kind, _INVISIBLE.sub("", written))
        return Edit(item.start, item.end, replacement, item.kind)


def _unprintable(text: str) -> list[Found]:
    return [Found(m.start(), m.end(), UNPRINTABLE, 9) for p in (_SPACE, _INVISIBLE) for m in p.finditer(text)]


def _hinted(text: str, hints: Sequence[Hint]) -> list[Found]:
    return [
        Found(hint.start, hint.end, hint.entity, 5)
        for hint in hints
        if hint.entity in HINTED and 0 <= hint.start < hint.end <= len(text)
    ]
