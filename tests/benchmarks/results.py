"""What a benchmark found, kept in ``results/``."""

from __future__ import annotations

import json
import os
import platform
import time
from typing import Any

from launcher.environments import ROOT


def save(name: str, **found: Any) -> None:
    """Writes ``found`` with the date and the machine, and says where."""
    now = time.gmtime()
    machine = f"{os.cpu_count()} cores, {platform.platform()}"
    path = ROOT / "results" / f"{name}-{time.strftime('%Y%m%d-%H%M', now)}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({"date": time.strftime("%Y-%m-%d %H:%M UTC", now), "machine": machine, **found}, indent=2)
    )
    print(f"{machine}. Written to {path.relative_to(ROOT)}")
