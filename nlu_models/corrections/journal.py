"""All corrections, durably, in one file beside the versions: a line for each that came, changed or went."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import os
import re
from pathlib import Path
from typing import Any

from contract.nlu import Correction, CorrectionRequest
from contract.wire import InvalidInput, ShopclerkError, TooMany, Unavailable, dumps, from_json, to_json

log = logging.getLogger(__name__)
FILE = "corrections.jsonl"
LIMIT = 20_000
MAX_CHARACTERS = 10_000
SHOWN = 20
_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)


class Journal:
    """The corrections in ``path``, which is made with the first. Not thread-safe; one process may write."""

    def __init__(self, path: Path) -> None:
        """Reads the file. A line that cannot be read is passed over, logged and told in ``problems``."""
        self._path = path
        self.revision = 0
        self.problems: list[str] = []
        self._held: dict[str, Correction] = {}
        for number, line in enumerate(path.read_bytes().splitlines() if path.is_file() else [], start=1):
            if line.strip():
                self._read(line, number)

    @property
    def corrections(self) -> list[Correction]:
        """Those that hold, oldest first."""
        return sorted(self._held.values(), key=lambda correction: correction.revision)

    def put(self, correction_id: str, request: CorrectionRequest) -> Correction:
        """Keeps a correction, in place of the former one with its id. The same again changes nothing.

        Raises:
            InvalidInput: the id, the text, the intent or a span cannot be used.
            TooMany: there are 20,000 already.
            Unavailable: the file cannot be written; nothing has changed.
        """
        check(correction_id, request)
        old = self._held.get(correction_id)
        if old is not None and request == CorrectionRequest(old.text, old.intent, old.entities, old.by):
            return old
        if old is None and len(self._held) >= LIMIT:
            raise TooMany(f"{LIMIT} corrections hold already: train, then revoke those that the model has learned.")
        now = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        new = Correction(correction_id, **vars(request), at=now, revision=self.revision + 1)
        self._append({"revision": new.revision, "put": to_json(new)})
        self._held[correction_id], self.revision = new, new.revision
        return new

    def revoke(self, correction_id: str) -> None:
        """The correction does not hold any more, or never did.

        Raises:
            Unavailable: the file cannot be written; nothing has changed.
        """
        if correction_id in self._held:
            self._append({"revision": self.revision + 1, "revoke": correction_id})
            del self._held[correction_id]
            self.revision += 1

    def _read(self, line: bytes, number: int) -> None:
        try:
            row = json.loads(line)
            revision = from_json(int, row["revision"])
            if "put" in row:
                held = from_json(Correction, row["put"])
                self._held[held.id] = dataclasses.replace(held, revision=revision)
            else:
                self._held.pop(from_json(str, row["revoke"]), None)
            self.revision = max(self.revision, revision)
        except (ValueError, KeyError, TypeError, ShopclerkError) as error:
            problem = f"{self._path.name}:{number} is no correction ({error}): approve that label again."
            log.error("%s", problem)
            self.problems = [*self.problems, problem][-SHOWN:]

    def _append(self, row: dict[str, Any]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                try:
                    file.write(_begin(file, size) + dumps(row).encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(size)
                    raise
            if size == 0:
                _sync_folder(self._path.parent)
        except OSError as error:
            raise Unavailable(
                f"{self._path} cannot be written ({error.strerror}): the label is not in force."
            ) from error


def check(correction_id: str, request: CorrectionRequest) -> None:
    """
    Raises:
        InvalidInput: something cannot be used; the sentence names it.
    """
    if not _ID.fullmatch(correction_id):
        raise InvalidInput(f"{correction_id[:40]!r} is no id: write 1 to 100 letters, digits, dots and dashes.")
    if not request.text.strip() or len(request.text) > MAX_CHARACTERS:
        raise InvalidInput(
            f"The text of a correction has 1 to {MAX_CHARACTERS} characters, not {len(request.text.strip())}."
        )
    if not request.intent.strip():
        raise InvalidInput("The correction has no intent: name the right one.")
    for span in request.entities:
        if not 0 <= span.start < span.end <= len(request.text):
            raise InvalidInput(
                f"The {span.entity} at {span.start} to {span.end} lies outside of the text, "
                f"which has {len(request.text)} characters."
            )


def _begin(file: Any, size: int) -> bytes:
    """A line break where a write that was cut off left half a line."""
    if size == 0:
        return b""
    file.seek(size - 1)
    return b"" if file.read(1) == b"\n" else b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
