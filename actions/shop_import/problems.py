"""What was wrong with a record, and where."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import String
from sqlalchemy import inspect as inspect_row

from actions.db.models import Base
from actions.services.money import to_minor
from contract.wire import InvalidInput, from_json, to_json

T = TypeVar("T")
UNSTORABLE = "holds a NUL or half of a surrogate pair, which cannot be stored."
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Problem:
    """``place`` is a JSON path such as ``$["#W2611340"].items[0].price``."""

    file: str
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file} {self.place}: {self.sentence}"


class BrokenRecord(Exception):
    """Part of a record cannot be used. ``where`` is a path within the record, such as ``.items[0].price``."""

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(sentence)
        self.where = where
        self.sentence = sentence


def record_path(record_id: str) -> str:
    """The JSON path of a record in its file."""
    return f"$[{json.dumps(record_id, ensure_ascii=False)}]"


def parse(kind: type[T], data: Any) -> T:
    """The record as ``kind``.

    Raises:
        BrokenRecord: a field is missing, of another type, or has a text that cannot be stored.
    """
    try:
        record = from_json(kind, data)
    except InvalidInput as error:
        where, _, sentence = error.message.removeprefix(kind.__name__).partition(" ")
        raise BrokenRecord(where, sentence) from error
    _check_characters(to_json(record), "")
    return record


def is_storable(text: str) -> bool:
    """False where a query with this text would fail as if the database were gone."""
    return _UNSTORABLE.search(text) is None


def minor(amount: Any, currency: str, where: str) -> int:
    """An amount of the record in minor units.

    Raises:
        BrokenRecord: not an amount, or a negative one.
    """
    try:
        value = to_minor(amount, currency)
    except InvalidInput as error:
        raise BrokenRecord(where, error.message) from error
    if not 0 <= value < 2**31:
        raise BrokenRecord(where, f"{amount} is not a possible amount.")
    return value


def option_texts(options: dict[str, Any], where: str) -> dict[str, str]:
    """Options as texts: ``true`` becomes ``yes``.

    Raises:
        BrokenRecord: a value is no text, number or truth value.
    """
    texts = {}
    for name, value in options.items():
        if not isinstance(value, str | int | float):
            raise BrokenRecord(f"{where}[{json.dumps(name)}]", f"must be a text, not {type(value).__name__}.")
        texts[name] = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return texts


def check_texts(*rows: Base) -> None:
    """Nothing, if every text fits its column. SQLite would take any, PostgreSQL none that is too long.

    Raises:
        BrokenRecord: a text does not fit.
    """
    for row in rows:
        for name, limit in _text_columns(type(row)):
            value = getattr(row, name)
            if isinstance(value, str) and len(value) > limit:
                raise BrokenRecord("", f"{name} has {len(value)} characters, at most {limit} are possible.")


@functools.cache
def _text_columns(table: type[Base]) -> list[tuple[str, int]]:
    """The columns that hold texts of a limited length, with how long they may be."""
    columns = [(attribute.key, attribute.columns[0].type) for attribute in inspect_row(table).column_attrs]
    return [(name, kind.length) for name, kind in columns if isinstance(kind, String) and kind.length is not None]


def _check_characters(value: Any, where: str) -> None:
    if isinstance(value, str) and not is_storable(value):
        raise BrokenRecord(where, UNSTORABLE)
    if isinstance(value, dict):
        for name, item in value.items():
            _check_characters(name, where)
            _check_characters(item, f"{where}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _check_characters(item, f"{where}[{number}]")
