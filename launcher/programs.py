"""The five programs: how each is started, where it listens and how one knows that it is ready."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass

from contract.settings import PREFIX, Settings
from launcher.environments import APP, BOT, Environment


@dataclass(frozen=True)
class Program:
    """``port_setting`` is the setting that moves it to another port."""

    name: str
    environment: Environment
    module: str
    host: str
    port: int
    port_setting: str
    ready_path: str
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        return shlex.join([str(self.environment.executable), "-u", "-m", self.module, *self.arguments])

    @property
    def ready_url(self) -> str:
        return f"http://{self.host}:{self.port}{self.ready_path}"


def programs(settings: Settings) -> list[Program]:
    """In the order in which they are printed; they start all at once."""
    rows = [
        ("nlu", APP, "nlu_models.serving", "nlu", "/ready"),
        ("actions", APP, "actions", "actions", "/health"),
        ("bot", BOT, "bot.control", "control", "/ready"),
        ("gateway", APP, "gateway", "gateway", "/ready"),
        ("admin", APP, "admin_ui", "admin", "/_stcore/health"),
    ]
    return [
        Program(
            name,
            environment,
            module,
            getattr(settings, f"{prefix}_host"),
            getattr(settings, f"{prefix}_port"),
            f"{PREFIX}{prefix.upper()}_PORT",
            path,
        )
        for name, environment, module, prefix, path in rows
    ]


def environment_for(settings: Settings) -> dict[str, str]:
    """What the programs inherit: addresses follow a port that was moved, libraries keep to their cores."""
    derived = {
        "GATEWAY_URL": f"http://{settings.gateway_host}:{settings.gateway_port}",
        "CONTROL_URL": f"http://{settings.control_host}:{settings.control_port}",
        "NLU_URL": f"http://{settings.nlu_host}:{settings.nlu_port}",
        "ACTIONS_URL": f"http://{settings.actions_host}:{settings.actions_port}/webhook",
    }
    environ = {PREFIX + name: value for name, value in derived.items()}
    return {**environ, **os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
