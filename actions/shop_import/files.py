"""Opens the export's files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from contract.wire import InvalidInput

MAX_BYTES = 500 * 1024 * 1024


def read_records(path: Path) -> dict[str, Any]:
    """Id → record, as the file has them.

    Raises:
        InvalidInput: the file is missing, too large, not JSON, or no object of records.
    """
    if not path.is_file():
        raise InvalidInput(f"{path} does not exist: the folder must hold products.json, users.json and orders.json.")
    if path.stat().st_size > MAX_BYTES:
        raise InvalidInput(f"{path} is larger than {MAX_BYTES // 1024**2} MB: split the export.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{path} is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, thousands of digits or of brackets
        raise InvalidInput(f"{path} is not valid JSON: it must be UTF-8 text with records in it.") from error
    if not isinstance(data, dict):
        raise InvalidInput(f"{path} must hold one object of records by their id, not a {type(data).__name__}.")
    return data


def digest(record: Any) -> str:
    """The same for the same content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
