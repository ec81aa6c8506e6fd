"""How much longer the training takes than the forward and backward passes that it must do.

``python -m tests.benchmarks.nlu.passes [--examples 1280] [--rounds 4]``: an epoch of the default recipe on examples of
the project's own data, in turns with the bare passes of the same model over the same batches, which are ready, twice
over those of adversarial steps: no mistyping, no optimiser, no contrast, no anchors, no clipping, no shift.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from nlu_models.training.cores import share_the_cores

share_the_cores()

import torch  # noqa: E402 - it reads the environment
from torch.nn import functional  # noqa: E402

from nlu_models.settings_access import without_secret  # noqa: E402
from nlu_models.training import bfloat16  # noqa: E402
from nlu_models.training.__main__ import read_request  # noqa: E402
from nlu_models.training.arguments import TrainingArguments  # noqa: E402
from nlu_models.training.augmentation import Augmentation  # noqa: E402
from nlu_models.training.dataset import IGNORED, Labels, Row, batches, encode, load_tokenizer  # noqa: E402
from nlu_models.training.encoder import find_encoder  # noqa: E402
from nlu_models.training.model import JointModel, build, freeze_embeddings  # noqa: E402
from nlu_models.training.probe import with_anchors  # noqa: E402
from nlu_models.training.trainer import fit  # noqa: E402
from tests.benchmarks import results  # noqa: E402

ARGUMENTS = TrainingArguments(epochs=1, least_steps=1, linear_probe=False)
GOAL = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1280)
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    model, made = _model_and_data(arguments.examples)
    rows = made.rows(1)
    _epoch(model, made)  # warms up
    pairs = [(_epoch(model, made), _bare(model, rows)) for _ in range(arguments.rounds)]
    ours, bare = zip(*pairs, strict=True)
    ratio, took = statistics.median(one / other for one, other in pairs), statistics.median(ours)
    print(f"training {took:.1f} s ({len(rows) / took:.0f} examples a second), bare {statistics.median(bare):.1f} s")
    print(f"ratio {ratio:.2f}; of the shortest rounds {min(ours) / min(bare):.2f} (goal: at most {GOAL})")
    results.save("passes", ours=ours, bare=bare, ratio=ratio)


def _model_and_data(count: int) -> tuple[JointModel, Augmentation]:
    data = Path(without_secret().data_dir)
    known = list(read_request(data / "nlu", data / "evaluation", {}).examples)
    examples = random.Random(ARGUMENTS.seed).sample(known, count)
    folder, labels = find_encoder(ARGUMENTS.encoder), Labels.of(examples)
    model = build(folder, intents=len(labels.intents), tags=len(labels.tags), dropout=ARGUMENTS.dropout)
    tokenizer, longest = load_tokenizer(folder), ARGUMENTS.max_length
    rows = with_anchors(model, encode(examples, labels, tokenizer, max_length=longest), device=torch.device("cpu"))
    return model, Augmentation(examples, rows, labels, tokenizer, ARGUMENTS, max_length=longest)


def _epoch(model: JointModel, made: Augmentation) -> float:
    """Seconds of an epoch, the making of its mistyped messages among them."""
    times: list[float] = []

    def rows(epoch: int) -> list[Row]:
        times.append(time.perf_counter())
        return made.rows(epoch)

    known = made.rows(1)
    fit(model, known, (), ARGUMENTS, on_step=lambda *_: times.append(time.perf_counter()), renewed=rows)
    return times[-1] - times[0]


def _bare(model: JointModel, rows: Sequence[Row]) -> float:
    """Seconds of the passes over the batches of the same epoch."""
    freeze_embeddings(model)
    model.train()
    made = batches(rows, size=ARGUMENTS.batch_size, shuffle=random.Random(f"{ARGUMENTS.seed}/1"), pad=model.pad)
    ready = [batch for step, batch in enumerate(made) for _ in range(_passes(step))]
    began = time.perf_counter()
    for batch in ready:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16.is_faster(torch.device("cpu"))):
            intents, tags, _ = model(batch.ids, batch.mask)
            loss = functional.cross_entropy(intents, batch.intents)
            loss = loss + functional.cross_entropy(tags.transpose(1, 2), batch.tags, ignore_index=IGNORED)
        loss.backward()  # type: ignore[no-untyped-call]
        model.zero_grad()
    return time.perf_counter() - began


def _passes(step: int) -> int:
    return 2 if step % ARGUMENTS.adversarial_every == 0 else 1


if __name__ == "__main__":
    main()
