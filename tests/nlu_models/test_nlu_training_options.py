"""What each training option does, on an encoder of a few kilobytes."""

from __future__ import annotations

import copy
import dataclasses
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from contract.nlu import Example, TrainRequest
from contract.settings import ROOT
from contract.wire import InvalidTrainingData
from nlu_models.data.markup import parse_example
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import Parser
from nlu_models.inference.spelling import Speller
from nlu_models.inference.vocabulary import Vocabulary, whole_words
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.record import TrainingRecord
from nlu_models.registry.store import Registry
from nlu_models.training.__main__ import main
from nlu_models.training.adversarial import shifted
from nlu_models.training.arguments import TrainingArguments, as_markdown, documented, from_options
from nlu_models.training.augmentation import Augmentation, as_read, entity_values, mistyped, substituted
from nlu_models.training.balance import intent_weights, row_weights
from nlu_models.training.base import WEIGHTS_FILE
from nlu_models.training.contrast import contrast_loss
from nlu_models.training.dataset import Labels, Row, batches, collate, encode, load_tokenizer, with_names
from nlu_models.training.distillation import with_soft_labels
from nlu_models.training.model import JointModel, build
from nlu_models.training.on_step import quietly
from nlu_models.training.pipeline import Trained, train
from nlu_models.training.probe import begin_with_probe, sentence_vectors, with_anchors
from nlu_models.training.trainer import fit, validate
from nlu_models.training.tuning import USUAL_TEMPERATURE, WITH_SMOOTHING, tune
from nlu_models.training.watching import FOLDER as WATCHED
from tests.nlu_models.nlu_service_process import HELD, LINES, examples_of
from tests.nlu_models.tiny_encoders import make_encoder

EXAMPLES = examples_of(LINES)
LABELS = Labels.of(EXAMPLES)
QUICK: dict[str, object] = {
    "epochs": 6,
    "patience": 6,
    "least_steps": 1,
    "batch_size": 16,
    "learning_rate": 5e-3,
    "head_learning_rate": 0.1,
    "precision": "fp32",
    "device": "cpu",
}
LONGER: dict[str, object] = {"epochs": 25, "patience": 25}


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("encoders")
    texts = [example.text for example in EXAMPLES]
    return {family: make_encoder(family, root / family, texts) for family in ("bert", "modernbert", "deberta-v2")}


def rows_of(folder: Path, examples: tuple[Example, ...] = EXAMPLES) -> list[Row]:
    return encode(examples, LABELS, load_tokenizer(folder), max_length=64)


def model_of(folder: Path, **options: object) -> tuple[JointModel, TrainingArguments]:
    torch.manual_seed(1)
    model = build(folder, intents=len(LABELS.intents), tags=len(LABELS.tags), dropout=0.1)
    return model, from_options({**QUICK, "encoder": str(folder), **options})


def publish(registry: Registry, folder: Path, **options: object) -> Trained:
    request = TrainRequest(
        examples=EXAMPLES,
        validation=EXAMPLES,
        test=examples_of(HELD),
        options={**QUICK, "encoder": str(folder), **options},
    )
    arguments = from_options(request.options)
    return train(request, arguments, registry=registry, fingerprint=fingerprint(request, arguments), on_step=quietly)


def test_every_option_is_shown_once_by_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = [name for rows in documented().values() for name, _, _ in rows]
    assert sorted(names) == sorted(vars(TrainingArguments()))
    for command in ("train", "search"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        shown = capsys.readouterr().out
        for rows in documented().values():
            assert all(f"  {name}={default}" in shown and doc in shown for name, default, doc in rows)


def test_the_documentation_lists_the_options_as_they_are() -> None:
    text = (ROOT / "docs" / "training.md").read_text("utf-8")
    listed = text.split("<!-- options -->\n")[1].split("\n<!-- /options -->")[0]
    assert listed == as_markdown(), "paste what nlu_models.training.arguments.as_markdown() gives"


def test_nothing_is_loaded_that_a_training_does_not_use() -> None:
    heavy = "{'peft', 'accelerate', 'optuna', 'tensorboard'}"
    code = f"import sys, nlu_models.training.pipeline, nlu_models.serving.app; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("class_balance", "some", "class_balance must be one of none, loss, sampling, not 'some'"),
        ("tuning", "bottleneck", "tuning must be one of full, lora, adalora, ia3, oft"),
        ("accumulation", 0, "accumulation must be at least 1"),
        ("typing_noise", 1.5, "typing_noise must be at least 0 and at most 1, not 1.5"),
        ("distillation_temperature", 0, "distillation_temperature must be above 0"),
        ("kept_layers", [2, 0], "kept_layers must rise and begin at 0 or above, not [2, 0]"),
        ("kept_layers", "all", "kept_layers must be a list"),
    ],
)
def test_an_impossible_value_is_refused_with_a_sentence(option: str, value: object, said: str) -> None:
    with pytest.raises(InvalidTrainingData) as caught:
        from_options({option: value})
    assert said in caught.value.message


def test_rare_intents_weigh_more_and_are_drawn_more_often() -> None:
    rows = [Row([1], int(i >= 90), [0]) for i in range(100)]
    common, rare = intent_weights(rows, 2).tolist()
    assert rare / common == pytest.approx(3.0)
    assert 0.9 * common + 0.1 * rare == pytest.approx(1.0)
    drawn: Counter[int] = Counter()
    for batch in batches(rows, size=10, shuffle=random.Random(1), weights=row_weights(rows, 2)):
        drawn.update(batch.intents.tolist())
    assert drawn.total() == 100 and drawn[1] > 15


@pytest.mark.parametrize("options", [{"class_balance": "loss"}, {"class_balance": "sampling"}, {"r_drop": 1.0}])
def test_a_training_with_another_loss_learns(encoders: dict[str, Path], options: dict[str, object]) -> None:
    model, arguments = model_of(encoders["bert"], **LONGER, **options)
    rows = rows_of(encoders["bert"])
    scores = fit(model, rows, rows, arguments, on_step=quietly)
    assert max(score.intent_accuracy for score in scores) >= 0.8


@pytest.mark.parametrize(
    "options", [{"contrast": 0.0}, {"anchor": 0.0}, {"linear_probe": False}, {"intent_names": False}, {"joined": 0.0}]
)
def test_a_training_without_one_of_the_aids_is_published(
    encoders: dict[str, Path], tmp_path: Path, options: dict[str, object]
) -> None:
    version = publish(Registry(tmp_path), encoders["bert"], **LONGER, **options)
    assert version.info.metrics["intent_accuracy"] >= 0.5


def test_the_probe_knows_the_intents_before_the_first_step(encoders: dict[str, Path]) -> None:
    model, _ = model_of(encoders["bert"])
    rows, device = rows_of(encoders["bert"]), torch.device("cpu")
    anchored = with_anchors(model, rows, device=device)
    vectors = sentence_vectors(model, rows, device=device)
    assert torch.allclose(vectors.norm(dim=-1), torch.ones(len(rows)))
    for row, vector in zip(anchored, vectors, strict=True):
        assert row.anchor is not None and torch.allclose(row.anchor, vector, atol=1e-6)
    begin_with_probe(model, anchored, device=device)
    assert validate(model, rows, epoch=0, device=device).intent_accuracy >= 0.6


def test_the_anchor_holds_the_vectors_near_the_pretrained_ones(encoders: dict[str, Path]) -> None:
    device, gone = torch.device("cpu"), {}
    for weight in (0.0, 50.0):
        model, arguments = model_of(encoders["bert"], anchor=weight, learning_rate=1e-3)
        rows = with_anchors(model, rows_of(encoders["bert"]), device=device)
        fit(model, rows, rows, arguments, on_step=quietly)
        vectors = sentence_vectors(model, rows, device=device)
        anchors = torch.stack([row.anchor for row in rows if row.anchor is not None])
        gone[weight] = 1 - float((vectors * anchors).sum(-1).mean())
    assert gone[50.0] < gone[0.0] / 2


def test_contrast_is_least_where_each_intent_is_one_place() -> None:
    intents = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    mixed = apart[[0, 2, 1, 3]]
    assert contrast_loss(apart, intents) < 0.01 < 1.0 < contrast_loss(mixed, intents)
    assert contrast_loss(apart, torch.arange(4)) == 0.0, "no pairs"


def test_names_of_intents_are_examples_where_nobody_says_them() -> None:
    examples = [
        Example("Cancel order!", "cancel_order"),
        Example("where is it", "faq/track-order"),
        Example("?", "out_of_scope"),
    ]
    assert with_names(examples)[3:] == (Example("faq track order", "faq/track-order"),)


def test_few_examples_are_seen_more_often(encoders: dict[str, Path]) -> None:
    model, arguments = model_of(encoders["bert"], least_steps=50, epochs=3)
    steps: list[str] = []
    rows = rows_of(encoders["bert"])
    fit(model, rows, (), arguments, on_step=lambda progress, stage: steps.append(stage))
    assert Counter(steps) == {f"epoch {epoch} of 3": 18 for epoch in (1, 2, 3)}


def test_what_was_held_out_is_learnt_in_the_end(encoders: dict[str, Path], tmp_path: Path) -> None:
    registry, options = Registry(tmp_path), {**QUICK, "encoder": str(encoders["bert"]), "holdout": 0.3}
    found: dict[bool, Trained] = {}
    for again in (True, False):
        request = TrainRequest(examples=EXAMPLES, options={**options, "train_again": again})
        arguments = from_options(request.options)
        mark = fingerprint(request, arguments)
        found[again] = train(request, arguments, registry=registry, fingerprint=mark, on_step=quietly)
    records = {again: TrainingRecord.load(registry.folder(made.info.version)) for again, made in found.items()}
    assert len(records[True].examples) == len(EXAMPLES) > len(records[False].examples)
    assert found[True].report.part == "validation" and found[True].report.messages == found[False].report.messages
    assert found[True].report.metrics == found[False].report.metrics, "of the model that did not see them"
    settings = {again: ModelSettings.load(registry.folder(made.info.version)) for again, made in found.items()}
    assert settings[True].temperature == settings[False].temperature


def test_the_usual_temperature_counts_where_it_is_known(encoders: dict[str, Path], tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    folder = registry.folder(publish(registry, encoders["bert"], epochs=15, patience=15).info.version)
    settings = ModelSettings.load(folder)
    found = [
        tune(folder, settings, EXAMPLES[:4], from_options({**QUICK, "label_smoothing": smoothing})).temperature
        for smoothing in (WITH_SMOOTHING, 0.2)
    ]
    assert found[1] == pytest.approx(0.2), "four messages that are all right ask for the greatest certainty"
    assert found[0] == pytest.approx(USUAL_TEMPERATURE, abs=0.3), "four messages say little against what is usual"


def test_batches_are_gathered_for_one_step(encoders: dict[str, Path]) -> None:
    model, arguments = model_of(encoders["bert"], batch_size=8, accumulation=3, epochs=2)
    told: list[float] = []
    rows = rows_of(encoders["bert"])
    fit(model, rows, rows, arguments, on_step=lambda progress, stage: told.append(progress))
    assert len(rows) == 32 and told == [0.25, 0.5, 0.75, 1.0], "four batches are a step of three and one of one"


@pytest.mark.parametrize("tuning", ["lora", "adalora", "ia3", "oft"])
@pytest.mark.parametrize("family", ["bert", "modernbert", "deberta-v2"])
def test_what_peft_adds_learns_and_is_merged(encoders: dict[str, Path], tuning: str, family: str) -> None:
    folder = encoders[family]
    model, arguments = model_of(folder, tuning=tuning, tuning_rank=4, epochs=15, patience=15)
    before = copy.deepcopy(model.state_dict())
    rows = rows_of(folder)
    scores = fit(model, rows, rows, arguments, on_step=quietly)
    after = model.state_dict()
    assert not any("lora" in type(module).__name__.lower() for module in model.modules())
    assert after.keys() == before.keys(), "the additions are in the weights"
    changed = {name for name in after if not torch.equal(after[name], before[name])} - {"tag_head.weight"}
    assert any("encoder" in name for name in changed)
    assert not any("embeddings" in name or "norm" in name.lower() for name in changed)
    best = max(scores, key=lambda score: score.value)
    again = validate(model, rows, epoch=best.epoch, device=torch.device("cpu"))
    assert best.intent_accuracy >= 0.7 and again.loss == pytest.approx(best.loss, abs=1e-3), "merging changes nothing"


def test_frozen_layers_stay_and_the_others_learn(encoders: dict[str, Path]) -> None:
    model, arguments = model_of(encoders["bert"], frozen_layers=2)
    before = copy.deepcopy(model.state_dict())
    rows = rows_of(encoders["bert"])
    fit(model, rows, rows, arguments, on_step=quietly)
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert any(".layer.2." in name for name in changed)
    assert not any(part in name for name in changed for part in ("embeddings", ".layer.0.", ".layer.1."))


@pytest.mark.parametrize("family", ["bert", "modernbert"])
def test_a_model_of_fewer_layers_is_served(encoders: dict[str, Path], family: str, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    whole = publish(registry, encoders[family], epochs=1).info
    small = publish(registry, encoders[family], epochs=1, kept_layers=[0, 2]).info
    assert small.size_bytes < whole.size_bytes
    assert Parser(registry.folder(small.version), version="v").parse(["hello"])[0].intent.name in LABELS.intents
    with pytest.raises(InvalidTrainingData, match="layer 7, but the encoder's last is 2"):
        publish(registry, encoders[family], kept_layers=[0, 7])
    with pytest.raises(InvalidTrainingData, match="frozen_layers is 9, but the encoder has 3 layers"):
        publish(registry, encoders[family], frozen_layers=9)


NOISE: dict[str, object] = {"typing_noise": 0.25, "typing_noise_rate": 0.6}
MARKED = parse_example("ship my [Red](color) [running shoes](product), order [#W1234567](order_id)!", intent="x")


@given(seed=st.integers(0, 10_000), rate=st.floats(0, 1))
def test_typing_errors_keep_the_spans_in_place(seed: int, rate: float) -> None:
    made = mistyped(MARKED, rate, random.Random(seed))
    assert [span.entity for span in made.entities] == ["color", "product", "order_id"]
    color, product, order = (made.text[span.start : span.end] for span in made.entities)
    assert order == "#W1234567"
    assert color.strip() == color != "" and 1 <= len(color) <= 6 and 6 <= len(product) <= 24
    first, second, third = made.entities
    assert made.text[first.end : second.start] == " " and made.text[second.end :].startswith(", ")
    assert made.text[third.end :] == "!"


def test_no_errors_leave_the_example_alone() -> None:
    assert mistyped(MARKED, 0.0, random.Random(1)) is MARKED
    assert mistyped(MARKED, 1.0, random.Random(1)).text != MARKED.text


def test_entities_are_exchanged_for_others_of_their_kind() -> None:
    values = entity_values(EXAMPLES)
    assert [text for text, _ in values["color"]] == ["blue", "green", "red"]
    seen = set()
    for seed in range(40):
        example = parse_example("where is my [red](color) [dress](product), please", intent="track_order")
        made = substituted(example, values, 1.0, random.Random(seed))
        color, product = (made.text[span.start : span.end] for span in made.entities)
        assert made.text == f"where is my {color} {product}, please"
        seen.add((color, product))
    assert {color for color, _ in seen} == {"blue", "green", "red"}
    assert {product for _, product in seen} == {text for text, _ in values["product"]}


def test_what_is_mistyped_is_read_with_the_words_of_other_examples(encoders: dict[str, Path]) -> None:
    folder, tokenizer = encoders["bert"], load_tokenizer(encoders["bert"])
    rows = [dataclasses.replace(row, anchor=torch.full((1,), i)) for i, row in enumerate(rows_of(folder))]
    made = Augmentation(EXAMPLES, rows, LABELS, tokenizer, from_options(NOISE), max_length=64).rows(1)
    assert made[: len(rows)] == rows and len(made) == 1.25 * len(rows)
    for row in made[len(rows) :]:
        assert row.anchor is not None
        old = rows[int(row.anchor)]
        assert row.ids != old.ids and row.intent == old.intent, "of the same example, but not as it was written"
        assert {tag for tag in row.tags if tag > 0} == {tag for tag in old.tags if tag > 0}, "with its entities"
    none = from_options({**NOISE, "typing_noise_rate": 0})
    same = Augmentation(EXAMPLES, rows, LABELS, tokenizer, none, max_length=64).rows(1)
    assert len(same) == len(made) and all(row in rows for row in same), "an epoch is as long as any"


def test_few_examples_are_learnt_as_they_are(encoders: dict[str, Path], tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    made = [
        publish(registry, encoders["bert"], epochs=1, least_steps=steps, typing_noise=noise).info.version
        for steps, noise in ((4, 0), (4, 0.5), (2, 0), (2, 0.5))
    ]
    weights = [(registry.folder(version) / WEIGHTS_FILE).read_bytes() for version in made]
    assert weights[0] == weights[1], "two batches an epoch, which goes through them twice"
    assert weights[2] != weights[3]


def test_spans_stand_where_their_words_are_read(encoders: dict[str, Path]) -> None:
    speller = Speller(Vocabulary.of([MARKED.text] * 3, whole_words(load_tokenizer(encoders["bert"]))))
    written = parse_example("shipp my [Rd](color) [runing shos](product), ordr [#W1234567](order_id)!", intent="x")
    read = as_read(written, speller)
    assert read.text == MARKED.text and read.entities == MARKED.entities
    assert as_read(MARKED, speller) is MARKED


def test_each_epoch_has_messages_of_its_own_and_always_the_same(encoders: dict[str, Path]) -> None:
    folder = encoders["bert"]
    rows, arguments = rows_of(folder), from_options({"entity_substitution": 0.5, **NOISE})
    made = Augmentation(EXAMPLES, rows, LABELS, load_tokenizer(folder), arguments, max_length=64)
    assert made.rows(1) == made.rows(1) != made.rows(2)
    changed = sum(old is not new for old, new in zip(rows, made.rows(1)[: len(rows)], strict=True))
    assert 2 <= changed <= 27 and len(made.rows(1)) == 1.25 * len(rows)
    model, arguments = model_of(folder, entity_substitution=0.5, **NOISE, **LONGER)
    scores = fit(model, rows, rows, arguments, on_step=quietly, renewed=made.rows)
    assert max(score.intent_accuracy for score in scores) >= 0.7


def test_the_adversarial_step_raises_the_loss_and_leaves_no_trace(encoders: dict[str, Path]) -> None:
    model, arguments = model_of(encoders["bert"], adversarial=0.5, **LONGER)
    rows = rows_of(encoders["bert"])
    batch = collate(rows[:8])
    model.eval()

    def loss() -> torch.Tensor:
        return torch.nn.functional.cross_entropy(model(batch.ids, batch.mask)[0], batch.intents)

    plain = loss().item()
    with shifted(model) as shift:
        loss().backward()
        shift.turn(0.1)
        assert loss().item() > plain
        assert shift.delta is not None
        usual = torch.linalg.vector_norm(model.encoder.get_input_embeddings().weight[batch.ids], dim=-1).mean().item()
        assert torch.linalg.vector_norm(shift.delta, dim=(1, 2)).tolist() == pytest.approx([0.1 * usual] * 8)
    assert loss().item() == plain
    scores = fit(model, rows, rows, arguments, on_step=quietly)
    assert max(score.intent_accuracy for score in scores) >= 0.7


@pytest.mark.parametrize(
    ("options", "every"),
    [
        ({"least_steps": 12}, 1),
        ({}, 4),
        ({"adversarial_every": 3}, 3),
        ({"adversarial": 0.0}, 1),
        ({"adversarial": 0.0, "least_steps": 12}, 1),
    ],
)
def test_so_many_steps_are_learnt_against_the_worst_shift(
    encoders: dict[str, Path], options: dict[str, object], every: int
) -> None:
    """All of them where an epoch goes through few examples several times."""
    model, arguments = model_of(encoders["bert"], epochs=1, linear_probe=False, anchor=0.0, batch_size=4, **options)
    told: list[float] = []
    passes: list[int] = []  # by the step
    model.register_forward_hook(lambda module, _inputs, _output: passes.append(len(told)) if module.training else None)
    fit(model, rows_of(encoders["bert"]), (), arguments, on_step=lambda progress, _stage: told.append(progress))
    twice = [step for step in range(len(told)) if passes.count(step) == 2]
    assert len(passes) == len(told) + len(twice)
    assert twice == [step for step in range(len(told)) if step % every == 0 and arguments.adversarial]


def test_a_student_learns_a_teachers_answers(encoders: dict[str, Path], tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    teacher = publish(registry, encoders["bert"], epochs=25, patience=25).info.version
    options = {"epochs": 25, "patience": 25, "distillation_weight": 1.0, "teacher": teacher}
    student = publish(registry, encoders["modernbert"], **options).info.version
    texts = [example.text for example in EXAMPLES]
    taught, learnt = (Parser(registry.folder(v), version=v).parse(texts) for v in (teacher, student))
    assert sum(a.intent.name == b.intent.name for a, b in zip(taught, learnt, strict=True)) >= 0.8 * len(texts)


def test_a_teachers_tags_are_aligned_to_other_tokens(encoders: dict[str, Path], tmp_path: Path) -> None:
    """The teacher reads word pieces, the student bytes with spaces in front."""
    registry = Registry(tmp_path)
    version = publish(registry, encoders["bert"], epochs=25, patience=25).info.version
    tokenizer = load_tokenizer(encoders["modernbert"])
    rows = encode(EXAMPLES, LABELS, tokenizer, max_length=64)
    taught = with_soft_labels(rows, EXAMPLES, LABELS, tokenizer, registry.folder(version))
    parser = Parser(registry.folder(version), version=version)
    marked = 0
    for example, row in zip(EXAMPLES, taught, strict=True):
        assert row.soft is not None and row.soft.tags is not None and len(row.soft.tags) == len(row.ids)
        raw = parser.raw([example.text])
        theirs = dict(zip(raw.encodings[0].offsets, raw.outputs.tags[0].argmax(-1), strict=True))
        for (_, end), logits in zip(tokenizer.encode(example.text).offsets, row.soft.tags, strict=True):
            found = [tag for (first, last), tag in theirs.items() if first < end <= last]
            assert bool(np.isnan(logits).all()) == (not found)
            assert not found or logits.argmax() == found[0]
            marked += any(found)
    assert marked > 5


def test_a_teacher_must_exist_and_know_the_labels(encoders: dict[str, Path], tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with pytest.raises(InvalidTrainingData, match="The teacher 'nobody' is no version and no folder of one"):
        publish(registry, encoders["bert"], teacher="nobody")
    teacher = publish(registry, encoders["bert"], epochs=1).info.version
    more = tuple(parse_example(f"I want a refund {i}", intent="refund") for i in range(4))
    request = TrainRequest(examples=(*EXAMPLES, *more), validation=more)
    folder = str(registry.folder(teacher))
    with pytest.raises(InvalidTrainingData, match="The teacher does not know refund"):
        arguments = from_options({**QUICK, "encoder": str(encoders["bert"]), "teacher": folder})
        train(request, arguments, registry=registry, fingerprint="f", on_step=quietly)


def test_tensorboard_shows_losses_and_scores(encoders: dict[str, Path], tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    info = publish(Registry(tmp_path), encoders["bert"], epochs=2, tensorboard=True).info
    events = EventAccumulator(str(tmp_path / WATCHED / info.fingerprint[:12]))
    events.Reload()
    assert [event.step for event in events.Scalars("training/loss")] == [1, 2, 3, 4, 5, 6]
    assert [event.step for event in events.Scalars("validation/intent_accuracy")] == [1, 2]
