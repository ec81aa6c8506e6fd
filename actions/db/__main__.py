"""``python -m actions.db upgrade|seed|info``: the shop's database from the command line."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, func, select

from actions.db import migrate
from actions.db.engine import make_engine, session_factory, transaction
from actions.db.models import Base, Mark, Product
from actions.db.seed.run import MARK, seed
from actions.db.tools import tool_settings
from contract.settings import Settings
from contract.wire import ShopclerkError


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0, or 1 after a sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        settings = tool_settings()
        engine = make_engine(settings.database_url("shop", driver="psycopg"))
        try:
            _say(_COMMANDS[options.command](engine, settings, options))
        finally:
            engine.dispose()
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


def _upgrade(engine: Engine, _settings: Settings, _options: argparse.Namespace) -> str:
    before, after = migrate.upgrade(engine)
    if before == after:
        return f"The shop's database is up to date (revision {after})."
    return f"The shop's database was brought from revision {before or 'none'} to {after}."


def _seed(engine: Engine, settings: Settings, options: argparse.Namespace) -> str:
    migrate.upgrade(engine)
    with transaction(session_factory(engine)) as session:
        if options.if_empty and session.get(Mark, MARK) is None and session.scalar(select(Product.id).limit(1)):
            return "This is a shop of its own: the demo shop stays out."
        report = seed(session, Path(settings.data_dir), day=options.day, currency=settings.currency)
    if not report.created:
        return f"The demo shop of {report.day} is there already; nothing was changed."
    return (
        f"The demo shop of {report.day}: {report.products} products, {report.customers} customers, "
        f"{report.orders} orders."
    )


def _info(engine: Engine, _settings: Settings, _options: argparse.Namespace) -> str:
    with transaction(session_factory(engine, read_only=True)) as session:
        revision = migrate.current(session.connection())
        lines = [f"Database   {engine.url.render_as_string(hide_password=True)}", f"Revision   {revision or 'none'}"]
        if revision is None:
            return "\n".join([*lines, "It has no tables yet: run `python -m actions.db upgrade`."])
        mark = session.get(Mark, MARK)
        lines.append(f"Demo shop  {mark.value if mark else 'no'}")
        for table in Base.metadata.sorted_tables:
            lines.append(f"{session.scalar(select(func.count()).select_from(table)):>9}  {table.name}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m actions.db", description="The shop's database.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="make the tables, or bring them to the newest schema")
    filler = commands.add_parser("seed", help="put the demo shop in (once)")
    filler.add_argument("--day", type=date.fromisoformat, help="the day on which it looks fresh, such as 2026-11-24")
    filler.add_argument("--if-empty", action="store_true", help="leave a database alone that has products already")
    commands.add_parser("info", help="what is in it")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


_COMMANDS = {"upgrade": _upgrade, "seed": _seed, "info": _info}

if __name__ == "__main__":
    sys.exit(main())
