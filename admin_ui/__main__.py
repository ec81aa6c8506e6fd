"""``python -m admin_ui``: upgrades the database, prints the set-up code of a new installation, serves the pages, and
forgets in the background what was erased."""

from __future__ import annotations

import sys
from typing import NoReturn

from streamlit.web.cli import main as streamlit

from admin_ui.keeper import Keeper
from admin_ui.launch import command
from admin_ui.review.accounts import Accounts
from admin_ui.review.database import open_database
from contract.settings import ROOT, Settings, load
from contract.wire import ShopclerkError


def main() -> NoReturn:
    """Streamlit runs in this very process, so that whoever started us can stop it.

    Raises:
        SystemExit: the program has ended; its code is 1 where it could not start.
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
    Keeper(settings).start()
    sys.argv = command(settings)[2:]  # as `python -m streamlit` would have it
    sys.path.insert(0, str(ROOT))
    sys.exit(streamlit())


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
