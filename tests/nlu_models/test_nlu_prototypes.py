"""Labels that a base does not know begin where their examples are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from contract.nlu import EntitySpan, Example
from nlu_models.training.dataset import Labels, Row, collate, encode, load_tokenizer
from nlu_models.training.model import JointModel, build
from nlu_models.training.prototypes import begin_intents, begin_tags
from tests.nlu_models.tiny_encoders import make_encoder

CPU = torch.device("cpu")
COLORS, SIZES = ("red", "blue", "green", "black"), ("small", "medium", "large", "huge")


def marked(text: str, intent: str, **entities: str) -> Example:
    spans = (EntitySpan(text.index(word), text.index(word) + len(word), name) for name, word in entities.items())
    return Example(text, intent, tuple(spans))


EXAMPLES = [
    *[marked(f"one {color} lamp please", "buy", color=color) for color in COLORS],
    *[marked(f"is it {size} or not", "ask", size=size) for size in SIZES],
    *[Example(f"hello there my friend {word}", "greet") for word in ("one", "two", "three", "four")],
]
LABELS = Labels.of(EXAMPLES)
OUTSIDE, B_COLOR, I_COLOR, B_SIZE, I_SIZE = range(5)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder("bert", tmp_path_factory.mktemp("encoder"), [example.text for example in EXAMPLES])


@pytest.fixture(scope="module")
def rows(encoder: Path) -> list[Row]:
    return encode(EXAMPLES, LABELS, load_tokenizer(encoder), max_length=32)


@pytest.fixture
def model(encoder: Path) -> JointModel:
    torch.manual_seed(1)
    return build(encoder, intents=len(LABELS.intents), tags=len(LABELS.tags), dropout=0.1).eval()


@torch.inference_mode()
def logits(model: JointModel, rows: list[Row]) -> tuple[Tensor, Tensor, Tensor]:
    """Of the intents, and of the tags of each word's tokens with the numbers of their own tags."""
    batch = collate(rows)
    intents, tags, _ = model(batch.ids, batch.mask)
    counted = batch.tags >= 0
    return intents, tags[counted], batch.tags[counted]


def test_a_new_tag_is_likelier_where_its_words_are(model: JointModel, rows: list[Row]) -> None:
    assert LABELS.tags == ("O", "B-color", "I-color", "B-size", "I-size")
    before = model.tag_head.weight.detach().clone()
    begin_tags(model, rows, [B_SIZE, I_SIZE], device=CPU)
    _, found, own = logits(model, rows)
    assert found[own == B_SIZE, B_SIZE].mean() > found[own == OUTSIDE, B_SIZE].mean()
    assert found[own == B_SIZE, B_SIZE].mean() > found[own == B_COLOR, B_SIZE].mean()
    after = model.tag_head.weight.detach()
    assert float(after[B_SIZE].norm()) == pytest.approx(float(before[[B_COLOR, I_COLOR]].norm(dim=-1).mean()), rel=1e-4)
    kept = [OUTSIDE, B_COLOR, I_COLOR, I_SIZE]
    assert torch.equal(after[kept], before[kept]), "known ones, and one that no word has, are as they were"


def test_where_the_base_knows_no_entity_the_rows_stay(model: JointModel, rows: list[Row]) -> None:
    before = model.tag_head.weight.detach().clone()
    begin_tags(model, rows, [B_COLOR, I_COLOR, B_SIZE, I_SIZE], device=CPU)
    assert torch.equal(model.tag_head.weight.detach(), before)


def test_a_new_intent_is_likelier_for_its_messages(model: JointModel, rows: list[Row]) -> None:
    ask = LABELS.intents.index("ask")
    begin_intents(model, rows, [ask], device=CPU)
    found, _, _ = logits(model, rows)
    own = torch.tensor([row.intent == ask for row in rows])
    assert found[own, ask].mean() > found[~own, ask].max()
