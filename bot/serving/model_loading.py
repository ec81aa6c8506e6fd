"""Loads an archive's prediction graph alone: the training graph names classes that import TensorFlow."""

from __future__ import annotations

import tempfile
from pathlib import Path

import rasa.shared.utils.io
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import MODEL_ARCHIVE_METADATA_FILE, LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata

from contract.wire import BrokenArchive

OURS = ("rasa.", "bot.")


class PredictionStorage(LocalModelStorage):
    """Rasa's storage, reading metadata without the training graph."""

    @staticmethod
    def _load_metadata(directory: Path) -> ModelMetadata:
        metadata = rasa.shared.utils.io.read_json_file(directory / MODEL_ARCHIVE_METADATA_FILE)
        metadata["train_schema"] = {"nodes": {}}
        for name, node in metadata["predict_schema"]["nodes"].items():
            if not str(node.get("uses")).startswith(OURS):
                raise BrokenArchive(f"The archive's node {name} wants to run {node.get('uses')}, which is not ours.")
        return ModelMetadata.from_dict(metadata)


def load_model(archive: Path) -> tuple[ModelMetadata, GraphRunner]:
    """The metadata and the graph that predicts. Unpacked files are removed: the components are in memory."""
    with tempfile.TemporaryDirectory() as folder:
        return load_predict_graph_runner(Path(folder), archive, PredictionStorage, DaskGraphRunner)
