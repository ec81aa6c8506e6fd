"""``python -m bot.train``: validate and train everything, and leave a signed archive. `make train` calls it.

It starts the transformer service itself where none answers. Without a change it ends in seconds. Progress goes
to stderr, in a terminal as a bar, otherwise as lines such as ``[ 45 %] Transformer: epoch 3 of 6``.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

from bot.archives.manifest import Manifest, check, manifest_path
from bot.control.archives import ArchiveStore
from bot.importing import TRAINING_FOLDERS
from bot.quiet import environment
from bot.training.nlu_service import NluService
from bot.training.own_service import running
from bot.training.progress import line
from contract.settings import ROOT, Settings, load
from contract.wire import NotFound, ShopclerkError, Unavailable

BOT = Path(__file__).resolve().parent


def main() -> int:
    """Entry of the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__.splitlines()[0])
    parser.add_argument("--force", action="store_true", help="train every part again, changed or not")
    parser.add_argument("--finetune", action="store_true", help="go on from the newest archive: quick, for what is new")
    parser.add_argument("--activate", action="store_true", help="serve the new archive from the next start on")
    parser.add_argument("--project", type=Path, default=BOT, help="folder with config.yml; by default this one")
    options = parser.parse_args()
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started here is ended too
    try:
        settings = load()
        manifest = train(settings, project=options.project, force=options.force, finetune=options.finetune)
        if options.activate:
            ArchiveStore(Path(settings.archives_dir), key=settings.secret_key).activate(manifest.archive)
    except ShopclerkError as error:
        _say(error.message)
        return 1
    accuracy = manifest.metrics.get("intent_accuracy")
    found = f", intent accuracy {accuracy:.1%} on its test set" if accuracy is not None else ""
    _say(line(1.0, f"Trained {manifest.archive} in {time.monotonic() - started:.0f} s{found}."))
    if not options.activate:
        _say("It does not serve yet: promote it on the admin UI's page Models, or train with `--activate`.")
    return 0


def train(settings: Settings, *, project: Path = BOT, force: bool = False, finetune: bool = False) -> Manifest:
    """Trains and returns the new archive's manifest.

    Args:
        finetune: go on from the newest archive that is ours.

    Raises:
        NotFound: there is no archive to go on from.
        Unavailable: no transformer service, or the training failed; Rasa has said why on stderr.
    """
    base = ArchiveStore(Path(settings.archives_dir), key=settings.secret_key).newest() if finetune else None
    with running(settings) as was_started:
        if was_started:
            _say(line(0.0, "Started a transformer service for this training."))
        archive = _rasa_train(settings, project, force=force, base=base)
        manifest = check(archive, key=settings.secret_key)
        if not _is_known(settings, manifest.model_version):
            _say(line(0.0, "The transformer of the last training was deleted; training it again."))
            archive.unlink()
            manifest_path(archive).unlink()
            archive = _rasa_train(settings, project, force=True)
            manifest = check(archive, key=settings.secret_key)
    return manifest


def _rasa_train(settings: Settings, project: Path, *, force: bool, base: Path | None = None) -> Path:
    _say(line(0.0, "Validating rules, stories and examples, and training."))
    folder = Path(settings.archives_dir).resolve()
    before = set(folder.glob("*.tar.gz"))
    arguments = ["train", "--quiet", "--out", str(folder), *_data(settings, project), *(["--force"] if force else [])]
    arguments += ["--finetune", str(base.resolve())] if base else []
    command = [sys.executable, "-m", "bot.training.rasa_cli", *arguments]
    status = _status_of(command, project, _environment(settings))
    made = sorted(set(folder.glob("*.tar.gz")) - before)
    if status != 0 or not made:
        raise Unavailable("The training failed; the reason stands above.")
    return made[-1]


def _status_of(command: list[str], folder: Path, environ: dict[str, str]) -> int:
    """Runs a program to its end, or kills it when this one is asked to stop, even while that one is being started."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with subprocess.Popen(command, cwd=folder, env=environ, preexec_fn=_may_be_stopped) as process:
        try:
            _may_be_stopped()
            return process.wait()
        except BaseException:
            process.kill()
            raise


def _may_be_stopped() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _data(settings: Settings, project: Path) -> list[str]:
    """This project's examples and rules lie in ``data_dir``, which may be elsewhere; another project has its own."""
    if project != BOT:
        return []
    return ["--data", *(str(Path(settings.data_dir).resolve() / name) for name in TRAINING_FOLDERS)]


def _environment(settings: Settings) -> dict[str, str]:
    """Rasa's cache lies beside the model versions it stands for; its small progress bars would hide ours."""
    cache = str(Path(settings.var_dir).resolve() / "rasa_cache")
    return {**environment(), "RASA_CACHE_DIRECTORY": cache, "TQDM_DISABLE": "1", "PYTHONPATH": str(ROOT)}


def _is_known(settings: Settings, version: str) -> bool:
    """Whether the service still has the version that Rasa took from its own cache."""
    try:
        NluService(settings.nlu_url).model(version)
    except NotFound:
        return False
    return True


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
