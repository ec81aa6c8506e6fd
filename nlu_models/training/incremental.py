"""Going on from a published version: what is new is learned, a sample of the rest is rehearsed so that it stays.

The heads grow by the new labels, whose rows begin as the prototypes of their examples. The work is bounded by
``increment_share`` of a full training's, however much data there is; what is fixed (export, tests) comes on top.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import torch
from safetensors.torch import load_model
from tokenizers import Tokenizer
from torch import Tensor, nn

from contract.nlu import Example
from contract.wire import InvalidTrainingData
from nlu_models.data.tags import label_of
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.base import IN_FULL, WEIGHTS_FILE, Base
from nlu_models.training.dataset import Labels, Row, encode
from nlu_models.training.encoder import find_encoder
from nlu_models.training.layers import keep_layers
from nlu_models.training.model import JointModel, build, pick_device
from nlu_models.training.probe import sentence_vectors
from nlu_models.training.prototypes import begin_intents, begin_tags
from nlu_models.training.trainer import fit

log = logging.getLogger(__name__)
LEAST_PASSES = 1024  # a few seconds, whatever share of a small training that is
LEAST_OF_EACH = 3
VALIDATED = 400
TUNED = 1000
HELD_BACK = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)


@dataclass(frozen=True)
class Plan:
    """``examples`` are the new and the rehearsed ones; no epochs where nothing is new."""

    base: Base
    examples: tuple[Example, ...]
    epochs: int
    warnings: tuple[str, ...] = ()


def plan(base: Base, train: Sequence[Example], arguments: TrainingArguments) -> Plan:
    """What to go through, and how often, to learn what is new in ``train`` within the share of a full training."""
    changes = base.changes(train)
    warnings = []
    if changes.gone:
        warnings.append(
            f"{changes.gone} examples of model {base.version} are gone or changed; what they taught fades, it is not "
            "erased. Train in full now and then."
        )
    if not changes.new:
        return Plan(base, (), 0, tuple(warnings))
    passes = max(LEAST_PASSES, round(arguments.increment_share * arguments.epochs * len(train)))
    least = min(len(changes.old), max(len(changes.new), LEAST_OF_EACH * len({e.intent for e in changes.old})))
    epochs = min(arguments.increment_epochs, max(1, passes // (len(changes.new) + least)))
    if len(changes.new) + least > passes:
        warnings.append(
            f"{len(changes.new)} of {len(train)} examples are new: much for an incremental training; a full one "
            "may give more."
        )
    rehearsed = sample(changes.old, size=max(least, passes // epochs - len(changes.new)), seed=arguments.seed)
    log.info("%d new and %d rehearsed examples, %d epochs", len(changes.new), len(rehearsed), epochs)
    return Plan(base, (*changes.new, *rehearsed), epochs, tuple(warnings))


def sample(examples: Sequence[Example], *, size: int, seed: int = 0) -> tuple[Example, ...]:
    """At most ``size`` examples: each intent in its turn, and of each intent every kind of entities in its turn."""
    shuffled = list(examples)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    intents = _grouped(shuffled, key=lambda example: example.intent)
    return tuple(_in_turn([_in_turn(_grouped(rows, key=_entities)) for rows in intents])[:size])


def go_on(
    planned: Plan,
    labels: Labels,
    validation: Sequence[Example],
    tokenizer: Tokenizer,
    arguments: TrainingArguments,
    *,
    on_step: Callable[[float, str], None],
) -> JointModel:
    """The base's model with heads for ``labels``, trained as planned.

    Raises:
        InvalidTrainingData: the base's weights are those of a model of another shape.
    """
    model = grow(planned.base, labels, arguments)
    if not planned.epochs:
        return model.eval()
    longest = min(arguments.max_length, model.longest)
    rows = encode(planned.examples, labels, tokenizer, max_length=longest)
    validated = encode(sample(validation, size=VALIDATED), labels, tokenizer, max_length=longest)
    settings, device = planned.base.settings, pick_device(arguments.device)
    new = [number for number, name in enumerate(labels.intents) if name not in settings.intents]
    if new:
        begin_intents(model, rows, new, device=device)
    if new_tags := [number for number, name in enumerate(labels.tags) if name not in settings.tags]:
        begin_tags(model, rows, new_tags, device=device)
    before = {name: weight.detach().cpu().clone() for name, weight in model.state_dict().items()}
    fit(model, rows, validated, _gently(arguments, epochs=planned.epochs), on_step=on_step)
    _average(model, before, kept=arguments.increment_kept)
    if new and validation:
        asked = encode(validation, labels, tokenizer, max_length=longest)
        _hold_back(model, asked, new, device=device)
    return model


def grow(base: Base, labels: Labels, arguments: TrainingArguments) -> JointModel:
    """The base's model with a row for each of ``labels``: its own where it knows the label, a random one otherwise."""
    settings = base.settings
    encoder = find_encoder(arguments.encoder)
    model = build(encoder, intents=len(settings.intents), tags=len(settings.tags), dropout=arguments.dropout)
    if arguments.kept_layers:
        keep_layers(model.encoder, arguments.kept_layers)
    try:
        load_model(model, base.folder / WEIGHTS_FILE)
    except RuntimeError as error:
        raise InvalidTrainingData(
            f"The weights of model {base.version} belong to a model of another shape than these options make. {IN_FULL}"
        ) from error
    torch.manual_seed(arguments.seed)
    model.intent_head = _with_rows(model.intent_head, settings.intents, labels.intents)
    model.tag_head = _with_rows(model.tag_head, settings.tags, labels.tags)
    return model


def _with_rows(head: nn.Linear, old: Sequence[str], new: Sequence[str]) -> nn.Linear:
    numbers = {name: number for number, name in enumerate(old)}
    kept = [(at, numbers[name]) for at, name in enumerate(new) if name in numbers]
    to, source = [at for at, _ in kept], [number for _, number in kept]
    grown = nn.Linear(head.in_features, len(new))
    with torch.no_grad():
        grown.weight[to] = head.weight[source]
        grown.bias[to] = head.bias[source]
    return grown


def _average(model: JointModel, before: Mapping[str, Tensor], *, kept: float) -> None:
    """The mean of the weights before and after: it knows what is new about as well, and forgets less of the rest
    (WiSE-FT, Wortsman et al., 2022)."""
    trained = model.state_dict()
    model.load_state_dict(
        {
            name: torch.lerp(weight, before[name].to(weight), kept) if weight.is_floating_point() else weight
            for name, weight in trained.items()
        }
    )


def _hold_back(model: JointModel, rows: Sequence[Row], new: Sequence[int], *, device: torch.device) -> None:
    """Make the intents ``new`` as much less likely as is best for all of the validation messages.

    Their examples are all in this short training, those of the others only in part: they would be found too often.
    """
    vectors = sentence_vectors(model.to(device), rows, device=device)
    wanted = torch.tensor([row.intent for row in rows])
    with torch.no_grad():
        scores = model.intent_head.cpu()(vectors.cpu())
        right = []
        for less in HELD_BACK:
            held = scores.clone()
            held[:, list(new)] -= less
            right.append(int((held.argmax(dim=-1) == wanted).sum()))
        model.intent_head.bias[list(new)] -= HELD_BACK[right.index(max(right))]
    model.to(device)


def _gently(arguments: TrainingArguments, *, epochs: int) -> TrainingArguments:
    return dataclasses.replace(
        arguments,
        epochs=epochs,
        learning_rate=arguments.increment_learning_rate,
        head_learning_rate=arguments.increment_head_learning_rate,
        linear_probe=False,
        least_steps=1,
    )


def _grouped(examples: Sequence[Example], *, key: Callable[[Example], Hashable]) -> list[list[Example]]:
    found: dict[Hashable, list[Example]] = {}
    for example in examples:
        found.setdefault(key(example), []).append(example)
    return list(found.values())


def _in_turn(groups: Sequence[Sequence[Example]]) -> list[Example]:
    """The first of each group, the second of each, and so on."""
    return [example for turn in itertools.zip_longest(*groups) for example in turn if example is not None]


def _entities(example: Example) -> Hashable:
    return tuple(sorted({label_of(span) for span in example.entities}))
