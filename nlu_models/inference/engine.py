"""The ONNX graph: token ids in, logits out, in batches of similar length."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
FEW_ROWS = 7  # a message with the pieces that may be requests
SMALL_BYTES = 40_000_000  # of a graph whose weights may be in memory twice: one in int8
GPU = "CUDAExecutionProvider"
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

    def __init__(
        self, path: Path, *, pad_id: int, threads: int | None = None, device: str = "cpu", side_by_side: bool = False
    ) -> None:
        """
        Args:
            side_by_side: calls at the same time have a core each, and a few texts that come alone have all cores;
                otherwise one call waits for the other. A core of its own for each understands a tenth more.
        """
        cores = threads or usual_threads()
        self._on_all_cores = _session(path, cores, device)
        worth_it = side_by_side and not is_accelerated(device) and cores > 1 and path.stat().st_size <= SMALL_BYTES
        self._on_one_core = _session(path, 1, device) if worth_it else None
        self._turn, self._calls = threading.Lock(), 0
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
        with self._chosen(len(rows)) as session:
            intents, tags, sentences = session.run(None, dict(zip(INPUTS, (ids, mask), strict=True)))
        return intents, tags, sentences

    @contextmanager
    def _chosen(self, rows: int) -> Iterator[onnxruntime.InferenceSession]:
        if self._on_one_core is None:
            with self._turn:
                yield self._on_all_cores
            return
        with self._turn:
            self._calls += 1
            is_alone = self._calls == 1 and rows <= FEW_ROWS
        try:
            yield self._on_all_cores if is_alone else self._on_one_core
        finally:
            with self._turn:
                self._calls -= 1


def session_options(threads: int | None = None, *, spinning_us: int | None = SPINNING_US) -> onnxruntime.SessionOptions:
    """How a graph is run.

    Args:
        threads: by default as many as the process has cores, at most four.
        spinning_us: microseconds that a thread waits for work before it sleeps: long enough for the other thread's part
            of an operator, too short to keep a core from other programs. None: ONNX Runtime's own default.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or usual_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if spinning_us is not None:
        options.add_session_config_entry("session.intra_op.spin_duration_us", str(spinning_us))
    return options


def usual_threads() -> int:
    """As many as the process has cores, at most four."""
    return min(MAX_THREADS, _cores())


def _cores() -> int:
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    return len(os.sched_getaffinity(os.getpid()))  # of the main thread: the one that calls may be bound to a core


def _session(path: Path, threads: int, device: str) -> onnxruntime.InferenceSession:
    try:
        session = onnxruntime.InferenceSession(str(path), session_options(threads), providers=_providers(device))
    except Exception as error:  # ONNX Runtime raises kinds of its own for what is no graph
        raise BrokenArchive(f"{path.name} is no graph that ONNX Runtime can load ({error}): train again.") from error
    if tuple(output.name for output in session.get_outputs()) != OUTPUTS:
        raise BrokenArchive(f"{path.name} was made by another version of this program: train again.")
    return session


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


def is_accelerated(device: str) -> bool:
    """Whether a graph runs on a GPU: where one is wanted and ONNX Runtime can use it."""
    return device != "cpu" and GPU in onnxruntime.get_available_providers()


def _providers(device: str) -> list[str]:
    return [GPU, "CPUExecutionProvider"] if is_accelerated(device) else ["CPUExecutionProvider"]
