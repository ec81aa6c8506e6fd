"""Which of the other programs answer."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from contract.settings import Settings


@dataclass(frozen=True)
class Health:
    name: str
    url: str
    is_up: bool


def programs(settings: Settings, *, timeout_s: float = 0.5) -> list[Health]:
    """Asks each program for ``/health``. Never raises."""
    urls = {
        "Gateway": settings.gateway_url,
        "Bot control": settings.control_url,
        "Transformer service": settings.nlu_url,
    }
    return [Health(name, url, _answers(url, timeout_s)) for name, url in urls.items()]


def _answers(url: str, timeout_s: float) -> bool:
    try:
        return httpx.get(f"{url.rstrip('/')}/health", timeout=timeout_s, trust_env=False).is_success
    except httpx.HTTPError:
        return False
