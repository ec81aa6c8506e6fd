"""``python -m gateway`` serves; ``python -m gateway keys create NAME | list | revoke NAME`` keeps the API keys."""

from __future__ import annotations

import argparse
import sys

from contract import settings as contract_settings
from contract.wire import ShopclerkError
from gateway import keys_command, logs
from gateway.app import create_app
from gateway.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = contract_settings.load()
        logs.configure(settings.log_level)
        if chosen.command == "keys":
            sys.stdout.write(keys_command.run(settings, chosen.action, getattr(chosen, "name", None)))
        else:
            serve(create_app(settings), settings)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="The public door of Shopclerk.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve (the default)")
    actions = commands.add_parser("keys", help="API keys for machines").add_subparsers(dest="action", required=True)
    actions.add_parser("create", help="make a key and show it once").add_argument("name")
    actions.add_parser("list", help="names, and whether they are valid")
    actions.add_parser("revoke", help="make a key invalid from now on").add_argument("name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
