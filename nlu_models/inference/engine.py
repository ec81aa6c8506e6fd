"""The ONNX graph: token ids in, logits out, in batches of similar length."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contract.wire import BrokenArchive

Array = NDArray[np.float32]
TOKEN_BUDGET = 1024
MAX_THREADS = 4
SPINNING_US = 200
INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("intents", "tags", "sentences")


@dataclass(frozen=True)
class Outputs:
    """Of some texts: logits of the intents (texts, intents), of each text's tags (tokens, tags), and the sentences'
    vectors (texts, width)."""

    intents: Array
    tags: list[Array]
    sentences: Array


class Engine:
    """One loaded graph; ``run`` may be called from several threads."""

    def __init__(self, path: Path, *, pad_id: int, threads: int | None = None, device: str = "cpu") -> None:
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), session_options(threads), providers=_providers(device)
            )
        except Exception as error:  # ONNX Runtime raises kinds of its own for what is no graph
            raise BrokenArchive(
                f"{path.name} is no graph that ONNX Runtime can load ({error}): train again."
            ) from error
        if tuple(output.name for output in self._session.get_outputs()) != OUTPUTS:
            raise BrokenArchive(f"{path.name} was made by another version of this program: train again.")
        self._pad_id = pad_id

    def run(self, rows: Sequence[Sequence[int]]) -> Outputs:
        """What the graph says about each row.

        Args:
            rows: token ids of each text, at least one text and none empty.
        """
        order: list[int] = []
        intents, tags, sentences = [], [], []
        for chunk in _chunks(rows):
            of_intents, of_tags, of_sentences = self._run([rows[i] for i in chunk])
            order += chunk
            intents.append(of_intents)
            tags += [of_tags[at, : len(rows[index])] for at, index in enumerate(chunk)]
            sentences.append(of_sentences)
        back = np.argsort(order)
        return Outputs(np.concatenate(intents)[back], [tags[i] for i in back], np.concatenate(sentences)[back])

    def _run(self, rows: Sequence[Sequence[int]]) -> tuple[Array, Array, Array]:
        width = max(len(row) for row in rows)
        ids = np.full((len(rows), width), self._pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        intents, tags, sentences = self._session.run(None, dict(zip(INPUTS, (ids, mask), strict=True)))
        return intents, tags, sentences


def session_options(threads: int | None = None, *, spinning_us: int | None = SPINNING_US) -> onnxruntime.SessionOptions:
    """How a graph is run.

    Args:
        threads: by default as many as there are cores, at most four.
        spinning_us: microseconds that a thread waits for work before it sleeps: long enough for the other thread's part
            of an operator, too short to keep a core from other programs. None: ONNX Runtime's own default.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(MAX_THREADS, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if spinning_us is not None:
        options.add_session_config_entry("session.intra_op.spin_duration_us", str(spinning_us))
    return options


def _chunks(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Indices by length, so that little is padded, at most ``TOKEN_BUDGET`` padded tokens at once."""
    chunk: list[int] = []
    for index in sorted(range(len(rows)), key=lambda i: len(rows[i])):
        if chunk and (len(chunk) + 1) * len(rows[index]) > TOKEN_BUDGET:
            yield chunk
            chunk = []
        chunk.append(index)
    if chunk:
        yield chunk


def _providers(device: str) -> list[str]:
    available = onnxruntime.get_available_providers()
    wanted = ["CUDAExecutionProvider"] if device != "cpu" else []
    return [name for name in wanted if name in available] + ["CPUExecutionProvider"]
