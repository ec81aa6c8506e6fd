"""``make run``: prepare what is missing, start every program, print the addresses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from contract.settings import PREFIX, ROOT, load
from contract.wire import ShopclerkError
from launcher.console import LauncherError, fail, say
from launcher.ports import check_free
from launcher.prepare import make_secret_key, prepare_model, prepare_shop
from launcher.programs import environment_for, programs
from launcher.supervise import supervise


def main() -> int:
    try:
        make_secret_key(Path(os.environ.get(f"{PREFIX}VAR_DIR", ROOT / "var")))
        settings = load()
        check_free(settings)
        environ = environment_for(settings)
        prepare_shop(environ)
        prepare_model(settings, environ)
    except (LauncherError, ShopclerkError) as error:
        return fail(error)
    except KeyboardInterrupt:
        return fail(LauncherError("Stopped."))

    def announce(seconds: float) -> None:
        say(
            f"\n✓ Shopclerk is ready ({seconds:.1f} s).\n"
            f"    chat with the bot    http://{settings.gateway_host}:{settings.gateway_port}/\n"
            f"    review and retrain   http://{settings.admin_host}:{settings.admin_port}/\n"
            f"  Ctrl-C ends everything.\n"
        )

    say("▸ Starting the programs …")
    return supervise(programs(settings), environ, announce)


if __name__ == "__main__":
    sys.exit(main())
