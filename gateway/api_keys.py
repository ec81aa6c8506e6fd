"""Keys for machines: made on the command line, shown once, kept as a hash."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import partial

from contract.wire import InvalidInput, NotFound, Unauthorised
from gateway import tokens
from gateway.store import api_keys as store
from gateway.store.api_keys import ApiKey
from gateway.store.database import Database

PREFIX = "shopclerk_"


@dataclass
class ApiKeys:
    database: Database

    async def create(self, name: str) -> str:
        """A new key, which cannot be shown again.

        Raises:
            InvalidInput: the name has other characters than letters, digits, ``_``, ``.`` and ``-``.
            Conflict: the name is taken.
        """
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
            raise InvalidInput("A key's name has 1 to 64 letters, digits, '_', '.' and '-'.")
        key = PREFIX + tokens.mint()
        await self.database.write(partial(store.add, name=name, key_hash=tokens.digest(key), now=time.time()))
        return key

    async def check(self, key: str) -> ApiKey:
        """
        Raises:
            Unauthorised: we did not make this key, or it was revoked.
        """
        found = await self.database.read(partial(store.find, key_hash=tokens.digest(key)))
        if found is None:
            raise Unauthorised("The API key is not valid.")
        return found

    async def every(self) -> list[ApiKey]:
        return await self.database.read(store.every)

    async def revoke(self, name: str) -> None:
        """
        Raises:
            NotFound: there is no valid key of this name.
        """
        if not await self.database.write(partial(store.revoke, name=name, now=time.time())):
            raise NotFound(f"There is no valid key named {name!r}.")
