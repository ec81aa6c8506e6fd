"""Makes sure that the transformer service has loaded the version that an archive pins."""

from __future__ import annotations

import asyncio

import aiohttp

from contract.wire import ShopclerkError, Unavailable, error_from_body

LOAD_TIMEOUT_S = 60.0


async def load_version(http: aiohttp.ClientSession, nlu_url: str, version: str) -> None:
    """Returns once ``version`` can parse.

    Raises:
        Unavailable: the service does not answer.
        NotFound: it does not have this version.
    """
    url = f"{nlu_url.rstrip('/')}/v1/models/{version}/load"
    try:
        async with http.post(url, timeout=aiohttp.ClientTimeout(total=LOAD_TIMEOUT_S)) as answer:
            if answer.status < 400:
                return
            raise error_from_body(answer.status, await answer.json(content_type=None))
    except ShopclerkError:
        raise
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
        raise Unavailable(f"The transformer service at {nlu_url} does not answer ({type(error).__name__}).") from error
