"""``python -m bot.archives ARCHIVE``: sign an archive that was trained elsewhere, after you have checked it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.archives.manifest import seal
from contract.settings import load
from contract.wire import ShopclerkError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.archives", description=__doc__)
    parser.add_argument("archive", type=Path)
    archive = parser.parse_args().archive
    try:
        manifest = seal(archive, key=load().secret_key)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    sys.stdout.write(f"Signed {manifest.archive}, which needs the transformer {manifest.model_version}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
