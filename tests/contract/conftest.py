"""Runs in both Pythons: only the standard library and pytest here."""

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent / "examples"


def load_examples():
    """(module, dataclass name, JSON) of every example file."""
    rows = []
    for path in sorted(EXAMPLES.glob("*.json")):
        rows += [(path.stem, name, data) for name, data in json.loads(path.read_text("utf-8")).items()]
    return rows


def pytest_generate_tests(metafunc):
    if "example" in metafunc.fixturenames:
        rows = load_examples()
        metafunc.parametrize("example", rows, ids=[name for _, name, _ in rows])


@pytest.fixture
def key():
    return "k" * 32
