"""Runs the application with uvicorn: one process, bounded, ending its event streams before it stops."""

from __future__ import annotations

import resource
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from contract.settings import Settings
from contract.wire import Unavailable
from gateway import logs

CONNECTIONS = 4000
OTHER_FILES = 200
KEEP_ALIVE_S = 30
GRACE_S = 6

log = logs.get()


class Server(uvicorn.Server):
    """Event streams never end by themselves: the first signal ends them, so that stopping takes no longer."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.config.app.state.gateway.hub.close_all()  # type: ignore[union-attr]


def serve(app: FastAPI, settings: Settings) -> None:
    """Serves until a signal.

    Raises:
        Unavailable: the address is in use.
    """
    allow_files()
    door = _bind(settings.gateway_host, settings.gateway_port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    log.info("gateway_listens", address=f"http://{settings.gateway_host}:{door.getsockname()[1]}")
    Server(config).run(sockets=[door])


def allow_files() -> None:
    """Every connection is an open file, and systems often allow fewer than we accept until they are asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bind(host: str, port: int) -> socket.socket:
    """Before anything else: a second gateway must not take up the inbox of the first."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(2048)
    except OSError as error:
        door.close()
        raise Unavailable(
            f"The gateway cannot listen on {host}:{port} ({error.strerror}). "
            "Stop what uses this port, or set SHOPCLERK_GATEWAY_PORT to another."
        ) from error
    return door
