"""Photos of the web chat: one in, as the raw body of a request, and out again to whoever may see it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from contract.wire import NotFound, TooLarge
from gateway.channels.access import gateway_of, operators_gateway, session_of, with_cookie
from gateway.errors import UnsupportedMedia
from gateway.http_input import is_uuid, read_body
from gateway.photos import MEGABYTE, NOT_KEPT, too_large

MEDIA = ("image/jpeg", "image/png", "image/webp")
WITHIN_S = 60.0

router = APIRouter(prefix="/v1")


@router.post("/photos")
async def post_photo(request: Request) -> Response:
    """Keeps the picture in the body, for a message of this conversation that is sent afterwards."""
    gateway = gateway_of(request)
    access = await session_of(request, is_change=True)
    _check_media(request)
    await gateway.photos.admit(access.conversation.id)
    async with gateway.photos.place():
        data = await _picture(request, megabytes=gateway.settings.photo_max_mb)
        photo_id = await gateway.photos.store(access.conversation.id, data)
    return with_cookie(JSONResponse({"photo_id": photo_id}, 201), access, gateway.settings)


@router.get("/photos/{photo_id}")
async def get_photo(request: Request, photo_id: str) -> Response:
    """A photo of the session's own conversation."""
    access = await session_of(request, rotates=False)
    path = await gateway_of(request).photos.path(_checked(photo_id), viewer=access.conversation)
    return FileResponse(path, media_type="image/jpeg")


@router.get("/operator/photos/{photo_id}")
async def get_any_photo(request: Request, photo_id: str) -> Response:
    """Any shopper's photo, for operators."""
    path = await operators_gateway(request).photos.path(_checked(photo_id), viewer=None)
    return FileResponse(path, media_type="image/jpeg")


async def _picture(request: Request, *, megabytes: int) -> bytes:
    try:
        return await read_body(request, limit=megabytes * MEGABYTE, within_s=WITHIN_S)
    except TooLarge:
        raise too_large(megabytes) from None


def _check_media(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_plain = request.headers.get("content-encoding", "identity").strip().lower() in ("", "identity")
    if media not in MEDIA or not is_plain:
        raise UnsupportedMedia("Please send a photo as JPEG, PNG or WebP.")


def _checked(photo_id: str) -> str:
    if not is_uuid(photo_id):
        raise NotFound(NOT_KEPT)
    return photo_id
