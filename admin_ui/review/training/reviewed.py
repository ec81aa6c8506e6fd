"""The approved examples as files: ``data/nlu/reviewed/<intent>.yml``, one example a line, in alphabetical order."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from admin_ui.review.training.files import read_examples
from admin_ui.review.training.markup import to_markup
from contract.nlu import Example
from contract.wire import InvalidInput, Unavailable

HEAD = "# Approved by operators in the admin UI, which keeps this file: change a label there.\n"
_NAME = re.compile(r"[A-Za-z0-9_]+")


class ReviewedFiles:
    """Every text is in at most one file, once. Lines that were added by hand stay.

    Args:
        folder: ``data/nlu/reviewed``; made when the first example comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def examples(self) -> list[Example]:
        """What is approved now.

        Raises:
            InvalidInput: a file was changed by hand and cannot be read any more.
        """
        return read_examples(self.folder)

    def put(self, example: Example, *, instead_of: Iterable[str] = ()) -> None:
        """Adds ``example``, and takes its text and the texts ``instead_of`` out of wherever they were.

        Raises:
            InvalidInput: the intent cannot be a file's name, or a file cannot be read.
            Unavailable: the folder cannot be written.
        """
        if not _NAME.fullmatch(example.intent):
            raise InvalidInput(f"{example.intent!r} cannot be an intent: it has letters, digits and _ only.")
        self._change([example], leaving={_key(example.text), *map(_key, instead_of)})

    def remove(self, texts: Iterable[str]) -> None:
        """Takes examples out. Texts that are not there are passed over."""
        self._change([], leaving={_key(text) for text in texts})

    def _change(self, new: list[Example], *, leaving: set[str]) -> None:
        with self._lock:
            before = self._by_intent(self.examples())
            kept = [e for rows in before.values() for e in rows.values() if _key(e.text) not in leaving]
            after = self._by_intent([*kept, *new])
            # The file that gains goes first: a crash in between leaves a text twice, never nowhere.
            for intent in sorted({*before, *after}, key=lambda name: (name not in {e.intent for e in new}, name)):
                if before.get(intent) != after.get(intent):
                    self._write(intent, after.get(intent, {}))

    @staticmethod
    def _by_intent(examples: list[Example]) -> dict[str, dict[str, Example]]:
        found: dict[str, dict[str, Example]] = {}
        for example in examples:
            found.setdefault(example.intent, {})[_key(example.text)] = example
        return found

    def _write(self, intent: str, rows: dict[str, Example]) -> None:
        path = self.folder / f"{intent}.yml"
        try:
            if not rows:
                path.unlink(missing_ok=True)
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            _replace(path, _file(intent, list(rows.values())))
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {error.strerror}. Nothing was approved.") from error


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _file(intent: str, examples: list[Example]) -> str:
    lines = sorted({f"    - {_line(example)}\n" for example in examples}, key=lambda line: (line.casefold(), line))
    return f'{HEAD}version: "3.1"\n\nnlu:\n- intent: {intent}\n  examples: |\n{"".join(lines)}'


def _line(example: Example) -> str:
    text = example.text.strip()
    shift = len(example.text) - len(example.text.lstrip())
    spans = [
        {"start": s.start - shift, "end": s.end - shift, "entity": s.entity, "value": s.value} for s in example.entities
    ]
    return to_markup(text, spans)


def _replace(path: Path, content: str) -> None:
    """Writes beside ``path`` and moves it there, so that a reader sees the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
