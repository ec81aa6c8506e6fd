"""Reads the shop's database beside the running programs, to see what really happened."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from tests.e2e.system import System


def rows(system: System, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{system.settings.var_dir}/shop.db?mode=ro", uri=True) as connection:
        return connection.execute(query, values).fetchall()


def mailed_code(system: System, address: str, *, since: float = 0.0, seconds: float = 20.0) -> str:
    """The newest six-digit code that was mailed to ``address`` after ``since`` (unix seconds)."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        mails = [(path.stat().st_mtime, path) for path in Path(system.settings.var_dir, "mail").glob("*.eml")]
        for _, path in sorted((mail for mail in mails if mail[0] >= since), reverse=True):
            text = path.read_text("utf-8", "replace")
            if address in text and (found := re.search(r"\b(\d{6})\b", text.partition("\n\n")[2])):
                return found[1]
        time.sleep(0.2)
    raise AssertionError(f"No code was mailed to {address} within {seconds:.0f} s.")
