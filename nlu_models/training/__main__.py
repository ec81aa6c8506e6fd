"""``python -m nlu_models.training train`` makes a version, ``search`` looks for better options for it.

Several GPUs: ``torchrun --nproc-per-node 4 -m nlu_models.training train``, or the same with ``accelerate launch``.
"""

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
from nlu_models.training.arguments import as_text, from_options
from nlu_models.training.cores import share_the_cores
from nlu_models.training.search import SPACE, search


def main(arguments: list[str] | None = None) -> int:
    """Entry of the command line; the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        with watched():
            return _search(options) if options.command == "search" else _train(options)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1


def read_request(data: Path, evaluation: Path, options: dict[str, object], *, base: str | None = None) -> TrainRequest:
    """A request with the examples below ``data`` and the validation and test files of ``evaluation``."""
    train = read(data)
    parts = {name: _optional(evaluation / f"{name}.yml") for name in ("validation", "test")}
    return TrainRequest(
        examples=train.examples,
        validation=parts["validation"].examples,
        test=parts["test"].examples,
        synonyms=train.synonyms,
        options=options,
        base=base,
    )


def _train(options: argparse.Namespace) -> int:
    request, registry = _request(options, base=options.base), Registry(Path(options.out) / FOLDER)
    arguments = from_options(request.options)
    mark = fingerprint(request, arguments)
    share_the_cores()
    if known := registry.find(mark):
        sys.stdout.write(f"Nothing has changed: {known.version} was made from these data.\n")
        return 0
    from nlu_models.training.pipeline import assist, train
    from nlu_models.training.team import is_first, joined, share

    with joined(arguments.device):
        if not is_first():
            assist(request, arguments, registry=registry, fingerprint=mark)
            return 0
        if share()[1] > 1:
            sys.stdout.write(f"{share()[1]} processes train together.\n")
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


def _search(options: argparse.Namespace) -> int:
    request, registry = _request(options), Registry(Path(options.out) / FOLDER)
    share_the_cores()

    def tell(number: int, score: float | None, best: float) -> None:
        reached = "ended early" if score is None else f"{score:.4f}"
        sys.stdout.write(f"trial {number}: {reached}, best {best:.4f}\n")
        sys.stdout.flush()

    best = search(
        request,
        registry=registry,
        name=options.study,
        trials=options.trials,
        minutes=options.minutes,
        space=dict(_pair(text, "epochs=2..6") for text in options.range) or SPACE,
        on_trial=tell,
    )
    sys.stdout.write(f"Best: {json.dumps(best.options)}\nTrain with it: train --options {best.file}\n")
    return 0


def _request(options: argparse.Namespace, *, base: str | None = None) -> TrainRequest:
    given = _options_file(options.options) if options.options else {}
    given |= {name: _value(text) for name, text in (_pair(text, "epochs=3") for text in options.set)}
    settings = without_secret()
    named = {"encoder": options.encoder, "device": options.device}
    defaults: dict[str, object] = {"encoder": settings.encoder, "device": settings.device}
    chosen = {**defaults, **given, **{name: value for name, value in named.items() if value is not None}}
    return read_request(options.data, options.evaluation, chosen, base=base)


def _options_file(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidTrainingData(f"{path} cannot be read ({error}): name a JSON file of options.") from error
    if not isinstance(found, dict):
        raise InvalidTrainingData(f"{path} holds no JSON object of options.")
    return found


def _optional(path: Path) -> NluData:
    return read(path) if path.is_file() else NluData()


def _pair(text: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidTrainingData(f"An option needs name=value, such as {example}, not {text!r}.")
    return name, value


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parser() -> argparse.ArgumentParser:
    settings = without_secret()
    parser = argparse.ArgumentParser(prog="python -m nlu_models.training", description="Train the transformer.")
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, default=Path(settings.data_dir) / "nlu", help="folder of Rasa NLU files")
    shared.add_argument(
        "--evaluation", type=Path, default=Path(settings.data_dir) / "evaluation", help="validation and test"
    )
    shared.add_argument("--out", default=settings.var_dir, help="the var folder")
    shared.add_argument("--encoder", help=f"the same as --set encoder=…; here {settings.encoder}")
    shared.add_argument("--device", help=f"the same as --set device=…; here {settings.device}")
    shared.add_argument("--options", type=Path, metavar="FILE", help="a JSON file of options, such as search writes")
    shared.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an option, over the file's")
    texts = {
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "epilog": f"Options for --set, with their defaults:\n\n{as_text()}",
        "parents": [shared],
    }
    train = commands.add_parser("train", help="train a version and publish it", **texts)  # type: ignore[arg-type]
    train.add_argument(
        "--base", metavar="VERSION", help="go on from this version: learn what is new, rehearse the rest"
    )
    look = commands.add_parser("search", help="look for better options", **texts)  # type: ignore[arg-type]
    look.add_argument("--study", default="options", help="its name: the same name goes on with it")
    look.add_argument("--trials", type=int, default=20, help="most trainings, those of former runs included")
    look.add_argument("--minutes", type=float, default=120.0, help="most minutes of this run")
    default = " ".join(f"{name}={values}" for name, values in SPACE.items())
    look.add_argument(
        "--range",
        action="append",
        default=[],
        metavar="NAME=LOW..HIGH",
        help=f"an option that is searched, or NAME=A,B,C; without any: {default}",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
