"""The two virtual environments, exactly as the lock files pin them.

``.venvs/bot`` (Python 3.10) holds Rasa, ``.venvs/app`` (Python 3.11) everything else. A stamp in each
holds the hash of what it was made from, so that an unchanged one costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from launcher.console import LauncherError, say, step
from launcher.interpreters import find_python

ROOT = Path(__file__).resolve().parents[1]
VENVS = ROOT / ".venvs"
UV_VERSION = "0.13.9"


@dataclass(frozen=True)
class Environment:
    name: str
    python: str

    @property
    def folder(self) -> Path:
        return VENVS / self.name

    @property
    def lock(self) -> Path:
        return ROOT / "requirements" / f"{self.name}.lock"

    @property
    def executable(self) -> Path:
        return self.folder / "bin" / "python"

    def stamp(self) -> str:
        """Changes whenever this environment must be made again."""
        return hashlib.sha256(self.lock.read_bytes() + f"{self.python}|{UV_VERSION}|{ROOT}".encode()).hexdigest()


APP = Environment("app", "3.11")
BOT = Environment("bot", "3.10")


def set_up(environments: tuple[Environment, ...] = (APP, BOT)) -> None:
    """Make each environment that is missing or out of date.

    Raises:
        LauncherError: no fitting Python, or a package could not be installed.
    """
    wanting = [environment for environment in environments if not _is_current(environment)]
    interpreters = {environment.name: find_python(environment.python) for environment in wanting}
    if wanting:
        _ensure_uv()
    for environment in wanting:
        with step(f"Python {environment.python} environment .venvs/{environment.name}"):
            _make(environment, interpreters[environment.name])


def _is_current(environment: Environment) -> bool:
    stamp = _stamp_file(environment)
    return environment.executable.exists() and stamp.is_file() and stamp.read_text() == environment.stamp()


def _stamp_file(environment: Environment) -> Path:
    return environment.folder / "shopclerk.stamp"


def _make(environment: Environment, interpreter: Path) -> None:
    uv, settings = VENVS / "uv/bin/uv", _uv_settings()
    _stamp_file(environment).unlink(missing_ok=True)  # whatever interrupts us leaves no stamp that lies
    if not environment.executable.exists():
        _call([uv, "venv", "--quiet", "--clear", "--python", interpreter, environment.folder], settings)
    sync: list[Path | str] = [uv, "pip", "sync", "--compile-bytecode", "--python", environment.executable]
    _call([*sync, environment.lock], settings, show=True)
    site = environment.folder / "lib" / f"python{environment.python}" / "site-packages"
    (site / "shopclerk.pth").write_text(f"{ROOT}\n")
    _stamp_file(environment).write_text(environment.stamp())


def _ensure_uv() -> None:
    """uv, in an environment of its own, so that nothing else on the machine is touched."""
    if not (VENVS / "uv/bin/uv").exists():
        with step("The installer (uv)"):
            shutil.rmtree(VENVS / "uv", ignore_errors=True)
            _call([sys.executable, "-m", "venv", VENVS / "uv"], dict(os.environ))
            _call([VENVS / "uv/bin/python", "-m", "pip", "install", "-q", f"uv=={UV_VERSION}"], dict(os.environ))


def _uv_settings() -> dict[str, str]:
    """The environment for uv: it is told where pip's configuration finds packages.

    Without a folder of wheels there, torch comes as the CPU build from the index that uv knows.
    """
    settings = dict(os.environ)
    pip = _pip_configuration()
    if "find-links" in pip:
        settings.setdefault("UV_FIND_LINKS", pip["find-links"].replace(" ", ","))
    else:
        settings.setdefault("UV_TORCH_BACKEND", "cpu")
    if "index-url" in pip:
        settings.setdefault("UV_DEFAULT_INDEX", pip["index-url"])
    return settings


def _pip_configuration() -> dict[str, str]:
    command: list[Path | str] = [VENVS / "uv/bin/python", "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = " ".join(shlex.split(value))
    return found


def _call(command: list[Path | str], environ: dict[str, str], *, show: bool = False) -> None:
    """``show``: print what uv says about its phases as it comes, without the long list of packages."""
    lines = []
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if show and not line.startswith((" + ", " - ", " ~ ", "Using ")):
                say(f"  {line.strip()}")
    if process.returncode:
        last = [line for line in lines if line][-6:] or ["no message"]
        raise LauncherError(f"`{shlex.join(map(str, command[:4]))} …` failed:\n  " + "\n  ".join(last))
