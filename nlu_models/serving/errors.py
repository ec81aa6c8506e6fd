"""Every error as ``{"error": sentence, "error_type": name}``."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from contract.wire import InvalidInput, NotFound, ShopclerkError
from nlu_models.registry.space import no_space

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ErrorBody:
    """A sentence for a person, and the name of its kind: see ``contract/wire.py``."""

    error: str
    error_type: str


DESCRIBED: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorBody, "description": "Any error"}}


def answer(error: ShopclerkError) -> JSONResponse:
    """The HTTP response for an error."""
    wait = error.retry_after
    headers = {"Retry-After": str(max(1, round(wait)))} if wait is not None else None
    return JSONResponse(error.body(), status_code=error.status, headers=headers)


def install(app: FastAPI) -> None:
    """Make ``app`` answer every error in the one form."""
    app.add_exception_handler(ShopclerkError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


async def _on_ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ShopclerkError)
    return answer(error)


async def _on_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return answer(InvalidInput(f"{where}: {first['msg']}. See /openapi.json for what is expected."))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == NotFound.status:
        return answer(NotFound(f"There is no {request.method} {request.url.path} here; see /docs."))
    if isinstance(error.__cause__, UnicodeDecodeError):
        return answer(InvalidInput(f"The body is not UTF-8 ({error.__cause__.reason}): send JSON in UTF-8."))
    body = {"error": f"{error.detail}: {request.method} {request.url.path}", "error_type": InvalidInput.error_type}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error in %s %s", request.method, request.url.path, exc_info=error)
    return answer(
        no_space(error) or ShopclerkError("The transformer service met an error of its own; its log has the details.")
    )
