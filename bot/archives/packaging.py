"""Signs and pins each archive when Rasa packs it, so that a bare `rasa train` makes one that can serve.

Rasa has no hook there, and no component knows the archive's name: the one method that packs is wrapped.
"""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import Any

from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.archives.manifest import seal
from bot.settings_access import without_secret
from bot.training.nlu_service import NluService
from contract.settings import load
from contract.wire import InvalidInput, NotFound, ShopclerkError

logger = logging.getLogger(__name__)
_MARK = "_shopclerk_seals"


def seal_what_is_packaged() -> None:
    """Wraps ``LocalModelStorage.create_model_package``; calling it again changes nothing."""
    packed = LocalModelStorage.create_model_package
    if hasattr(packed, _MARK):
        return

    @functools.wraps(packed)
    def create_model_package(self: Any, model_archive_path: Any, *args: Any, **kwargs: Any) -> Any:
        metadata = packed(self, model_archive_path, *args, **kwargs)
        sign_and_pin(Path(model_archive_path))
        return metadata

    setattr(create_model_package, _MARK, True)
    LocalModelStorage.create_model_package = create_model_package


def sign_and_pin(archive: Path) -> bool:
    """Signs ``archive`` and keeps its transformer version from being deleted. Says so where it cannot."""
    try:
        key = load().secret_key
    except InvalidInput as error:
        logger.warning("%s is not signed and will not be served. %s", archive.name, error.message)
        return False
    try:
        manifest = seal(archive, key=key)
        NluService(without_secret().nlu_url).pin(manifest.model_version, archive.name)
    except NotFound as error:
        logger.warning("%s %s cannot be served: train again with --force.", error.message, archive.name)
        return False
    except ShopclerkError as error:
        logger.warning("%s: %s", archive.name, error.message)
        return False
    return True
