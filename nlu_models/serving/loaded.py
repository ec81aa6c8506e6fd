"""The model versions in memory: the two that were used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from contract.wire import BrokenArchive, Unavailable
from nlu_models.inference.engine import FEW_ROWS
from nlu_models.inference.parser import Parser
from nlu_models.registry.store import Registry

CAPACITY = 2
WARM_UP = ("Where is my order #W1234567? I ordered two red shirts last week and nothing has come yet.", "hi")


class LoadedModels:
    """Loads versions from the registry, verified and warmed up, and forgets the one unused for longest."""

    def __init__(
        self,
        registry: Registry,
        *,
        device: str = "cpu",
        capacity: int = CAPACITY,
        load: Callable[[str], Parser] | None = None,
        prepare: Callable[[Parser], None] = lambda _parser: None,
    ) -> None:
        """``prepare`` is called with each version that was loaded, before anybody else gets it."""
        self._registry, self._device, self._capacity = registry, device, capacity
        self._load, self._prepare = load or self._from_registry, prepare
        self._parsers: OrderedDict[str, Parser] = OrderedDict()
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._newest: str | None = None

    @property
    def newest(self) -> str | None:
        """The default version, once it is loaded; None where there is none."""
        return self._newest

    def loaded(self, version: str | None = None) -> Parser | None:
        """The parser of a version (None: the default one) if it is in memory."""
        with self._lock:
            name = version or self._newest
            if name is None or name not in self._parsers:
                return None
            self._parsers.move_to_end(name)
            return self._parsers[name]

    def get(self, version: str | None = None) -> Parser:
        """The parser of a version, loaded if need be (about a second: not in the event loop).

        Raises:
            NotFound: there is no such version.
            BrokenArchive: it fails its integrity check.
            Unavailable: no version was asked for and there is none.
        """
        name = version or self._newest
        if name is None:
            raise Unavailable("There is no model yet: train one with `make train`.")
        parser = self.loaded(name)
        if parser is not None:
            return parser
        with self._loading:  # many ask at once after a restart: one loads, the others find it loaded
            return self.loaded(name) or self._keep(name, self._load(name))

    def use_newest(self) -> str | None:
        """Make the newest version that is whole the default one; its name, or None where there is none.

        Raises:
            BrokenArchive: there are versions, and none of them can be loaded.
        """
        problem: BrokenArchive | None = None
        for version in self._registry.versions():
            try:
                self.get(version)
            except BrokenArchive as error:
                problem = problem or error
                continue
            self._newest = version
            return version
        self._newest = None
        if problem is not None:
            raise problem
        return None

    def forget(self, version: str) -> None:
        """Take a deleted version out of memory; the next newest becomes the default."""
        with self._lock:
            self._parsers.pop(version, None)
        if self._newest == version:
            self.use_newest()

    def _keep(self, name: str, parser: Parser) -> Parser:
        with self._lock:
            self._parsers[name] = self._parsers.get(name, parser)
            self._parsers.move_to_end(name)
            while len(self._parsers) > self._capacity:
                self._parsers.popitem(last=False)
            return self._parsers[name]

    def _from_registry(self, version: str) -> Parser:
        folder: Path = self._registry.verified(version)
        parser = Parser(folder, version=version, device=self._device, side_by_side=True)
        parser.parse(WARM_UP)
        parser.parse(WARM_UP * FEW_ROWS)
        self._prepare(parser)
        return parser
