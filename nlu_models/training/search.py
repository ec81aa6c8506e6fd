"""Looking for better training options with Optuna, within a budget; a search that was cut off goes on.

A trial is a training without export, judged by its best validation score; one that is behind the others ends early.
"""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract.nlu import TrainRequest
from contract.wire import Conflict, InvalidTrainingData, to_json
from nlu_models.data.checks import CheckedData, check
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments, from_options
from nlu_models.training.watching import Watcher

if TYPE_CHECKING:
    import optuna

    from nlu_models.training.trainer import Score

FOLDER = ".search"
SPACE = {
    "learning_rate": "1e-4..1e-3",
    "head_learning_rate": "1e-3..1e-2",
    "epochs": "3..6",
    "batch_size": "32,64,128",
    "label_smoothing": "0.0..0.2",
    "dropout": "0.0..0.3",
    "entity_weight": "0.5..4.0",
    "weight_decay": "0.001..0.1",
}
_STUDY = re.compile(r"[\w.-]{1,80}")
_TRIALS_BEFORE_PRUNING = 4
OnTrial = Callable[[int, "float | None", float], None]


@dataclass(frozen=True)
class Range:
    """The values of one option: from ``low`` to ``high``, or those of ``choices``."""

    low: float = 0.0
    high: float = 0.0
    choices: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, name: str, text: str) -> Range:
        """``1e-4..1e-3`` or ``32,64``.

        Raises:
            InvalidTrainingData: neither, or values that the option cannot have.
        """
        try:
            if ".." in text:
                low, high = (json.loads(part) for part in text.split("..", 1))
                found = cls(low=low, high=high)
                usable = low < high
            else:
                found = cls(choices=tuple(json.loads(f"[{text}]")))
                usable = bool(found.choices)
        except (ValueError, TypeError) as error:
            raise InvalidTrainingData(f"{name}={text} is no range such as 1e-4..1e-3 or 32,64.") from error
        if not usable:
            raise InvalidTrainingData(f"{name}={text} is empty: write the smaller value first.")
        for value in found.choices or (found.low, found.high):
            from_options({name: value})
        return found

    def holds(self, value: Any) -> bool:
        return value in self.choices if self.choices else self.low <= value <= self.high

    def suggest(self, name: str, trial: optuna.Trial) -> Any:
        if self.choices:
            return trial.suggest_categorical(name, self.choices)
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high)
        return trial.suggest_float(name, self.low, self.high, log=self.low > 0 and self.high >= 10 * self.low)


@dataclass(frozen=True)
class Best:
    """The best options so far, the score that they reached on validation, and the file for ``train --options``."""

    options: dict[str, Any]
    score: float
    file: Path


def search(
    request: TrainRequest,
    *,
    registry: Registry,
    name: str,
    trials: int,
    minutes: float,
    space: Mapping[str, str] = SPACE,
    on_trial: OnTrial | None = None,
) -> Best:
    """Try options until ``trials`` are done (those of former runs count) or ``minutes`` are over.

    Args:
        request: its options hold in every trial.
        name: of the study: the same name goes on with it.
        on_trial: told a trial's number, its score (None where it ended early) and the best score, after each.

    Raises:
        InvalidTrainingData: the data or a range cannot be used.
        Conflict: the study was made with other data, options, ranges or code.
    """
    import optuna

    from nlu_models.training.fitting import with_validation

    if not _STUDY.fullmatch(name):
        raise InvalidTrainingData(f"A study's name is made of letters, digits, '.', '-' and '_', not {name[:80]!r}.")
    base = from_options(request.options)
    ranges = {option: Range.parse(option, text) for option, text in space.items()}
    data = with_validation(check(request.examples, request.validation, request.test), base)
    folder = registry.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = _study(
        folder / f"{name}.db", mark=f"{fingerprint(request, base)} {json.dumps(dict(space))}", seed=base.seed
    )
    if not study.trials:
        study.enqueue_trial({o: getattr(base, o) for o, r in ranges.items() if r.holds(getattr(base, o))})
    deadline = time.monotonic() + 60 * minutes

    def run(trial: optuna.Trial) -> float:
        chosen = {option: span.suggest(option, trial) for option, span in ranges.items()}
        return _score(data, request, dataclasses.replace(base, **chosen), registry, _Judge(trial, deadline))

    def after(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        best = _best(study, request.options, folder / f"{name}.json")
        if best and on_trial:
            on_trial(trial.number, trial.value if trial.state.name == "COMPLETE" else None, best.score)

    left = trials - sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials)
    if left > 0:
        study.optimize(run, n_trials=left, timeout=60 * minutes, callbacks=[after])
    best = _best(study, request.options, folder / f"{name}.json")
    if best is None:
        raise Conflict(f"No trial of the study {name} came to its end: give it more than {minutes:g} minutes.")
    return best


class _Judge(Watcher):
    """Ends a trial that is behind the others, or whose time is over."""

    def __init__(self, trial: optuna.Trial, deadline: float) -> None:
        self._trial, self._deadline = trial, deadline

    def epoch(self, score: Score) -> None:
        import optuna

        self._trial.report(score.value, score.epoch)
        if self._trial.should_prune() or time.monotonic() > self._deadline:
            raise optuna.TrialPruned


def _study(path: Path, *, mark: str, seed: int) -> optuna.Study:
    import optuna

    study = optuna.create_study(
        storage=f"sqlite:///{path}",
        study_name=path.stem,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_TRIALS_BEFORE_PRUNING, n_warmup_steps=1),
        load_if_exists=True,
    )
    if study.user_attrs.setdefault("made of", mark) != mark:
        raise Conflict(
            f"The study {path.stem} was made with other data, options, ranges or code: choose another name for this "
            f"search, or remove {path}."
        )
    study.set_user_attr("made of", mark)
    # One that goes on must not draw again what it drew at its beginning.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    for trial in study.trials:
        if trial.state.name == "RUNNING":  # it was killed
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            study.enqueue_trial(trial.params)
    return study


def _score(
    data: CheckedData, request: TrainRequest, arguments: TrainingArguments, registry: Registry, judge: _Judge
) -> float:
    from nlu_models.training.fitting import fit_model
    from nlu_models.training.on_step import quietly

    once = dataclasses.replace(arguments, averaged=1)
    with tempfile.TemporaryDirectory() as staged:
        _, _, scores = fit_model(data, request.synonyms, once, Path(staged), registry, quietly, watcher=judge)
    return max(score.value for score in scores)


def _best(study: optuna.Study, options: Mapping[str, Any], file: Path) -> Best | None:
    """The best of the complete trials, written to ``file``."""
    done = [trial for trial in study.trials if trial.state.name == "COMPLETE" and trial.value is not None]
    if not done:
        return None
    trial = max(done, key=lambda trial: trial.value or 0.0)
    found = Best({**options, **trial.params}, float(trial.value or 0.0), file)
    file.write_text(json.dumps(to_json(found.options), indent=2) + "\n", encoding="utf-8")
    return found
