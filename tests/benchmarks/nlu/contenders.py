"""Who is measured: the project's own training and parser, DIET, and a linear floor. Each takes a benchmark, a folder
to work in and a seed, and gives one prediction for each test message."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from contract.nlu import OUT_OF_SCOPE_INTENT, ParseResult, TrainRequest
from launcher.environments import BOT, ROOT
from nlu_models.data.rasa_yaml import write
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.cores import share_the_cores
from tests.benchmarks.nlu.datasets import Benchmark
from tests.benchmarks.nlu.figures import Prediction, Span
from tests.benchmarks.stock_rasa import NLU_CONFIG

CHUNK = 64
DIET_EPOCHS = 100
DIET = Path(__file__).with_name("diet.py")


def shopclerk(benchmark: Benchmark, folder: Path, seed: int) -> list[Prediction]:
    """The default recipe, as ``rasa train`` would run it, and the model that would be served."""
    share_the_cores()
    from nlu_models.inference.parser import Parser
    from nlu_models.training.pipeline import train

    request = TrainRequest(examples=benchmark.train, validation=benchmark.validation)
    registry = Registry(folder / f"{benchmark.name}-{seed}")
    trained = train(
        request,
        TrainingArguments(seed=seed),
        registry=registry,
        fingerprint=f"{benchmark.name}-{seed}",
        on_step=lambda progress, stage: None,
    )
    parser = Parser(registry.folder(trained.info.version), version=trained.info.version)
    texts = [row.text for row in benchmark.test]
    chunks = [parser.parse(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)]
    return [_prediction(result) for chunk in chunks for result in chunk]


def _prediction(result: ParseResult) -> Prediction:
    best = next(score for score in result.intent_ranking if score.name != OUT_OF_SCOPE_INTENT)
    spans = frozenset[Span]((e.start, e.end, e.entity) for e in result.entities if e.extractor == "transformer")
    return Prediction(best.name, best.confidence, result.out_of_scope_score, result.is_fallback, spans)


def diet(benchmark: Benchmark, folder: Path, seed: int) -> list[Prediction]:
    """Rasa's recommended pipeline with DIET, trained and asked in Rasa's own environment on the same messages."""
    where = folder / f"{benchmark.name}-diet-{seed}"
    write(where / "nlu.yml", [*benchmark.train, *benchmark.validation])
    (where / "config.yml").write_text(NLU_CONFIG.format(epochs=DIET_EPOCHS, seed=seed))
    (where / "texts.json").write_text(json.dumps([row.text for row in benchmark.test]))
    environ = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
    command = [BOT.executable, DIET, where]
    subprocess.run(command, cwd=where, env=environ, check=True, stdout=subprocess.DEVNULL)
    rows = json.loads((where / "parsed.json").read_text())
    return [
        Prediction(row["intent"], row["confidence"], 1 - row["confidence"], spans=frozenset(map(tuple, row["spans"])))
        for row in rows
    ]


def floor(benchmark: Benchmark, folder: Path, seed: int) -> list[Prediction]:
    """TF-IDF of words and of letters with a linear SVM; how sure it is comes from its margins."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    rows = [*benchmark.train, *benchmark.validation]
    model = make_pipeline(features, LinearSVC(random_state=seed))
    model.fit([row.text for row in rows], [row.intent for row in rows])
    margins = np.atleast_2d(model.decision_function([row.text for row in benchmark.test]))
    return _from_margins(margins, model.classes_)


def _from_margins(margins: np.ndarray, names: Sequence[str]) -> list[Prediction]:
    raised = np.exp(margins - margins.max(axis=1, keepdims=True))
    probabilities = raised / raised.sum(axis=1, keepdims=True)
    best = margins.argmax(axis=1)
    return [
        Prediction(str(names[at]), float(row[at]), -float(margin[at]))
        for at, row, margin in zip(best, probabilities, margins, strict=True)
    ]
