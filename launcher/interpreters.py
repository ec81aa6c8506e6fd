"""Finds a Python of a wanted version: the running one, PATH, uv's, pyenv's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from launcher.console import LauncherError

WHY = {"3.10": "Rasa 3.6.21 runs on no newer one", "3.11": "every program but Rasa runs on it"}


def find_python(version: str) -> Path:
    """Path of an interpreter of ``version`` (``"3.10"``) that really starts and can make environments.

    Raises:
        LauncherError: there is none; the sentence says how to get one.
    """
    for candidate in _candidates(version):
        if os.access(candidate, os.X_OK) and _is_version(candidate, version):
            return candidate
    raise LauncherError(
        f"Python {version} was not found, and {WHY.get(version, 'it is needed')}: install it, for example with "
        f"`uv python install {version}`, `pyenv install {version}` or your system's packages, and run this again."
    )


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield Path(getattr(sys, "_base_executable", sys.executable))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(folder) / name
    home = Path.home()
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python"))
    yield from sorted(managed.glob(f"cpython-{version}.*/bin/{name}"), reverse=True)
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    yield from sorted(pyenv.glob(f"{version}.*/bin/{name}"), reverse=True)
    yield from (Path(folder) / name for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"))


def _is_version(python: Path, version: str) -> bool:
    """Whether it starts and is that version: a pyenv shim exists and yet may not start."""
    code = "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version
