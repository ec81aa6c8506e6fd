"""What the actions of this process work with. Made at the first use, never at import."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from actions.db.engine import make_engine, session_factory
from actions.generation import Generator
from actions.services.policy import Policy, PolicyFile
from contract.settings import Settings, load
from contract.wire import InvalidInput, Unavailable

logger = logging.getLogger(__name__)


@dataclass
class Runtime:
    """Settings, the order database, and what is loaded from files when first asked for.

    The knowledge base and the recommender are imported when they are needed: where one is not installed or not
    fitted yet, the actions say so or do without.
    """

    settings: Settings
    engine: Engine
    writing: sessionmaker[Session]
    reading: sessionmaker[Session]
    generator: Generator | None = None
    recommender: Any = None

    @classmethod
    def of(cls, settings: Settings) -> Runtime:
        engine = make_engine(settings.database_url("shop", driver="psycopg"))
        reading = session_factory(engine, read_only=True)
        return cls(settings, engine, session_factory(engine), reading, Generator.of(settings))

    @cached_property
    def knowledge(self) -> Any:
        """The ``KnowledgeBase`` of ``data_dir``. Raises ``ImportError`` where there is none."""
        made = import_module("actions.knowledge")
        return made.KnowledgeBase.load(Path(self.settings.data_dir) / "knowledge", made.Meaning.of(self.settings))

    @property
    def policy(self) -> Policy:
        """The shop's rules for changing orders. Raises ``Unavailable`` where they cannot be read."""
        try:
            return self._policy_file.policy
        except InvalidInput as error:
            logger.error("%s", error.message)
            raise Unavailable("The shop's policy cannot be read.") from error

    @cached_property
    def _policy_file(self) -> PolicyFile:
        return PolicyFile(Path(self.settings.data_dir))

    def fit_recommender(self) -> None:
        """Fits the recommender, which answers as soon as that is done. Takes seconds: not in a turn."""
        self.recommender = import_module("actions.recommender").fit(self.reading, self.settings)

    def close(self) -> None:
        """Ends an encoding of the recommender that is under way, and the connections."""
        if self.recommender is not None:
            self.recommender.close()
        self.engine.dispose()


_current: Runtime | None = None
_making = threading.Lock()


def current() -> Runtime:
    """The runtime of this process, from the environment's settings if none was given to ``use``."""
    global _current
    with _making:
        if _current is None:
            _current = Runtime.of(load())
        return _current


def use(runtime: Runtime | None) -> None:
    """Every action works with ``runtime`` from now on."""
    global _current
    with _making:
        _current = runtime
