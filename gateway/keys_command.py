"""The command line for API keys."""

from __future__ import annotations

import asyncio

from contract.settings import Settings
from gateway.api_keys import ApiKeys
from gateway.items import iso
from gateway.store.api_keys import ApiKey
from gateway.store.database import Database


def run(settings: Settings, action: str, name: str | None) -> str:
    """What ``create``, ``list`` or ``revoke`` has to say.

    Raises:
        ShopclerkError: see ``gateway.api_keys``.
    """
    return asyncio.run(_run(settings, action, name or ""))


async def _run(settings: Settings, action: str, name: str) -> str:
    database = Database(settings.database_url("gateway", driver="psycopg"))
    await database.start()
    try:
        keys = ApiKeys(database)
        if action == "create":
            return f"{await keys.create(name)}\n"
        if action == "revoke":
            await keys.revoke(name)
            return f"{name} is revoked.\n"
        return "".join(_line(key) for key in await keys.every()) or "There are no keys.\n"
    finally:
        await database.stop()


def _line(key: ApiKey) -> str:
    state = "valid" if key.revoked_at is None else f"revoked {iso(key.revoked_at)}"
    return f"{key.name:32}  made {iso(key.created_at)}  {state}\n"
