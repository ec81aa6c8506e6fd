"""The process runner over real, small programs, as one real process of its own."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

PROGRAM = """
import sys
from launcher.environments import APP
from launcher.programs import Program
from launcher.supervise import supervise
import os
server = Program("server", APP, "http.server", "127.0.0.1", {port}, "X", "/", ("{port}", "--bind", "127.0.0.1"))
other = Program("other", APP, "{module}", "127.0.0.1", {port}, "X", "/", {arguments})
sys.exit(supervise([server, other], dict(os.environ), lambda seconds: print("READY", flush=True)))
"""


@pytest.fixture
def start(free_port, tmp_path):
    running = []

    def begin(module, arguments=()):
        code = PROGRAM.format(port=free_port, module=module, arguments=tuple(arguments))
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()


def read_until(process, word, seconds=20):
    began, lines = time.monotonic(), []
    while time.monotonic() - began < seconds:
        line = process.stdout.readline()
        lines.append(line)
        if word in line or not line:
            break
    return "".join(lines)


def children_of(pid):
    done = subprocess.run(["ps", "-eo", "pid,sid,args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if str(pid) in line]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda how: how.name)
def test_ready_then_ctrl_c_or_a_closed_terminal_ends_everything(start, free_port, how):
    process = start("http.server", ("0", "--bind", "127.0.0.1"))
    assert "READY" in read_until(process, "READY")
    os.killpg(process.pid, how)  # as a terminal does it: the whole group
    output, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "All programs have ended." in output
    assert not children_of(free_port)


def test_a_program_that_dies_is_named_with_its_last_words(start):
    process = start("json.tool", ("/no/such/file.json",))
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    last = output.strip().splitlines()[-1]
    assert last.startswith("✗ other ended by itself")
    assert "No such file or directory" in last
