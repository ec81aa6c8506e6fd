import socket

import pytest

from contract.settings import load
from launcher.console import LauncherError
from launcher.ports import check_free
from launcher.programs import environment_for, programs

KEY = {"SHOPCLERK_SECRET_KEY": "k" * 40}


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def environ():
    names = ["GATEWAY_PORT", "CONTROL_PORT", "NLU_PORT", "ACTIONS_PORT", "ADMIN_PORT"]
    *ports, one, two = free_ports(7)
    values = {f"SHOPCLERK_{name}": str(port) for name, port in zip(names, ports, strict=True)}
    return {**KEY, **values, "SHOPCLERK_BOT_PORTS": f"{one},{two}"}


def test_free_ports_pass(environ):
    check_free(load(environ))


@pytest.mark.parametrize(
    ("setting", "program"), [("GATEWAY_PORT", "gateway"), ("NLU_PORT", "nlu"), ("ADMIN_PORT", "admin")]
)
def test_a_taken_port_is_one_line_that_names_the_setting(environ, setting, program):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environ[f"SHOPCLERK_{setting}"])))
        taken.listen()
        with pytest.raises(LauncherError, match=rf"\({program}\) is in use.*SHOPCLERK_{setting}"):
            check_free(load(environ))


def test_a_taken_rasa_port_is_named(environ):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environ["SHOPCLERK_BOT_PORTS"].split(",")[1])))
        taken.listen()
        with pytest.raises(LauncherError, match=r"\(Rasa\).*SHOPCLERK_BOT_PORTS"):
            check_free(load(environ))


def test_a_port_that_is_none_a_foreign_host_and_a_port_given_twice_are_said(environ):
    with pytest.raises(LauncherError, match=r"Port 99999 \(gateway\) is no port.*SHOPCLERK_GATEWAY_PORT"):
        check_free(load({**environ, "SHOPCLERK_GATEWAY_PORT": "99999"}))
    with pytest.raises(LauncherError, match=r"\(admin\) cannot be used on 203\.0\.113\.9 \(.+\): correct the host"):
        check_free(load({**environ, "SHOPCLERK_ADMIN_HOST": "203.0.113.9"}))
    with pytest.raises(LauncherError, match="is given to gateway and to admin: set SHOPCLERK_ADMIN_PORT"):
        check_free(load({**environ, "SHOPCLERK_ADMIN_PORT": environ["SHOPCLERK_GATEWAY_PORT"]}))


def test_addresses_follow_a_port_that_was_moved(environ, monkeypatch):
    monkeypatch.delenv("SHOPCLERK_NLU_URL", raising=False)
    settings = load(environ)
    assert environment_for(settings)["SHOPCLERK_NLU_URL"] == f"http://127.0.0.1:{settings.nlu_port}"


def test_every_program_is_a_module_of_this_project():
    assert [program.name for program in programs(load(KEY))] == ["nlu", "actions", "bot", "gateway", "admin"]
