from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def compose(root):
    return yaml.safe_load((root / "docker-compose.yml").read_text("utf-8"))
