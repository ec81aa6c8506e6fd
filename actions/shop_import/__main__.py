"""``python -m actions.shop_import FOLDER``: takes a shop's export into the database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from actions.db import migrate
from actions.db.engine import make_engine, session_factory
from actions.db.tools import tool_settings
from actions.shop_import.run import FileReport, import_shop
from contract.wire import ShopclerkError

SHOWN = 50


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0 if all went in, 1 if something did not."""
    parser = argparse.ArgumentParser(prog="python -m actions.shop_import", description="Takes a shop's export in.")
    parser.add_argument("folder", type=Path, help="holds products.json, users.json and orders.json")
    options = parser.parse_args(arguments)
    try:
        reports = _run(options.folder)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    sys.stdout.write("".join(_line(report) for report in reports))
    problems = [problem for report in reports for problem in report.problems]
    sys.stderr.write("".join(f"{problem}\n" for problem in problems[:SHOWN]))
    if len(problems) > SHOWN:
        sys.stderr.write(f"... and {len(problems) - SHOWN} more.\n")
    return 1 if problems else 0


def _run(folder: Path) -> list[FileReport]:
    settings = tool_settings()
    engine = make_engine(settings.database_url("shop", driver="psycopg"))
    try:
        migrate.upgrade(engine)
        return import_shop(session_factory(engine), folder, currency=settings.currency)
    finally:
        engine.dispose()


def _line(report: FileReport) -> str:
    return (
        f"{report.file:<14} {report.added:>6} added {report.changed:>6} changed {report.unchanged:>6} unchanged "
        f"{len(report.problems):>6} broken\n"
    )


if __name__ == "__main__":
    sys.exit(main())
