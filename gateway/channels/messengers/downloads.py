"""Photos from providers: over HTTPS and from the provider's own hosts only, whatever address a request names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.channels.messengers.calls import Calls, Reply
from gateway.channels.messengers.messages import NotDelivered
from gateway.photos import MEGABYTE, too_large

_ADDRESS = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[!-\[\]-~]*)?", re.IGNORECASE)
_LATER = (401, 408, 425, 429)  # 401: a token that is put right


async def download(
    calls: Calls,
    url: str,
    *,
    base: str,
    hosts: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
    megabytes: int,
) -> bytes:
    """The file at ``url``, which is where the API at ``base`` is, or on one of the provider's ``hosts``. ``headers``
    may hold its token.

    Raises:
        NotDelivered: the address is not the provider's, or there is no file. TooLarge: more than ``megabytes``.
    """
    if not is_providers(url, base=base, hosts=hosts):
        raise NotDelivered("not an address of the provider", is_permanent=True)
    return picture_of(await calls.get(url, headers=headers, max_bytes=megabytes * MEGABYTE), megabytes=megabytes)


def picture_of(reply: Reply, *, megabytes: int) -> bytes:
    """The file in an answer.

    Raises:
        NotDelivered: there is none: an error, a redirect, or a page. TooLarge: more than ``megabytes``.
    """
    if not reply.is_ok:
        raise reply.refused("photo", is_permanent=300 <= reply.status < 500 and reply.status not in _LATER)
    if len(reply.content) > megabytes * MEGABYTE:
        raise too_large(megabytes)
    if reply.content.lstrip()[:1] == b"<":  # such as the login of a provider that does not like our token
        raise reply.refused("a page and no photo", is_permanent=True)
    return reply.content


def is_providers(url: str, *, base: str, hosts: tuple[str, ...]) -> bool:
    """Whether ``url`` has the scheme, host and port of ``base``, or is https on one of ``hosts`` or below it."""
    found, own = _ADDRESS.fullmatch(url), _ADDRESS.fullmatch(base)
    if found is None:
        return False
    scheme, host, port = _origin(found)
    if own is not None and (scheme, host, port) == _origin(own):
        return True
    is_known = any(host == known or host.endswith(f".{known}") for known in hosts)
    return is_known and (scheme, port) == ("https", ":443")


def _origin(address: re.Match[str]) -> tuple[str, str, str]:
    scheme, host, port = address[1].lower(), address[2].lower(), address[3]
    return scheme, host, port or (":443" if scheme == "https" else ":80")
