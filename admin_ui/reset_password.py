"""``python -m admin_ui.reset_password NAME``: a new password for an operator who has forgotten it.

For whoever has the machine, where no other administrator can do it on the page *Accounts*.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from admin_ui.review.accounts import Accounts
from admin_ui.review.database import open_database
from admin_ui.review.passwords import made_up_password
from contract.settings import load
from contract.wire import ShopclerkError


def main(given: Sequence[str] | None = None) -> int:
    """Prints the new password; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m admin_ui.reset_password", description="A new password for an operator who has forgotten it."
    )
    parser.add_argument("name", help="of the account")
    name = parser.parse_args(given).name.strip().lower()
    password = made_up_password(name)
    try:
        database = open_database(load())
        try:
            database.migrate()
            Accounts(database).reset_password(name, password=password, by=None)
        finally:
            database.close()
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    sys.stdout.write(f"{name} logs in with {password} and should change it then.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
