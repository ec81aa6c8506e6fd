"""The real programs, started by the real launcher, with databases and ports of their own."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from contract.settings import Settings, load
from launcher.environments import APP, ROOT

START_WITHIN_S = 180.0


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on right now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@dataclass
class System:
    """One installation in ``folder``. ``environ`` holds its settings; ``output`` what the launcher printed."""

    folder: Path
    environ: dict[str, str]
    process: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)
    ready_after_s: float = 0.0

    @classmethod
    def prepare(cls, folder: Path, **extra: str) -> System:
        """A new installation with a copy of the project's data and of the model that is trained already."""
        project = load()
        var_dir, archives = folder / "var", folder / "models"
        shutil.copytree(ROOT / "data", folder / "data")
        shutil.rmtree(folder / "data" / "nlu" / "reviewed", ignore_errors=True)
        var_dir.mkdir(parents=True)
        shutil.copytree(Path(project.var_dir) / "nlu_models", var_dir / "nlu_models")
        shutil.copytree(project.archives_dir, archives)
        gateway, control, nlu, actions, admin, one, two = free_ports(7)
        values = {
            "SECRET_KEY": project.secret_key,
            "VAR_DIR": str(var_dir),
            "DATA_DIR": str(folder / "data"),
            "ARCHIVES_DIR": str(archives),
            "GATEWAY_PORT": str(gateway),
            "CONTROL_PORT": str(control),
            "NLU_PORT": str(nlu),
            "ACTIONS_PORT": str(actions),
            "ADMIN_PORT": str(admin),
            "BOT_PORTS": f"{one},{two}",
            "NEW_SESSIONS_PER_MINUTE": "600",
            **extra,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOPCLERK_")}
        return cls(folder, {**inherited, **{f"SHOPCLERK_{name}": value for name, value in values.items()}})

    @property
    def settings(self) -> Settings:
        return load(self.environ)

    def start(self) -> System:
        """``make run``, without the set-up that the tests have behind them."""
        self.process = subprocess.Popen(
            [APP.executable, "-m", "launcher.run"],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        began = time.monotonic()
        while time.monotonic() - began < START_WITHIN_S:
            try:
                if "Shopclerk is ready" in lines.get(timeout=1):
                    self.ready_after_s = time.monotonic() - began
                    return self
            except queue.Empty:
                if self.process.poll() is not None:
                    break
        self.stop()
        raise RuntimeError("Shopclerk did not start:\n" + "".join(self.output[-40:]))

    def stop(self) -> None:
        """What Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)

    def log(self) -> str:
        return "".join(self.output)

    def _read(self, lines: queue.Queue[str]) -> None:
        assert self.process is not None and self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            lines.put(line)
