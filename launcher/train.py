"""``make train``: train everything as ``make run`` would, and say where the archive is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from contract.settings import PREFIX, ROOT, load
from contract.wire import ShopclerkError
from launcher.console import LauncherError, fail
from launcher.prepare import make_secret_key, train
from launcher.programs import environment_for


def main() -> int:
    try:
        make_secret_key(Path(os.environ.get(f"{PREFIX}VAR_DIR", ROOT / "var")))
        train(environment_for(load()))
    except (LauncherError, ShopclerkError) as error:
        return fail(error)
    except KeyboardInterrupt:
        return fail(LauncherError("Stopped."))
    return 0


if __name__ == "__main__":
    sys.exit(main())
