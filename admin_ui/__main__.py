"""``python -m admin_ui``: upgrades the database, prints the set-up code of a new installation, serves the pages."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from admin_ui.launch import command, environment
from admin_ui.review.accounts import Accounts
from admin_ui.review.database import open_database
from contract.settings import Settings, load
from contract.wire import ShopclerkError


def main() -> NoReturn:
    """Replaces this process by Streamlit's, so that whoever started us can stop it.

    Raises:
        SystemExit: the program cannot start; its code is 1.
    """
    try:
        settings = load()
        code = prepare(settings)
    except ShopclerkError as error:
        sys.stderr.write(f"The admin UI cannot start: {error.message}\n")
        sys.exit(1)
    if code:
        address = f"http://{settings.admin_host}:{settings.admin_port}"
        sys.stdout.write(f"Nobody has an account yet. Open {address} and make the first one with this code: {code}\n")
        sys.stdout.flush()
    arguments = command(settings)
    os.execve(arguments[0], arguments, environment())  # noqa: S606 - our own interpreter


def prepare(settings: Settings) -> str | None:
    """Upgrades the review database. A set-up code, where nobody has an account yet.

    Raises:
        ShopclerkError: the database cannot be used.
    """
    database = open_database(settings)
    try:
        database.migrate()
        accounts = Accounts(database)
        return accounts.new_setup_code() if accounts.needs_setup() else None
    finally:
        database.close()


if __name__ == "__main__":
    main()
