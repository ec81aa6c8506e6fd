"""What must be there before the programs start: a key, the databases, a trained model."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from contract.settings import PREFIX, Settings
from launcher.console import LauncherError, step
from launcher.environments import APP, BOT, ROOT

TRAINED_ON = "trained_on"


def make_secret_key(var_dir: Path) -> None:
    """A key for this installation, readable by its owner only, unless one is set or stored."""
    path = var_dir / "secret_key"
    if os.environ.get(f"{PREFIX}SECRET_KEY") or path.exists():
        return
    var_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))


def prepare_shop(environ: Mapping[str, str]) -> None:
    """Bring the order database up to date, and fill an empty one with the demonstration shop."""
    with step("Order database"):
        _call([APP.executable, "-m", "actions.db", "upgrade"], environ)
        _call([APP.executable, "-m", "actions.db", "seed", "--if-empty"], environ)


def prepare_model(settings: Settings, environ: Mapping[str, str]) -> None:
    """Train where no archive is there or the project's own data has changed since.

    Labels that operators approved (``data/nlu/reviewed``) do not count: they are trained and promoted
    from the admin UI.
    """
    stamp = Path(settings.archives_dir) / TRAINED_ON
    fingerprint = data_fingerprint(Path(settings.data_dir))
    has_archive = any(Path(settings.archives_dir).glob("*.tar.gz"))
    if has_archive and stamp.is_file() and stamp.read_text() == fingerprint:
        return
    # The training has a progress bar of its own.
    title = "Training the transformer and the dialogue (a few minutes, only when the data has changed)"
    with step(title, beat_s=threading.TIMEOUT_MAX):
        train(environ, activate=True)
    stamp.write_text(fingerprint)


def train(environ: Mapping[str, str], *, activate: bool = False) -> None:
    """Train into a new archive. ``activate``: it serves from the next start on."""
    _call([BOT.executable, "-m", "bot.train", *(["--activate"] if activate else [])], environ, show=True)


def data_fingerprint(data_dir: Path) -> str:
    """Hash of every file that training reads, by name and content, wherever the data lies."""
    digest = hashlib.sha256()
    for path in _training_files(data_dir):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _training_files(data_dir: Path) -> Iterator[Path]:
    for folder in ("nlu", "rules", "stories", "lookups", "evaluation"):
        files = sorted((data_dir / folder).rglob("*.yml"))
        yield from (path for path in files if "reviewed" not in path.parts)
    yield from sorted((ROOT / "bot" / "domain").rglob("*.yml"))
    yield ROOT / "bot" / "config.yml"


def _call(command: list[Path | str], environ: Mapping[str, str], *, show: bool = False) -> None:
    done = subprocess.run(command, cwd=ROOT, env=dict(environ), capture_output=not show, text=True, check=False)
    if done.returncode:
        name = " ".join(map(str, command[1:]))
        detail = "" if show else "\n  " + "\n  ".join((done.stderr or done.stdout).strip().splitlines()[-6:])
        raise LauncherError(f"`{name}` failed with status {done.returncode}.{detail or ' Its message stands above.'}")
