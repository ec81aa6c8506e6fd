"""Dropout by bytes is PyTorch's in all but the cost."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from nlu_models.training.dropout import ByteDropout
from nlu_models.training.model import build
from tests.nlu_models.tiny_encoders import make_encoder

SHAPE = (63, 33, 97)  # its values are no multiple of eight


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_so_many_are_dropped_and_the_rest_makes_up_for_them(p: float) -> None:
    torch.manual_seed(1)
    found = ByteDropout(p)(torch.ones(SHAPE))
    assert float((found == 0).float().mean()) == pytest.approx(p, abs=0.01)
    assert float(found.mean()) == pytest.approx(1, abs=0.02)
    assert len(found.unique()) == 2


def test_nothing_is_dropped_where_nothing_should_be() -> None:
    rows = torch.rand(SHAPE)
    assert torch.equal(ByteDropout(0.5).eval()(rows), rows)
    assert torch.equal(ByteDropout(0.0)(rows), rows)


def test_values_are_dropped_independently() -> None:
    torch.manual_seed(2)
    kept = (ByteDropout(0.5)(torch.ones(4096, 32)) > 0).float()
    assert float(torch.corrcoef(kept.T).fill_diagonal_(0).abs().max()) < 0.08
    again = (ByteDropout(0.5)(torch.ones(4096, 32)) > 0).float()
    assert float((kept == again).float().mean()) == pytest.approx(0.5, abs=0.01)


def test_a_seed_decides_and_gradients_go_the_same_way() -> None:
    drop, rows = ByteDropout(0.3), torch.rand(SHAPE, requires_grad=True)
    torch.manual_seed(3)
    first = drop(rows)
    first.sum().backward()  # type: ignore[no-untyped-call]
    assert rows.grad is not None and torch.equal(rows.grad * rows, first)
    torch.manual_seed(3)
    assert torch.equal(drop(rows), first)


def test_a_precision_is_kept() -> None:
    assert ByteDropout(0.1)(torch.ones(SHAPE, dtype=torch.bfloat16)).dtype == torch.bfloat16


@pytest.mark.parametrize("family", ["bert", "roberta", "deberta-v2", "modernbert", "xlm-roberta"])
def test_all_dropout_of_a_model_is_by_bytes(family: str, tmp_path: Path) -> None:
    encoder = make_encoder(family, tmp_path, ["where is my order", "cancel it"])
    model = build(encoder, intents=2, tags=3, dropout=0.1)
    kinds = {type(module) for module in model.modules() if isinstance(module, nn.Dropout)}
    assert kinds == {ByteDropout}
