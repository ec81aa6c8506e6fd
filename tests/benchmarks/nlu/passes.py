"""How much longer the training takes than the forward and backward passes that it must do.

``python -m tests.benchmarks.nlu.passes [--examples 1280] [--rounds 4]``: an epoch of the default recipe on examples of
the project's own data, in turns with the bare passes of the same model over the same batches, which are ready, twice
over those of adversarial steps: no optimiser, no contrast, no anchors, no clipping, no shift.
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
    model, rows = _model_and_rows(arguments.examples)
    _epoch(model, rows)  # warms up
    pairs = [(_epoch(model, rows), _bare(model, rows)) for _ in range(arguments.rounds)]
    ours, bare = zip(*pairs, strict=True)
    ratio, took = statistics.median(one / other for one, other in pairs), statistics.median(ours)
    print(f"training {took:.1f} s ({len(rows) / took:.0f} examples a second), bare {statistics.median(bare):.1f} s")
    print(f"ratio {ratio:.2f}; of the shortest rounds {min(ours) / min(bare):.2f} (goal: at most {GOAL})")
    results.save("passes", ours=ours, bare=bare, ratio=ratio)


def _model_and_rows(count: int) -> tuple[JointModel, list[Row]]:
    data = Path(without_secret().data_dir)
    known = list(read_request(data / "nlu", data / "evaluation", {}).examples)
    examples = random.Random(ARGUMENTS.seed).sample(known, count)
    folder, labels = find_encoder(ARGUMENTS.encoder), Labels.of(examples)
    model = build(folder, intents=len(labels.intents), tags=len(labels.tags), dropout=ARGUMENTS.dropout)
    rows = encode(examples, labels, load_tokenizer(folder), max_length=ARGUMENTS.max_length)
    return model, with_anchors(model, rows, device=torch.device("cpu"))


def _epoch(model: JointModel, rows: Sequence[Row]) -> float:
    """Seconds of an epoch's steps. What comes before the first one is none of them, so its passes count as the mean."""
    told: list[float] = []
    fit(model, rows, (), ARGUMENTS, on_step=lambda _progress, _stage: told.append(time.perf_counter()))
    passes = [_passes(step) for step in range(len(told))]
    return (told[-1] - told[0]) * sum(passes) / sum(passes[1:])


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
