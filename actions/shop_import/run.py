"""Goes through the export: products, then users, then orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from actions.db.engine import transaction
from actions.db.models import Base, Customer, Order, Product
from actions.shop_import.files import digest, read_records
from actions.shop_import.orders import import_order, preload_for_orders
from actions.shop_import.problems import UNSTORABLE, BrokenRecord, Problem, is_storable, record_path
from actions.shop_import.products import import_product
from actions.shop_import.users import import_user

BATCH = 100  # records a transaction: the chat goes on meanwhile


@dataclass(frozen=True)
class Kind:
    """One file of the export, its table, what takes a record in, and what reads a batch's other rows beforehand."""

    file: str
    table: type[Product | Customer | Order]
    take: Callable[[Session, str, Any, str, str], None]
    preload: Callable[[Session, dict[str, Any]], list[Base]] = lambda _session, _records: []


KINDS = (
    Kind("products.json", Product, import_product),
    Kind("users.json", Customer, import_user),
    Kind("orders.json", Order, import_order, preload_for_orders),
)


@dataclass
class FileReport:
    """How many records of a file were new, changed, the same as last time, and which were broken."""

    file: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_shop(sessions: sessionmaker[Session], folder: Path, *, currency: str = "USD") -> list[FileReport]:
    """Takes the export in ``folder`` in; broken records are left out and reported.

    Raises:
        InvalidInput: a file is missing or malformed; then nothing was taken in.
        Unavailable: the database does not answer.
    """
    files = [(kind, read_records(folder / kind.file)) for kind in KINDS]
    return [_import_file(sessions, kind, records, currency) for kind, records in files]


def _import_file(sessions: sessionmaker[Session], kind: Kind, records: dict[str, Any], currency: str) -> FileReport:
    report, rows = FileReport(kind.file), [row for row in records.items() if is_storable(row[0])]
    report.problems += [Problem(kind.file, record_path(key), UNSTORABLE) for key in records if not is_storable(key)]
    for start in range(0, len(rows), BATCH):
        with transaction(sessions) as session:
            _import_batch(session, kind, dict(rows[start : start + BATCH]), currency, report)
    return report


def _import_batch(session: Session, kind: Kind, records: dict[str, Any], currency: str, report: FileReport) -> None:
    query = select(kind.table.id, kind.table.import_digest, kind.table.source).where(kind.table.id.in_(records))
    known = {row.id: row for row in session.execute(query)}
    marks = {key: digest(data) for key, data in records.items()}
    news = {key: data for key, data in records.items() if key not in known or known[key].import_digest != marks[key]}
    report.unchanged += len(records) - len(news)
    held = kind.preload(session, news) if news else []  # noqa: F841 (the session itself holds them only weakly)
    for key, data in news.items():
        mark, before = marks[key], known.get(key)
        try:
            if before is not None and before.source != "import":
                raise BrokenRecord("", f"this id belongs to a record of the {before.source} shop.")
            with session.begin_nested():
                kind.take(session, key, data, mark, currency)
        except BrokenRecord as error:
            report.problems.append(Problem(kind.file, record_path(key) + error.where, error.sentence))
        except SQLAlchemyError as error:
            _refused(error, report, kind, key)
        else:
            report.added += before is None
            report.changed += before is not None


def _refused(error: SQLAlchemyError, report: FileReport, kind: Kind, key: str) -> None:
    """The database refuses one record: that is reported. A database that is gone ends the import."""
    if getattr(error, "connection_invalidated", False) or type(error).__name__ == "OperationalError":
        raise error
    sentence = f"the database refuses this record ({type(error).__name__})."
    report.problems.append(Problem(kind.file, record_path(key), sentence))
