"""The graph is called by several threads at once, and says what it says to one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from contract.wire import BrokenArchive
from nlu_models.export.onnx_export import export
from nlu_models.inference import engine
from nlu_models.inference.engine import FEW_ROWS, Engine
from nlu_models.training.model import build
from tests.nlu_models.small_encoder import make_small_encoder

FEW = [[101, 2073, 2003, 2026, 2344, 102]] * 2
MANY = [[101, 2000 + i, 2073, 102][: 3 + i % 2] for i in range(FEW_ROWS + 9)]
several_cores = pytest.mark.skipif(engine.usual_threads() < 2, reason="one core has one way only")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    torch.manual_seed(3)
    model = build(make_small_encoder(folder / "encoder", layers=2), intents=5, tags=3, dropout=0.1).eval()
    export(model, folder / "model.onnx")
    return folder / "model.onnx"


@pytest.mark.parametrize("side_by_side", [True, False])
def test_many_threads_are_told_what_one_is_told(graph: Path, side_by_side: bool) -> None:
    ours, one = Engine(graph, pad_id=0, side_by_side=side_by_side), Engine(graph, pad_id=0, threads=1)
    wanted = {len(rows): one.run(rows) for rows in (FEW, MANY)}
    with ThreadPoolExecutor(4) as pool:
        for rows, found in zip([FEW, MANY] * 20, pool.map(ours.run, [FEW, MANY] * 20), strict=True):
            np.testing.assert_allclose(found.intents, wanted[len(rows)].intents, atol=1e-4)
            np.testing.assert_allclose(found.sentences, wanted[len(rows)].sentences, atol=1e-4)
            assert [len(tags) for tags in found.tags] == [len(row) for row in rows]


@several_cores
def test_a_few_texts_alone_have_all_cores_and_calls_beside_others_one(graph: Path) -> None:
    found = Engine(graph, pad_id=0, side_by_side=True)
    with found._chosen(1) as alone, found._chosen(1) as beside:
        assert alone is not beside
    with found._chosen(FEW_ROWS) as again:
        assert again is alone, "after both have ended"
    with found._chosen(FEW_ROWS + 1) as many:
        assert many is beside


@several_cores
def test_a_large_graph_is_in_memory_once(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SMALL_BYTES", graph.stat().st_size - 1)
    assert Engine(graph, pad_id=0, side_by_side=True)._on_one_core is None
    monkeypatch.setattr(engine, "SMALL_BYTES", graph.stat().st_size)
    assert Engine(graph, pad_id=0, side_by_side=True)._on_one_core is not None
    assert Engine(graph, pad_id=0, side_by_side=True, threads=1)._on_one_core is None


def test_a_call_that_failed_leaves_the_next_one_its_cores(graph: Path) -> None:
    found = Engine(graph, pad_id=0, side_by_side=True)
    with pytest.raises(Exception, match="indices element out of data bounds"):
        found.run([[10**9]])
    with found._chosen(1) as session:
        assert session is found._on_all_cores
    assert found.run(FEW).intents.shape == (2, 5)


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(BrokenArchive, match=r"model\.onnx is no graph that ONNX Runtime can load"):
        Engine(tmp_path / "model.onnx", pad_id=0)
