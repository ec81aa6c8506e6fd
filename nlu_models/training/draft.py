"""A version in the making: fitted, exported, made smaller, calibrated and tested in a folder of its own."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_model

from nlu_models.data.checks import CheckedData
from nlu_models.evaluation.report import Report
from nlu_models.evaluation.report_files import write_report
from nlu_models.export.onnx_export import export
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import MODEL_FILE
from nlu_models.registry.store import Registry
from nlu_models.training import incremental
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.base import WEIGHTS_FILE
from nlu_models.training.checkpoint import Checkpoint
from nlu_models.training.fitting import fit_model
from nlu_models.training.on_step import OnStep, part, quietly
from nlu_models.training.precision import choose_precision
from nlu_models.training.tuning import tune
from nlu_models.training.watching import Watcher

FIT_SHARE = 0.92


@dataclass(frozen=True)
class Draft:
    """What is in ``folder`` is what would be published now. ``fingerprint`` names the checkpoints."""

    folder: Path
    synonyms: dict[str, str]
    arguments: TrainingArguments
    registry: Registry
    fingerprint: str

    def of_one_training(self) -> Draft:
        """The same where the weights of several are averaged otherwise: enough where only its calibration is kept."""
        return dataclasses.replace(self, arguments=dataclasses.replace(self.arguments, averaged=1))

    def make(
        self, data: CheckedData, on_step: OnStep, *, planned: incremental.Plan | None = None, watcher: Watcher
    ) -> ModelSettings:
        """Fit, export and calibrate on the validation messages."""
        settings = self._fitted(data, on_step, planned=planned, checkpoint=self._checkpoint, watcher=watcher)
        on_step(FIT_SHARE, "calibrating")
        tuned_on = data.validation if planned is None else incremental.sample(data.validation, size=incremental.TUNED)
        settings = tune(self.folder, settings, tuned_on, self.arguments)
        settings.save(self.folder)
        return settings

    def make_again(self, data: CheckedData, found: ModelSettings, on_step: OnStep) -> ModelSettings:
        """Fit once more, with ``data`` that leaves no validation, and keep the calibration that was ``found``."""
        alike = dataclasses.replace(self, arguments=dataclasses.replace(self.arguments, precision=found.precision))
        settings = dataclasses.replace(
            alike._fitted(data, on_step, checkpoint=self._last_checkpoint),
            temperature=found.temperature,
            fallback_threshold=found.fallback_threshold,
            out_of_scope_threshold=found.out_of_scope_threshold,
            usual_energy=found.usual_energy,
        )
        settings.save(self.folder)
        return settings

    def test(self, data: CheckedData) -> Report:
        """The report on the test messages, or on those of validation where there are none."""
        return write_report(self.folder, data.validation, data.test, warnings=data.warnings)

    def assist(self, data: CheckedData) -> None:
        """Take part in the fitting that another process does with ``make``."""
        fit_model(data, self.synonyms, self.arguments, self.folder, self.registry, quietly, checkpoint=self._checkpoint)

    def assist_again(self, data: CheckedData) -> None:
        """The same for ``make_again``."""
        last = self._last_checkpoint
        fit_model(data, self.synonyms, self.arguments, self.folder, self.registry, quietly, checkpoint=last)

    def forget(self) -> None:
        """The version is published: remove what a killed training would go on with."""
        self._checkpoint.remove()
        self._last_checkpoint.remove()

    @property
    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.registry.root, self.fingerprint)

    @property
    def _last_checkpoint(self) -> Checkpoint:
        return Checkpoint(self.registry.root, f"{self.fingerprint}-again")

    def _fitted(
        self,
        data: CheckedData,
        on_step: OnStep,
        *,
        checkpoint: Checkpoint,
        planned: incremental.Plan | None = None,
        watcher: Watcher | None = None,
    ) -> ModelSettings:
        model, settings, _ = fit_model(
            data,
            self.synonyms,
            self.arguments,
            self.folder,
            self.registry,
            part(on_step, 0.0, FIT_SHARE),
            planned=planned,
            checkpoint=checkpoint,
            watcher=watcher,
        )
        on_step(FIT_SHARE, "exporting")
        save_model(model, str(self.folder / WEIGHTS_FILE))
        export(model, self.folder / MODEL_FILE)
        settings.save(self.folder)
        settings = choose_precision(self.folder, settings, data.validation, self.arguments)
        settings.save(self.folder)
        return settings
