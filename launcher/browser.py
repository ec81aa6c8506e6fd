"""Chromium for the browser tests: found, or installed from Debian's packages where that is allowed.

``python -m launcher.browser`` prints its path; run as root on Debian it installs it first if it's missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from launcher.console import LauncherError, fail, say, step

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Path of a Chromium on PATH, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def ensure_browser() -> str:
    """
    Raises:
        LauncherError: there is none and it cannot be installed here; the sentence says what to do.
    """
    if find_browser() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Chromium, from Debian's packages"):
            _apt("update")
            _apt("install", "--yes", "--no-install-recommends", "chromium")
    path = find_browser()
    if path is None:
        raise LauncherError(
            "No Chromium was found: install it (Debian: `apt-get install chromium`) and run this again."
        )
    return path


def _apt(*arguments: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "-qq", *arguments], env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LauncherError(f"`apt-get {' '.join(arguments)}` failed: {done.stderr.strip()[-300:]}")


def main() -> int:
    try:
        say(ensure_browser())
    except LauncherError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
