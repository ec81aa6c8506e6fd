"""``python -m nlu_models.training train --data data/nlu --evaluation data/evaluation``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from tqdm import tqdm

from contract.nlu import TrainRequest
from contract.wire import InvalidTrainingData, ShopclerkError
from nlu_models.data.rasa_yaml import NluData, read
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.space import watched
from nlu_models.registry.store import FOLDER, Registry
from nlu_models.settings_access import without_secret
from nlu_models.training.arguments import from_options
from nlu_models.training.cores import share_the_cores


def main(arguments: list[str] | None = None) -> int:
    """Entry of the command line; the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        with watched():
            return _train(options)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1


def read_request(data: Path, evaluation: Path, options: dict[str, object]) -> TrainRequest:
    """A request with the examples below ``data`` and the validation and test files of ``evaluation``."""
    train = read(data)
    parts = {name: _optional(evaluation / f"{name}.yml") for name in ("validation", "test")}
    return TrainRequest(
        examples=train.examples,
        validation=parts["validation"].examples,
        test=parts["test"].examples,
        synonyms=train.synonyms,
        options=options,
    )


def _train(options: argparse.Namespace) -> int:
    given = dict(_option(text) for text in options.set)
    settings = {"encoder": options.encoder, "device": options.device}
    request = read_request(options.data, options.evaluation, {**settings, **given})
    arguments = from_options(request.options)
    registry = Registry(Path(options.out) / FOLDER)
    mark = fingerprint(request, arguments)
    if known := registry.find(mark):
        sys.stdout.write(f"Nothing has changed: {known.version} was made from these data.\n")
        return 0
    share_the_cores()
    from nlu_models.training.pipeline import train

    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {postfix}") as bar:

        def show(progress: float, stage: str) -> None:
            bar.set_postfix_str(stage, refresh=False)
            bar.update(round(100 * progress, 1) - bar.n)

        trained = train(request, arguments, registry=registry, fingerprint=mark, on_step=show)
        show(1.0, "done")
    rows = [f"  {name:22} {value:.4f}" for name, value in trained.info.metrics.items()]
    rows += [f"Warning: {warning}" for warning in trained.report.warnings]
    where = registry.folder(trained.info.version)
    sys.stdout.write(
        "\n".join([f"{trained.info.version} on {trained.report.messages} messages", *rows, str(where), ""])
    )
    return 0


def _optional(path: Path) -> NluData:
    return read(path) if path.is_file() else NluData()


def _option(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidTrainingData(f"--set needs name=value, such as epochs=3, not {text!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _parser() -> argparse.ArgumentParser:
    settings = without_secret()
    parser = argparse.ArgumentParser(prog="python -m nlu_models.training", description="Train the transformer.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a version and publish it")
    train.add_argument("--data", type=Path, default=Path(settings.data_dir) / "nlu", help="folder of Rasa NLU files")
    train.add_argument(
        "--evaluation", type=Path, default=Path(settings.data_dir) / "evaluation", help="validation and test"
    )
    train.add_argument("--out", default=settings.var_dir, help="the var folder")
    train.add_argument("--encoder", default=settings.encoder)
    train.add_argument("--device", default=settings.device)
    train.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a training option")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
