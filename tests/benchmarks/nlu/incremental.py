"""An incremental training beside a full one on the project's own data: how long, what is lost, what is learned.

``python -m tests.benchmarks.nlu.incremental [--most 20] [--seeds 13,14,15] [--set NAME=VALUE]``

The base never saw three intents, one entity and a twentieth of the other examples. Each training is the process that
the service starts, so its seconds hold everything from the imports to the published version. Beside them stand the
seconds of processor time, which say more on a machine that has other work.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contract.nlu import Example, TrainRequest
from launcher.environments import ROOT
from nlu_models.evaluation.comparing import predict
from nlu_models.evaluation.metrics import entity_scores
from nlu_models.inference.parser import Parser
from nlu_models.registry.store import Registry
from nlu_models.training.__main__ import read_request
from nlu_models.training.progress import Order, read_progress, write_order

NEW_INTENTS = 3
NEW_SHARE = 0.05
RARE = (20, 400)  # examples of the entity that is new


@dataclass(frozen=True)
class Split:
    """``intents`` and ``entity`` are unknown to the base, and so are some examples of what it knows."""

    base: TrainRequest
    whole: TrainRequest
    intents: frozenset[str]
    entity: str

    def is_old(self, example: Example) -> bool:
        return example.intent not in self.intents and all(span.entity != self.entity for span in example.entities)


def main() -> None:
    arguments = _arguments()
    rows = []
    with tempfile.TemporaryDirectory(prefix="shopclerk-bench-") as folder:
        for seed in arguments.seeds:
            rows.append(_measure(_split(arguments, seed), Registry(Path(folder) / f"models-{seed}"), arguments))
            print(json.dumps(rows[-1]), flush=True)
    means = {name: statistics.fmean(row[name] for row in rows if name in row) for name in rows[0]}
    found = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "cores": os.cpu_count(), "mean": means}
    path = ROOT / "results" / f"incremental-{time.strftime('%Y%m%d-%H%M', time.gmtime())}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**found, "most": arguments.most, "seeds": arguments.seeds, "rows": rows}, indent=2))
    print(
        "\n".join(["| figure | mean |", "|---|---|", *(f"| {name} | {value:.4f} |" for name, value in means.items())])
    )
    print(f"Written to {path.relative_to(ROOT)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10**9, help="examples of an intent at most")
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], default=[13])
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of the incremental training")
    return parser.parse_args()


def _split(arguments: argparse.Namespace, seed: int) -> Split:
    whole = read_request(ROOT / "data" / "nlu", ROOT / "data" / "evaluation", {"seed": seed})
    draw = random.Random(seed)
    shuffled = draw.sample(whole.examples, len(whole.examples))
    counts: Counter[str] = Counter()
    kept = []
    for example in shuffled:
        counts[example.intent] += 1
        if counts[example.intent] <= arguments.most:
            kept.append(example)
    whole = _with_known_labels(replace(whole, examples=tuple(kept)))
    intents = frozenset(draw.sample(sorted({e.intent for e in kept} - {"out_of_scope"}), NEW_INTENTS))
    by_entity = Counter(name for e in kept if e.intent not in intents for name in {span.entity for span in e.entities})
    low, high = RARE
    entity = draw.choice(sorted(name for name, count in by_entity.items() if low <= count <= high))
    split = Split(whole, whole, intents, entity)
    old = [e for e in kept if split.is_old(e)]
    return replace(split, base=_with_known_labels(replace(whole, examples=tuple(old[round(NEW_SHARE * len(old)) :]))))


def _with_known_labels(request: TrainRequest) -> TrainRequest:
    intents = {e.intent for e in request.examples}
    entities = {span.entity for e in request.examples for span in e.entities}

    def known(examples: Sequence[Example]) -> tuple[Example, ...]:
        return tuple(e for e in examples if e.intent in intents and {s.entity for s in e.entities} <= entities)

    return replace(request, validation=known(request.validation), test=known(request.test))


def _measure(split: Split, registry: Registry, arguments: argparse.Namespace) -> dict[str, float]:
    base, _, _ = _train(split.base, registry)
    options = {**split.whole.options, **{name: json.loads(value) for name, value in map(_pair, arguments.set)}}
    incremental, quick, quick_cpu = _train(replace(split.whole, base=base, options=options), registry)
    full, slow, slow_cpu = _train(split.whole, registry)
    test = split.whole.test
    parts: dict[str, tuple[str, Callable[[Example], bool]]] = {
        "old_before": (base, split.is_old),
        "old_after": (incremental, split.is_old),
        "old_full": (full, split.is_old),
        "new_intents": (incremental, lambda e: e.intent in split.intents),
        "new_intents_full": (full, lambda e: e.intent in split.intents),
    }
    found: dict[str, float] = {"seconds": quick, "seconds_full": slow, "ratio": quick / slow}
    found |= {"cpu_seconds": quick_cpu, "cpu_seconds_full": slow_cpu, "cpu_ratio": quick_cpu / slow_cpu}
    for name, (version, wanted) in parts.items():
        found |= _accuracy(name, registry, version, [e for e in test if wanted(e)])
    has_new = [e for e in test if any(span.entity == split.entity for span in e.entities)]
    for name, version in (("new_entity", incremental), ("new_entity_full", full)):
        scores = entity_scores([e.entities for e in has_new], [r.entities for r in _parsed(registry, version, has_new)])
        if split.entity in scores.labels:
            found[f"{name}_f1"] = scores.labels[split.entity].f1
    return found


def _accuracy(name: str, registry: Registry, version: str, examples: Sequence[Example]) -> dict[str, float]:
    results = _parsed(registry, version, examples)
    right = [e.intent == r.intent.name for e, r in zip(examples, results, strict=True)]
    f1 = entity_scores([e.entities for e in examples], [r.entities for r in results]).micro_f1
    return {f"{name}_accuracy": statistics.fmean(right), f"{name}_entity_f1": f1}


def _parsed(registry: Registry, version: str, examples: Sequence[Example]) -> list:
    return predict(Parser(registry.folder(version), version=version), examples)


def _train(request: TrainRequest, registry: Registry) -> tuple[str, float, float]:
    """The version, the seconds and the seconds of processor time."""
    job = Path(tempfile.mkdtemp(dir=registry.root.parent))
    write_order(job, Order(request, fingerprint=job.name, registry=str(registry.root)))
    began, used = time.monotonic(), _processor_s()
    subprocess.run([sys.executable, "-m", "nlu_models.training.run", str(job)], cwd=ROOT, check=True)
    took, used = time.monotonic() - began, _processor_s() - used
    version = read_progress(job).version
    print(f"{version} from {request.base or 'the encoder'}: {took:.0f} s, {used:.0f} s of processor", flush=True)
    return version, took, used


def _processor_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


if __name__ == "__main__":
    main()
