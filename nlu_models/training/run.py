"""``python -m nlu_models.training.run JOB_DIR``: one training job, in a process of its own.

Reads ``request.json`` of the folder and writes ``progress.json``; the last state is succeeded or failed.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path

from contract.wire import ShopclerkError
from nlu_models.registry.space import watched
from nlu_models.training.cores import share_the_cores
from nlu_models.training.progress import UNWRITTEN, Order, Progress, Reporter, read_order, write_progress

log = logging.getLogger(__name__)
PARENT_CHECK_S = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Entry of the subprocess; the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if len(words) != 1:
        sys.stderr.write("Usage: python -m nlu_models.training.run JOB_DIR\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    return run(Path(words[0]))


def run(folder: Path) -> int:
    """Do the job in ``folder``; 0 where it succeeded."""
    try:
        with watched():
            progress = _train(folder, read_order(folder))
    except ShopclerkError as error:
        log.warning("failed: %s", error.message)
        progress = Progress("failed", 1.0, "failed", error=error.message, error_type=error.error_type)
    except Exception as error:  # whatever it is, who waits for the job must hear of it
        log.exception("failed")
        sentence = f"The training ended with {type(error).__name__}: {error}. The log of the job has the details."
        progress = Progress("failed", 1.0, "failed", error=sentence, error_type=ShopclerkError.error_type)
    try:
        write_progress(folder, progress)
    except OSError:
        log.exception("no progress could be written")
        return UNWRITTEN
    return 0 if progress.state == "succeeded" else 1


def _train(folder: Path, order: Order) -> Progress:
    report = Reporter(folder)
    report(0.0, "starting")
    share_the_cores()
    # torch and transformers take seconds to import, and read the environment then.
    from nlu_models.registry.store import Registry
    from nlu_models.training.arguments import from_options
    from nlu_models.training.pipeline import train

    registry = Registry(Path(order.registry))
    arguments = from_options(order.request.options)
    trained = train(order.request, arguments, registry=registry, fingerprint=order.fingerprint, on_step=report)
    return Progress("succeeded", 1.0, "done", version=trained.info.version, metrics=trained.info.metrics)


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: nobody would read the result."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(3)


if __name__ == "__main__":
    raise SystemExit(main())
