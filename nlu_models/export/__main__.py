"""``python -m nlu_models.export compress --version VERSION --kinds int8,heads,layers+int8 --tolerance 0.005``."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from contract.wire import ShopclerkError
from nlu_models.data.rasa_yaml import read
from nlu_models.registry.space import watched
from nlu_models.registry.store import FOLDER, Registry
from nlu_models.settings_access import without_secret
from nlu_models.training.cores import share_the_cores

KINDS = "int8,int8-blocks,heads+int8,layers+int8"


def main(arguments: list[str] | None = None) -> int:
    """Entry of the command line; the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        with watched():
            _compress(options)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


def _compress(given: argparse.Namespace) -> None:
    share_the_cores()
    # torch reads the environment when it is imported.
    from nlu_models.export.compress import Data, Options, compress

    options = Options(
        kinds=tuple(given.kinds.split(",")),
        tolerance=given.tolerance,
        heads=given.heads,
        layers=given.layers,
        recover=given.recover,
    )
    paths = [given.data, given.evaluation / "validation.yml", given.evaluation / "test.yml"]
    train, validation, test = (read(path).examples if path.exists() else () for path in paths)
    registry = Registry(Path(given.out) / FOLDER)
    version = given.version or next(iter(registry.versions()), "")
    info = compress(registry, version, Data(train, validation, test), options, show=_show)
    _show(f"published {info.version}, made from {version}: {registry.folder(info.version)}")


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    settings = without_secret()
    data = Path(settings.data_dir)
    parser = argparse.ArgumentParser(prog="python -m nlu_models.export", description="Make versions smaller.")
    commands = parser.add_subparsers(dest="command", required=True)
    compress = commands.add_parser(
        "compress",
        help="publish the fastest compressed form of a version that loses no more than it may",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = compress.add_argument
    add("--version", help="the version to compress; the newest where none is named")
    add("--kinds", default=KINDS, help="candidates: int8, int8-blocks, heads, layers, or several joined with +")
    add("--tolerance", type=float, default=0.005, help="of intents or entities that it may lose on validation")
    add("--heads", type=float, default=0.25, help="part of the attention heads that `heads` cuts out")
    add("--layers", type=int, default=1, help="layers that `layers` leaves out")
    add("--recover", type=int, default=1, help="epochs that a pruned model learns again; 0: none")
    add("--data", type=Path, default=data / "nlu", help="training examples, to recover with")
    add("--evaluation", type=Path, default=data / "evaluation", help="folder of validation.yml and test.yml")
    add("--out", default=settings.var_dir, help="the var folder")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
