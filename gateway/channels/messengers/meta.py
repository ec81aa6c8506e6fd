"""What Messenger and WhatsApp share: Meta's handshake, its signature, and the errors of its Graph API."""

from __future__ import annotations

from typing import Any

from contract.wire import InvalidInput, Unauthorised
from gateway.channels.messengers.calls import Calls, Reply
from gateway.channels.messengers.messages import Received, Webhook, child
from gateway.channels.messengers.signatures import check_equal, hmac_sha256
from gateway.http_input import parse_object

MAX_CHALLENGE = 200
# Of the codes that come with 4xx: too many calls, Meta's own trouble, and a token that has to be replaced.
_LATER = {1, 2, 4, 17, 32, 190, 341, 368, 613, 80007, 130429, 131000, 131016, 131048, 131056, 133004}


def handshake(hook: Webhook, *, verify_token: str) -> Received:
    """The challenge, for whoever knows our verify token.

    Raises:
        Unauthorised: another token. InvalidInput: no challenge.
    """
    if hook.query.get("hub.mode") != "subscribe":
        raise Unauthorised("This is no subscription.")
    check_equal(hook.query.get("hub.verify_token", ""), verify_token)
    challenge = hook.query.get("hub.challenge", "")
    if not 0 < len(challenge) <= MAX_CHALLENGE:
        raise InvalidInput("The request has no usable hub.challenge.")
    return Received(reply=challenge)


def proved(hook: Webhook, *, app_secret: str) -> dict[str, Any]:
    """The body of a request that Meta signed.

    Raises:
        Unauthorised: the signature is wrong. InvalidInput: no JSON object.
    """
    expected = f"sha256={hmac_sha256(app_secret, hook.body)}"
    check_equal(hook.headers.get("x-hub-signature-256", ""), expected)
    return parse_object(hook.body)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def post(calls: Calls, url: str, body: dict[str, Any], *, token: str) -> None:
    """
    Raises:
        NotDelivered: Meta did not take it.
    """
    _check(await calls.post(url, body, headers=bearer(token)))


async def get(calls: Calls, url: str, *, token: str) -> dict[str, Any]:
    """
    Raises:
        NotDelivered: Meta does not tell it.
    """
    reply = await calls.get(url, headers=bearer(token))
    if reply.status == 404:
        raise reply.refused("not there any more", is_permanent=True)
    _check(reply)
    return reply.data


def _check(reply: Reply) -> None:
    if reply.is_ok:
        return
    error = child(reply.data, "error")
    is_later = error.get("code") in _LATER or error.get("is_transient") is True
    cause = f"code {error.get('code')}/{error.get('error_subcode')}"  # its text may hold the shopper's number
    raise reply.refused(cause, is_permanent=False if is_later else None)
