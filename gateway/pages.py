"""The chat page and the widget, if they are there: files of ``gateway/web`` under a strict policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from contract.settings import Settings
from contract.wire import NotFound
from gateway.security import allowed_origins, content_security_policy

WEB_DIR = Path(__file__).parent / "web"

router = APIRouter()


def add_pages(app: FastAPI, settings: Settings, *, web_dir: Path) -> None:
    """Serves ``index.html`` at ``/``, ``widget.js`` at ``/widget.js`` and ``static/`` below ``/static``."""
    app.state.web_dir = web_dir
    app.state.page_headers = _page_headers(settings)
    app.include_router(router)
    if (web_dir / "static").is_dir():
        app.mount("/static", _RevalidatedFiles(directory=web_dir / "static"))


@router.get("/")
async def page(request: Request) -> Response:
    """The chat itself, alone or in the widget's frame."""
    return _file(request, "index.html", headers=request.app.state.page_headers)


@router.get("/widget.js")
async def widget(request: Request) -> Response:
    """The one script that a shop's page includes."""
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=300"}
    return _file(request, "widget.js", headers=headers)


class _RevalidatedFiles(StaticFiles):
    """Browsers keep these files and ask whether they are still good (304): a page has twenty of them."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _page_headers(settings: Settings) -> dict[str, str]:
    headers = {"Content-Security-Policy": content_security_policy(settings), "Cache-Control": "no-cache"}
    if not allowed_origins(settings):
        headers["X-Frame-Options"] = "SAMEORIGIN"
    return headers


def _file(request: Request, name: str, *, headers: dict[str, str]) -> Response:
    path: Path = request.app.state.web_dir / name
    if not path.is_file():
        raise NotFound(f"{name} is not part of this installation.")
    return FileResponse(path, headers=headers)
