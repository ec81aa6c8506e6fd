"""What the endpoints do, without HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contract.nlu import Comparison, ComparisonRequest, ModelInfo, ParseRequest, ParseResult, TrainJob, TrainRequest
from contract.settings import Settings
from contract.wire import BrokenArchive, InvalidInput, NotFound, ShopclerkError, TooLarge, Unavailable, to_json
from nlu_models.corrections.journal import FILE, Journal
from nlu_models.data.checks import check
from nlu_models.evaluation.comparing import compare
from nlu_models.inference.engine import is_accelerated, usual_threads
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.store import FOLDER, Registry
from nlu_models.serving.batcher import Batcher
from nlu_models.serving.corrections import Corrections
from nlu_models.serving.jobs import Jobs
from nlu_models.serving.loaded import LoadedModels
from nlu_models.serving.metrics import Metrics
from nlu_models.serving.own_cores import stay_on_own_core
from nlu_models.training.arguments import TrainingArguments, from_options
from nlu_models.training.base import find_base

log = logging.getLogger(__name__)
MAX_CHARACTERS = 100_000
MAX_COMPARED = 20_000
MAX_BATCH = 32
MAX_BATCH_OF_A_CORE = 8  # no more messages a second with more, and those who wait would wait longer


class Service:
    """One installation's transformer service. Make it and call it inside the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.metrics = Metrics()
        self.registry = Registry(Path(settings.var_dir) / FOLDER)
        self.corrections = Corrections(Journal(self.registry.root / FILE))
        self.models = LoadedModels(self.registry, device=settings.device, prepare=self.corrections.attach)
        self.jobs = Jobs(self.registry, on_published=self._load_newest)
        self._executor, self.batcher = _batching(settings.device, self.metrics.on_batch)
        self.metrics.watch_queue(lambda: self.batcher.waiting)
        self._why_not = "The newest model is being loaded."
        self._loading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to load the newest version."""
        self.jobs.recover()
        self.registry.sweep()
        self._loading = asyncio.create_task(self._load_newest())

    async def stop(self) -> None:
        """End the running training and the model's threads."""
        if self._loading is not None:
            self._loading.cancel()
        await self.jobs.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def ready(self) -> str:
        """The version that answers.

        Raises:
            Unavailable: none does; the sentence says why.
        """
        if self.models.newest is None:
            raise Unavailable(self._why_not, retry_after=1.0)
        return self.models.newest

    async def parse(self, request: ParseRequest) -> ParseResult:
        """
        Raises:
            InvalidInput: the text is blank.
            TooLarge: it has more than 100,000 characters.
            NotFound: there is no such version.
            BrokenArchive: the version fails its integrity check.
            Unavailable: there is no model yet, or the queue is full.
        """
        began = time.perf_counter()
        if not request.text.strip():
            raise InvalidInput("The text is empty: send what the shopper wrote.")
        if len(request.text) > MAX_CHARACTERS:
            raise TooLarge(f"The text has {len(request.text)} characters: at most {MAX_CHARACTERS} are read.")
        parser = self.models.loaded(request.version)
        if parser is None:
            if request.version is None:
                self.ready()
            parser = await asyncio.to_thread(self.models.get, request.version)
        result = await self.batcher.submit(request.text, parser)
        took = time.perf_counter() - began
        self.metrics.on_parse(took, fallback=result.is_fallback)
        if result.correction is not None:
            self.metrics.corrected.inc()
        return dataclasses.replace(result, timings_ms={**result.timings_ms, "total": round(1000 * took, 2)})

    async def train(self, request: TrainRequest) -> TrainJob:
        """A job for the request, finished at once where its fingerprint is known.

        Raises:
            InvalidTrainingData: the data, an option or the base cannot be used.
            NotFound, BrokenArchive: the base is gone, or a file of it was changed.
            TooMany: several trainings wait already.
        """
        self.metrics.trainings.inc()
        order, mark, known = await asyncio.to_thread(self._prepare, request)
        if known is not None:
            return self.jobs.done_already(mark, known.version, known.metrics)
        return self.jobs.add(order, mark)

    async def load(self, version: str) -> ModelInfo:
        """Load a version, so that its first message need not wait."""
        await asyncio.to_thread(self.models.get, version)
        return self.registry.info(version)

    async def delete(self, version: str) -> None:
        """Delete a version that no archive pins."""
        await asyncio.to_thread(self.registry.delete, version)
        await asyncio.to_thread(self.models.forget, version)
        if self.models.newest is None:
            self._why_not = NO_MODEL

    async def compare(self, request: ComparisonRequest) -> Comparison:
        """Both versions on the request's examples."""
        if not request.examples or len(request.examples) > MAX_COMPARED:
            raise InvalidInput(f"A comparison needs 1 to {MAX_COMPARED} examples, not {len(request.examples)}.")
        return await asyncio.to_thread(self._compare, request)

    def file(self, version: str, name: str) -> Path:
        """A file of a version, whose checksum holds.

        Raises:
            NotFound: the version has no such file.
        """
        path = self.registry.verified(version) / name
        if not path.is_file():
            raise NotFound(f"Model {version} has no {name}: it was not tested.")
        return path

    def _prepare(self, request: TrainRequest) -> tuple[TrainRequest, str, ModelInfo | None]:
        arguments = self._arguments(request)
        check(request.examples, request.validation, request.test)
        if request.base is not None:
            find_base(self.registry, request.base, request.examples, arguments)
        mark = fingerprint(request, arguments)
        return dataclasses.replace(request, options=to_json(arguments)), mark, self.registry.find(mark)

    def _arguments(self, request: TrainRequest) -> TrainingArguments:
        return from_options(request.options, encoder=self._settings.encoder, device=self._settings.device)

    def _compare(self, request: ComparisonRequest) -> Comparison:
        return compare(self.models.get(request.old), self.models.get(request.new), request.examples)

    async def _load_newest(self) -> None:
        try:
            version = await asyncio.to_thread(self.models.use_newest)
        except BrokenArchive as error:
            self._why_not = error.message
            log.error("%s", error.message)
        except ShopclerkError as error:
            self._why_not = error.message
        else:
            self._why_not = NO_MODEL
            log.info("serving %s", version or "no model yet")


def _batching(device: str, on_batch: Callable[[int, float], None]) -> tuple[ThreadPoolExecutor, Batcher]:
    """On a GPU one batch at a time, while a second thread makes the last one's results; else one on each core."""
    on_gpu = is_accelerated(device)
    threads = 2 if on_gpu else usual_threads()
    beginning = None if on_gpu else stay_on_own_core(threads)
    executor = ThreadPoolExecutor(threads, thread_name_prefix="model", initializer=beginning)
    shares, most = (1, MAX_BATCH) if on_gpu else (threads, MAX_BATCH_OF_A_CORE)
    return executor, Batcher(executor, at_once=threads, shares=shares, max_batch=most, on_batch=on_batch)


NO_MODEL = "There is no model yet: train one with `make train`."
