"""Training multiplies in bfloat16 where that is faster."""

from __future__ import annotations

import pytest
import torch

from nlu_models.training import bfloat16

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def forgotten():
    bfloat16.is_faster.cache_clear()
    yield
    bfloat16.is_faster.cache_clear()


def knows(monkeypatch, *names):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(names, True))


def takes(monkeypatch, **seconds):
    monkeypatch.setattr(bfloat16, "_shortest_s", lambda kind: seconds[str(kind).removeprefix("torch.")])


def test_a_processor_without_the_type_is_not_measured(monkeypatch):
    knows(monkeypatch, "avx2")
    takes(monkeypatch)

    assert not bfloat16.is_faster(CPU)


@pytest.mark.parametrize(("half", "faster"), [(0.4, True), (0.95, False), (2.0, False)])
@pytest.mark.parametrize("name", ["avx512_bf16", "amx_bf16"])
def test_one_that_knows_the_type_must_be_faster_with_it(monkeypatch, name, half, faster):
    knows(monkeypatch, name)
    takes(monkeypatch, float32=1.0, bfloat16=half)

    assert bfloat16.is_faster(CPU) is faster


def test_it_is_measured_once(monkeypatch):
    knows(monkeypatch, "amx_bf16")
    takes(monkeypatch, float32=1.0, bfloat16=0.5)
    first = bfloat16.is_faster(CPU)
    takes(monkeypatch, float32=1.0, bfloat16=2.0)

    assert first and bfloat16.is_faster(CPU)


def test_the_measure_is_a_time():
    assert 0 < bfloat16._shortest_s(torch.float32) < 10
