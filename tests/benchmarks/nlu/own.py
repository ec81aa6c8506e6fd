"""The project's own test split, as it was written and mistyped: what the served model makes of it, rules included."""

from __future__ import annotations

import dataclasses
import statistics
from pathlib import Path

from contract.nlu import Example
from nlu_models.evaluation.comparing import predict
from nlu_models.evaluation.report import evaluate
from nlu_models.inference.parser import Parser
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.store import FOLDER, Registry
from nlu_models.settings_access import without_secret
from nlu_models.training.__main__ import read_request
from nlu_models.training.arguments import TrainingArguments
from tests.benchmarks.nlu.mistyping import mistyped

DRAWS = 3
SHOWN = ("intent_accuracy", "entity_f1", "calibration_error", "out_of_scope_auroc")


def figures(version: str | None, folder: Path, seed: int) -> dict[str, float]:
    """Of ``version``, of the newest one where none is named, or of one that is trained into ``folder`` where there is
    none. ``mistyped_loss`` is the accuracy lost where a tenth of the characters is mistyped, mean of three draws.

    Raises:
        NotFound: there is no such version.
    """
    settings = without_secret()
    data = Path(settings.data_dir)
    request = read_request(data / "nlu", data / "evaluation", {})
    registry = Registry(Path(settings.var_dir) / FOLDER)
    name = version or next(iter(registry.versions()), None)
    if name is None:
        from nlu_models.training.pipeline import train

        registry, arguments = Registry(folder / FOLDER), TrainingArguments(seed=seed)
        mark = fingerprint(request, arguments)
        done = train(request, arguments, registry=registry, fingerprint=mark, on_step=lambda _progress, _stage: None)
        name = done.info.version
    parser = Parser(registry.verified(name), version=name)
    found = evaluate(request.test, predict(parser, request.test), part="own").metrics
    noisy = statistics.fmean(_accuracy(parser, mistype(request.test, draw)) for draw in range(DRAWS))
    shown = {figure: found[figure] for figure in SHOWN if figure in found}
    return {**shown, "mistyped_accuracy": noisy, "mistyped_loss": found["intent_accuracy"] - noisy}


def mistype(examples: tuple[Example, ...], draw: int) -> list[Example]:
    """The examples with a tenth of their characters mistyped; their entities are left out, for they have moved."""
    return [dataclasses.replace(row, text=mistyped(row.text, seed=str(draw)), entities=()) for row in examples]


def _accuracy(parser: Parser, examples: list[Example]) -> float:
    return evaluate(examples, predict(parser, examples), part="own").metrics["intent_accuracy"]
