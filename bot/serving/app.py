"""The Rasa process: an archive loaded, the internal channel in front of it, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import rasa.core.channels.channel
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from sanic import Sanic
from sanic.exceptions import SanicException

from bot.archives.manifest import check
from bot.channels.internal import InternalChannel, refused_by_sanic
from bot.components.local_classifier import LocalClassifier
from bot.serving.action_answers import use_checked_schema
from bot.serving.action_endpoint import ActionEndpoint
from bot.serving.processor import TurnProcessor
from bot.serving.turns import TurnService
from bot.tracker_store import ShopclerkTrackerStore
from bot.understanding.interpreter import Interpreter
from bot.understanding.nlu_client import NluClient
from contract.settings import Settings
from contract.wire import BrokenArchive, ShopclerkError

logger = logging.getLogger(__name__)
MAX_REQUEST_BYTES = 128 * 1024
NO_PAYLOADS = {"restart", "back", "session_start", "nlu_fallback"}


def create_app(archive: Path, settings: Settings) -> Sanic:
    """The server for ``archive``, which is loaded here, after its signature was checked.

    Raises:
        NotFound, BrokenArchive: the archive is missing, not ours, or cannot be loaded.
        Unavailable: the tracker store does not answer.
    """
    manifest = check(archive, key=settings.secret_key)
    store = ShopclerkTrackerStore(host=settings.database_url("tracker", driver="psycopg2"))
    actions = ActionEndpoint(settings.actions_url, deadline_s=settings.action_deadline_s)
    use_checked_schema()
    processor = _load(archive, store, actions, settings)
    service = NluClient(settings.nlu_url, version=manifest.model_version, deadline_s=settings.nlu_deadline_s)
    interpreter = Interpreter(
        service=service,
        local=_component(processor, LocalClassifier),
        intents=set(processor.domain.intents) - NO_PAYLOADS,
        entities=processor.domain.entities,
    )
    app = Sanic("shopclerk_bot", configure_logging=False)
    app.config.update(
        REQUEST_MAX_SIZE=MAX_REQUEST_BYTES,
        RESPONSE_TIMEOUT=settings.turn_deadline_s * 3,
        KEEP_ALIVE_TIMEOUT=75,
        GRACEFUL_SHUTDOWN_TIMEOUT=settings.turn_deadline_s * 2,
        ACCESS_LOG=False,
        MOTD=False,
    )
    app.ctx.settings, app.ctx.archive, app.ctx.is_ready = settings, archive.name, False
    app.ctx.turns = TurnService(processor, interpreter, settings, archive=archive.name)
    rasa.core.channels.channel.register([InternalChannel()], app, route="/webhooks/")
    app.error_handler.add(SanicException, refused_by_sanic)
    _add_life_cycle(app, interpreter, actions, store)
    return app


def _load(archive: Path, store: ShopclerkTrackerStore, actions: ActionEndpoint, settings: Settings) -> TurnProcessor:
    generator = TemplatedNaturalLanguageGenerator({})
    try:
        processor = TurnProcessor(archive, store, InMemoryLockStore(), generator, action_endpoint=actions)
    except ShopclerkError:
        raise
    except Exception as error:  # an archive can be broken in any way
        raise BrokenArchive(f"{archive.name} cannot be loaded: {error}") from error
    if processor.domain is None or processor.model_metadata.core_target is None:
        raise BrokenArchive(f"{archive.name} holds no dialogue model: train it with rules and stories.")
    processor.session_messages = settings.session_messages
    store.domain, generator.responses = processor.domain, processor.domain.responses
    return processor


def _component(processor: TurnProcessor, kind: type[Any]) -> Any:
    """The component of ``kind`` in the archive's graph."""
    for node in processor.graph_runner._instantiated_nodes.values():
        if isinstance(node._component, kind):
            return node._component
    raise BrokenArchive(f"{processor.model_filename} holds no {kind.__name__}: train it with bot/config.yml.")


def _add_life_cycle(
    app: Sanic, interpreter: Interpreter, actions: ActionEndpoint, store: ShopclerkTrackerStore
) -> None:
    async def warm_up(app: Sanic, _: Any) -> None:
        await interpreter.understand_locally("hello")
        await asyncio.wait({asyncio.ensure_future(interpreter.understand_text("hello"))}, timeout=2.0)
        app.ctx.is_ready = True

    async def finish(app: Sanic, _: Any) -> None:
        app.ctx.is_ready = False
        await app.ctx.turns.drain()

    async def close(_: Sanic, __: Any) -> None:
        await interpreter.close()
        await actions.close()
        store.close()

    app.register_listener(warm_up, "after_server_start")
    app.register_listener(finish, "before_server_stop")
    app.register_listener(close, "after_server_stop")
