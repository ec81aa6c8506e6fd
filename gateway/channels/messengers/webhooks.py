"""The addresses that providers call: ``/v1/channels/NAME``. Acknowledged once every message is in the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contract.wire import NotFound, Unauthorised, Unavailable
from gateway.channels.access import gateway_of
from gateway.channels.messengers.messages import ChannelMessage, Received, Webhook, WebhookChannel
from gateway.channels.messengers.receiving import Receiver
from gateway.http_input import read_body
from gateway.security import client_of

BODY_LIMIT = 512 * 1024  # Meta and Slack send several events, and copies of what was quoted, in one request

router = APIRouter(prefix="/v1/channels")


@router.post("/{name}")
async def post_webhook(request: Request, name: str) -> Response:
    """What happened on a messenger."""
    channel = _channel(request, name)
    body = await read_body(request, limit=BODY_LIMIT)
    received = _proved(request, channel, body)
    await _take_all(gateway_of(request).messengers.receiver, received.messages)
    return Response(received.reply, media_type=received.media_type)


@router.get("/{name}")
async def get_webhook(request: Request, name: str) -> Response:
    """The provider's question whether this address is ours."""
    received = _proved(request, _channel(request, name), None)
    return Response(received.reply, media_type=received.media_type)


async def _take_all(receiver: Receiver, messages: Sequence[ChannelMessage]) -> None:
    """
    Raises:
        Unavailable: of one of them at least; the others are taken all the same.
    """
    problem: Unavailable | None = None
    for message in messages:
        try:
            await receiver.take(message)
        except Unavailable as error:
            problem = error
    if problem is not None:
        raise problem


def _channel(request: Request, name: str) -> WebhookChannel:
    channel = gateway_of(request).messengers.webhooks.get(name)
    if channel is None:
        raise NotFound(f"The channel {name!r} is not set up here." if name.isalnum() else "There is no such channel.")
    return channel


def _proved(request: Request, channel: WebhookChannel, body: bytes | None) -> Received:
    headers = {key.lower(): value for key, value in request.headers.items()}
    hook = Webhook(body or b"", headers, dict(request.query_params))
    try:
        return channel.handshake(hook) if body is None else channel.read(hook)
    except Unauthorised:
        gateway_of(request).guesses.check(client_of(request))
        raise
