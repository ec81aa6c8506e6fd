"""Training multiplies in bfloat16 where the processor has a matrix unit for it."""

from __future__ import annotations

import pytest
import torch

from nlu_models.training import bfloat16


@pytest.mark.parametrize(
    ("known", "faster"), [(["avx2"], False), (["avx512_bf16"], False), (["avx512_bf16", "amx_bf16"], True)]
)
def test_the_matrix_unit_decides(monkeypatch, known, faster):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(known, True))

    assert bfloat16.is_faster(torch.device("cpu")) is faster
