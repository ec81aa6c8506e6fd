"""The transformer as a component of Rasa's graph: trained and asked over HTTP, pinned by version."""

# ruff: noqa: ARG003  Rasa's graph calls these with names that not every component needs
from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Dict, List, Optional  # noqa: UP035  Rasa's graph check reads these hints

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.archives.packaging import seal_what_is_packaged
from bot.archives.pinned import VERSION_FILE, PinnedVersion
from bot.components.messages import is_local_only, is_understood, write_prediction
from bot.settings_access import without_secret
from bot.training import examples
from bot.training.nlu_service import NluService
from bot.training.progress import Progress
from bot.understanding.parse_data import BY_TRANSFORMER
from contract.nlu import TrainJob, TrainRequest
from contract.wire import ShopclerkError, dumps, from_json

logger = logging.getLogger(__name__)
PARSE_TIMEOUT_S = 10.0

seal_what_is_packaged()


class TrainingFailed(RasaException):
    """The transformer could not be trained. Rasa shows the sentence and ends with status 1."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class TransformerNLU(GraphComponent):
    """Understands messages with exactly the model version that its archive was made with.

    While Rasa serves shoppers ``process`` is not called: the internal channel awaits the service before the
    message enters the graph. ``process`` is for `rasa shell` and `rasa test`. `rasa train --finetune` goes on from
    the version of the old archive.
    """

    labels_may_grow = True

    def __init__(self, model_storage: ModelStorage, resource: Resource, config: Dict[str, Any]) -> None:  # noqa: UP006
        self._model_storage, self._resource, self._config = model_storage, resource, config
        self._base: Optional[str] = None  # noqa: UP045
        self.pinned: Optional[PinnedVersion] = None  # noqa: UP045

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        """``options`` go to the service; ``evaluation`` is a folder, None means the one of ``data_dir``.

        ``epochs`` 0 leaves them to the service. It stands here and not in ``options`` alone so that Rasa knows a
        component that is finetuned: `--epoch-fraction` counts, and what `--finetune` made is never taken from the
        cache for a full training.
        """
        return {"options": {}, "evaluation": None, "epochs": 0}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TransformerNLU:
        return cls(model_storage, resource, config)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TransformerNLU:
        component = cls(model_storage, resource, config)
        with model_storage.read_from(resource) as folder:
            data = json.loads((folder / VERSION_FILE).read_text(encoding="utf-8"))
        component.pinned = from_json(PinnedVersion, data)
        if execution_context is not None and execution_context.is_finetuning:
            component._base = component.pinned.version
        return component

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:  # noqa: UP006, UP045
        """The evaluation data, the encoder and the service's recipe count too: with others it is trained again."""
        folder = _evaluation_folder(config)
        files = examples.evaluation_files(folder, "validation") + examples.evaluation_files(folder, "test")
        return f"{without_secret().encoder}:{_recipe()}:{examples.fingerprint(files)}"

    def train(self, training_data: TrainingData) -> Resource:
        """Has the service train, shows its progress, and stores the version that came out.

        Raises:
            TrainingFailed: no service answers, or it refuses the data; the sentence says what to do.
        """
        try:
            job = self._follow(self._request(training_data))
        except ShopclerkError as error:
            raise TrainingFailed(error.message) from error
        if job.state != "succeeded" or job.version is None:
            raise TrainingFailed(job.error or "The transformer was not trained, and the service does not say why.")
        self.pinned = PinnedVersion(version=job.version, fingerprint=job.fingerprint, metrics=job.metrics)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / VERSION_FILE).write_text(dumps(self.pinned), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        """Asks the service about each message that is not understood yet; what it cannot answer stays as it was."""
        service = NluService(without_secret().nlu_url, timeout_s=PARSE_TIMEOUT_S)
        for message in messages:
            text = message.get(TEXT)
            if not text or is_understood(message) or is_local_only(message) or self.pinned is None:
                continue
            try:
                result = service.parse(text, self.pinned.version)
            except ShopclerkError as error:
                logger.warning("The local classifier answers instead of the transformer: %s", error.message)
            else:
                write_prediction(message, result, understood_by=BY_TRANSFORMER)
        return messages

    def _request(self, training_data: TrainingData) -> TrainRequest:
        folder = _evaluation_folder(self._config)
        return TrainRequest(
            examples=examples.to_examples(training_data),
            validation=examples.load_examples(examples.evaluation_files(folder, "validation")),
            test=examples.load_examples(examples.evaluation_files(folder, "test")),
            synonyms=dict(sorted(training_data.entity_synonyms.items())),
            options=self._options(),
            base=self._base,
        )

    def _options(self) -> Dict[str, Any]:  # noqa: UP006
        epochs = self._config.get("epochs")
        return {**(self._config.get("options") or {}), **({"epochs": epochs} if epochs else {})}

    def _follow(self, request: TrainRequest) -> TrainJob:
        service = NluService(without_secret().nlu_url)
        with Progress("Transformer") as progress:
            state = service.train(request)
            for state in service.follow(state):  # noqa: B020
                progress.show(state.progress, state.stage)
        return state


def _recipe() -> str:
    """Empty where no service answers: the training then says so."""
    try:
        return NluService(without_secret().nlu_url).recipe().digest
    except ShopclerkError:
        return ""


def _evaluation_folder(config: Dict[str, Any]) -> Path:  # noqa: UP006
    return Path(config.get("evaluation") or Path(without_secret().data_dir) / "evaluation")
