"""``python3 -m launcher setup|run|train`` (``make`` calls it)."""

from __future__ import annotations

import argparse
import os
import sys

from launcher.console import LauncherError, fail
from launcher.environments import APP, ROOT, set_up


def main() -> int:
    parser = argparse.ArgumentParser(prog="launcher", description=__doc__)
    parser.add_argument("command", choices=("setup", "run", "train"))
    command = parser.parse_args().command
    try:
        set_up()
    except LauncherError as error:
        return fail(error)
    except KeyboardInterrupt:
        return fail(LauncherError("Stopped."))
    if command == "setup":
        return 0
    os.chdir(ROOT)
    os.execv(APP.executable, [str(APP.executable), "-m", f"launcher.{command}"])  # noqa: S606
    raise AssertionError("unreachable")


if __name__ == "__main__":
    sys.exit(main())
