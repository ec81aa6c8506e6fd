"""Resident memory of a process and everything below it."""

from __future__ import annotations

import psutil


def by_program(pid: int) -> dict[str, float]:
    """MiB of proportional set size for each process below ``pid``, named by the module it runs.

    Pages that several processes share count once (PSS), so that the sum is what the machine really gives.
    """
    rows: dict[str, float] = {}
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            name = _name(process.cmdline())
            rows[name] = rows.get(name, 0.0) + process.memory_full_info().pss / 2**20
        except psutil.Error:
            continue
    return rows


def _name(command: list[str]) -> str:
    return command[command.index("-m") + 1] if "-m" in command else (command or ["ended"])[0].rpartition("/")[2]
