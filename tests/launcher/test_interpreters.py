import pytest

from launcher.console import LauncherError
from launcher.interpreters import find_python

NEVER = "3.99"


def test_found_on_path(bare_machine, fake_python):
    python = fake_python(bare_machine / "bin", f"python{NEVER}", NEVER)
    assert find_python(NEVER) == python


def test_found_under_pyenv_when_the_shim_on_path_does_not_start(bare_machine, fake_python):
    fake_python(bare_machine / "bin", f"python{NEVER}", "pyenv: command not found", status=127)
    folder = bare_machine / "home" / ".pyenv" / "versions" / f"{NEVER}.2" / "bin"
    python = fake_python(folder, f"python{NEVER}", NEVER)
    assert find_python(NEVER) == python


def test_found_where_uv_keeps_its_own(bare_machine, fake_python):
    folder = bare_machine / "home" / ".local/share/uv/python" / f"cpython-{NEVER}.1-linux" / "bin"
    python = fake_python(folder, f"python{NEVER}", NEVER)
    assert find_python(NEVER) == python


def test_another_version_under_that_name_is_not_taken(bare_machine, fake_python):
    fake_python(bare_machine / "bin", f"python{NEVER}", "3.98")
    with pytest.raises(LauncherError):
        find_python(NEVER)


def test_none_is_one_helpful_sentence(bare_machine):
    with pytest.raises(LauncherError) as error:
        find_python(NEVER)
    text = str(error.value)
    assert "\n" not in text
    assert f"Python {NEVER} was not found" in text
    assert f"uv python install {NEVER}" in text
