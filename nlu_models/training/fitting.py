"""The model of some data: from the encoder, or from a published version."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path

import torch
from tokenizers import Tokenizer

from contract.nlu import TrainRequest
from nlu_models.data.checks import CheckedData
from nlu_models.data.holdout import hold_out
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import TOKENIZER_FILE
from nlu_models.inference.tag_priors import TagPriors
from nlu_models.inference.transitions import Transitions
from nlu_models.inference.vocabulary import Vocabulary, whole_words
from nlu_models.registry.space import require
from nlu_models.registry.store import Registry
from nlu_models.training import incremental
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.augmentation import Augmentation
from nlu_models.training.averaging import fit_averaged
from nlu_models.training.checkpoint import Checkpoint
from nlu_models.training.dataset import Labels, encode, load_tokenizer, tags_of_words, with_names
from nlu_models.training.distillation import find_teacher, with_soft_labels
from nlu_models.training.encoder import find_encoder
from nlu_models.training.joining import joined_rows
from nlu_models.training.layers import keep_layers
from nlu_models.training.model import JointModel, build, pick_device
from nlu_models.training.on_step import OnStep
from nlu_models.training.probe import with_anchors
from nlu_models.training.trainer import Score, are_few
from nlu_models.training.watching import Watcher

COPIES = 4  # of the encoder's weights that the disk must hold at once while a version is made


def with_validation(data: CheckedData, arguments: TrainingArguments) -> CheckedData:
    """The data with a validation set, taken from the training set where none was given."""
    if data.validation:
        return data
    train_part, validation = hold_out(data.train, share=arguments.holdout)
    warning = f"No validation set was given: {len(validation)} training examples were held out for it."
    return CheckedData(train_part, validation, data.test, (*data.warnings, warning))


def is_trained_again(request: TrainRequest, arguments: TrainingArguments) -> bool:
    """Whether examples are held out that a second training is to learn from, too."""
    return arguments.train_again and not request.validation and request.base is None


def with_all(data: CheckedData) -> CheckedData:
    """The data with its validation messages among the training examples."""
    return dataclasses.replace(data, train=(*data.train, *data.validation), validation=())


def fit_model(
    data: CheckedData,
    synonyms: dict[str, str],
    arguments: TrainingArguments,
    staged: Path,
    registry: Registry,
    on_step: OnStep,
    *,
    planned: incremental.Plan | None = None,
    checkpoint: Checkpoint | None = None,
    watcher: Watcher | None = None,
) -> tuple[JointModel, ModelSettings, list[Score]]:
    """The trained model, what it knows, and its validation scores; ``staged`` gets the rest that it knows of words.

    An incremental training is short: what is ``planned`` is done without checkpoints, teacher and augmentation.
    """
    on_step(0.01, "loading the encoder")
    folder = find_encoder(arguments.encoder)
    require(staged, COPIES * sum(path.stat().st_size for path in folder.glob("*.safetensors")))
    labels = Labels.of(data.train)
    tokenizer = load_tokenizer(folder)
    tokenizer.save(str(staged / TOKENIZER_FILE))
    Vocabulary.of((example.text for example in data.train), whole_words(tokenizer)).save(staged)
    Transitions.of(tags_of_words(data.train, labels, tokenizer), len(labels.tags)).save(staged)
    TagPriors.of(data.train, labels.intents, labels.tags).save(staged)

    scores: list[Score] = []
    if planned is None:
        model, scores = _from_encoder(
            data, labels, tokenizer, arguments, registry, on_step, checkpoint=checkpoint, watcher=watcher
        )
    else:
        model = incremental.go_on(planned, labels, data.validation, tokenizer, arguments, on_step=on_step)
    settings = ModelSettings(
        intents=labels.intents,
        tags=labels.tags,
        encoder=arguments.encoder,
        precision="fp32",
        max_length=min(arguments.serving_max_length, model.longest),
        pad_id=model.pad,
        synonyms=dict(synonyms),
    )
    return model, settings, scores


def _from_encoder(
    data: CheckedData,
    labels: Labels,
    tokenizer: Tokenizer,
    arguments: TrainingArguments,
    registry: Registry,
    on_step: OnStep,
    *,
    checkpoint: Checkpoint | None,
    watcher: Watcher | None,
) -> tuple[JointModel, list[Score]]:
    folder = find_encoder(arguments.encoder)
    teacher = find_teacher(arguments.teacher, registry) if arguments.teacher else None
    torch.manual_seed(arguments.seed)
    model = build(folder, intents=len(labels.intents), tags=len(labels.tags), dropout=arguments.dropout)
    if arguments.kept_layers:
        keep_layers(model.encoder, arguments.kept_layers)
    longest = min(arguments.max_length, model.longest)
    examples = with_names(data.train) if arguments.intent_names else data.train
    rows = encode(examples, labels, tokenizer, max_length=longest)
    validation = encode(data.validation, labels, tokenizer, max_length=longest)
    if teacher is not None:
        on_step(0.0, "asking the teacher")
        rows = with_soft_labels(rows, examples, labels, tokenizer, teacher)
    if arguments.linear_probe or arguments.anchor:
        on_step(0.0, "asking the pretrained encoder")
        device = pick_device(arguments.device)
        rows = with_anchors(model.to(device), rows, device=device)
    both = [] if teacher is not None else joined_rows(data.train, labels, tokenizer, arguments, max_length=longest)
    if are_few(len(rows) + len(both), arguments):
        arguments = dataclasses.replace(arguments, typing_noise=0.0)  # their words are too few to read others with
    renewed = None
    if arguments.entity_substitution or arguments.typing_noise:
        made = Augmentation(examples, rows, labels, tokenizer, arguments, max_length=longest, beside=both)
        renewed = lru_cache(maxsize=1)(made.rows)
    return fit_averaged(
        model,
        renewed(1) if renewed else [*rows, *both],
        validation,
        arguments,
        on_step=on_step,
        renewed=renewed,
        checkpoint=checkpoint,
        watcher=watcher,
    )
