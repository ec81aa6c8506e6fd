"""Where the small graph of the encoder is kept, and how it gets there."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from actions.knowledge.encoder_export import GRAPH
from actions.recommender.embed import find_encoder
from contract.settings import ROOT
from contract.wire import Unavailable

TIMEOUT_S = 600
_HASHED = ("config.json", "model.safetensors", "tokenizer.json")


def encoder_folder(root: Path, encoder: str) -> Path:
    """The folder below ``root`` with the graph of ``encoder``; made at the first time, which takes half a minute.

    Raises:
        NotFound: ``encoder`` is a path at which there is no model.
        Unavailable: it did not load or did not finish; the sentence holds its last words.
    """
    found = find_encoder(encoder)
    folder = root / f"encoder-{_digest(found)}"
    if not (folder / GRAPH).is_file():
        root.mkdir(parents=True, exist_ok=True)
        _make(encoder, found, folder)
        _remove_others(root, folder)
    return folder


def _make(encoder: str, found: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        made = Path(work) / "made"
        made.mkdir()
        last = _export(found, made)
        if not (made / GRAPH).is_file():
            raise Unavailable(
                f"The encoder {encoder!r} could not be made ready for search (it said: {last}): the knowledge base is "
                "searched by words alone. Check SHOPCLERK_ENCODER."
            )
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _export(found: str, target: Path) -> str:
    """The last words of the export. Its standard input stays open as long as we live: it ends with us."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "actions.knowledge.encoder_export", found, str(target)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        with process:
            try:
                process.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return f"it took longer than {TIMEOUT_S} s"
        errors.seek(0)
        return (errors.read().decode(errors="replace").strip().splitlines() or ["nothing"])[-1][:300]


def _digest(found: str) -> str:
    """Changes with the encoder's files; of a Hugging Face name only the name is known."""
    digest = hashlib.sha256(found.encode())
    for path in (Path(found) / name for name in _HASHED):
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


def _remove_others(root: Path, kept: Path) -> None:
    for folder in root.glob("encoder-*"):
        if folder != kept:
            shutil.rmtree(folder, ignore_errors=True)
