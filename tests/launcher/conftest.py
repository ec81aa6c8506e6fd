import os
import socket
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def fake_python(tmp_path):
    """A function that writes an executable which says that it is some Python version."""

    def write(folder: Path, name: str, says: str, status: int = 0) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\necho {says}\nexit {status}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A home without any Python: nothing on PATH, no uv, no pyenv."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + os.pathsep)
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def this_python():
    return sys.executable
