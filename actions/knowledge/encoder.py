"""Sentences as vectors, by the small graph of a pretrained encoder, in a few milliseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from actions.knowledge.encoder_export import GRAPH, INPUTS, TOKENIZER
from contract.wire import BrokenArchive

MAX_TOKENS = 256
Vectors = NDArray[np.float32]


class SentenceEncoder:
    """What ``encoder_export`` has made. Threads may share one."""

    def __init__(self, folder: Path) -> None:
        """
        Raises:
            BrokenArchive: the files in ``folder`` cannot be loaded.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # its memory would stay ours after the first long batch
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = onnxruntime.InferenceSession(
                str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise kinds of their own
            kind = type(error).__name__
            raise BrokenArchive(f"The sentence encoder in {folder} cannot be loaded ({kind}): delete it.") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape (texts, width), of at least one text; longer ones count by their beginning."""
        return np.concatenate([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        """One at a time: the graph's weights are int8, and a text's vector must not depend on its company."""
        readable = text.encode("utf-8", "replace").decode()  # halves of surrogate pairs
        ids = np.array([self._tokenizer.encode(readable).ids], dtype=np.int64)
        (found,) = self._session.run(None, dict(zip(INPUTS, (ids, np.ones_like(ids)), strict=True)))
        return np.asarray(found, dtype=np.float32)
