"""The local classifier as a component of Rasa's graph: it acts where the transformer gave no intent."""

# ruff: noqa: ARG003  Rasa's graph calls these with names that not every component needs
from __future__ import annotations

import time
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.local_entities import find_entities
from bot.components.local_model import LocalModel
from bot.components.messages import is_understood, write_prediction
from bot.understanding.parse_data import BY_LOCAL
from contract.nlu import OUT_OF_SCOPE_INTENT, IntentScore, ParseResult

RANKING = 10


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class LocalClassifier(GraphComponent):
    """Keeps shoppers understood, less well, while the transformer service is away."""

    labels_may_grow = True  # it trains anew each time

    def __init__(self, model_storage: ModelStorage, resource: Resource, model: LocalModel | None = None) -> None:
        self._model_storage, self._resource, self._model = model_storage, resource, model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LocalClassifier:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LocalClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, LocalModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fits on the labelled messages; persisted as arrays and JSON, never as pickle."""
        from bot.components.local_training import fit  # scikit-learn is needed for training alone

        rows = [(message.get(TEXT), message.get(INTENT)) for message in training_data.nlu_examples]
        rows = sorted((text, intent) for text, intent in rows if text and intent)
        try:
            self._model = fit([text for text, _ in rows], [intent for _, intent in rows])
        except ValueError as error:
            raise InvalidConfigException(str(error)) from error
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Fills in what no earlier component understood."""
        for message in messages:
            if message.get(TEXT) and not is_understood(message):
                write_prediction(message, self.parse(message.get(TEXT)), understood_by=BY_LOCAL)
        return messages

    def parse(self, text: str) -> ParseResult:
        """The prediction of the local model for ``text``. Safe to call from several threads."""
        started = time.perf_counter()
        model = self._loaded()
        probabilities = model.probabilities(text)
        order = probabilities.argsort()[::-1]
        ranking = tuple(IntentScore(model.intents[i], min(1.0, float(probabilities[i]))) for i in order[:RANKING])
        out_of_scope = next((s.confidence for s in ranking if s.name == OUT_OF_SCOPE_INTENT), 0.0)
        entities = find_entities(text)
        return ParseResult(
            text=text,
            intent=ranking[0],
            intent_ranking=ranking,
            entities=entities,
            out_of_scope_score=out_of_scope,
            is_fallback=ranking[0].confidence < model.threshold,
            model_version=model.version,
            timings_ms={"total": (time.perf_counter() - started) * 1000},
        )

    def _loaded(self) -> LocalModel:
        if self._model is None:
            raise RuntimeError("The local classifier was used before it was trained or loaded.")
        return self._model
