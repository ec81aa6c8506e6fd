import pytest

from launcher import environments
from launcher.console import LauncherError
from launcher.environments import APP, Environment


def test_both_lock_files_pin_exactly():
    for environment in (environments.APP, environments.BOT):
        lines = [line for line in environment.lock.read_text().splitlines() if line and line[0] not in " #"]
        assert lines
        assert all("==" in line for line in lines)


def test_stamp_follows_the_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    lock = tmp_path / "requirements" / "tiny.lock"
    tiny = Environment("tiny", "3.11")
    lock.write_text("a==1\n")
    before = tiny.stamp()
    assert tiny.stamp() == before
    lock.write_text("a==2\n")
    assert tiny.stamp() != before


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A real environment to make, of one small package, with the installer of this checkout."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / ".venvs").mkdir()
    (tmp_path / ".venvs" / "uv").symlink_to(environments.VENVS / "uv")
    monkeypatch.setattr(environments, "VENVS", tmp_path / ".venvs")
    (tmp_path / "requirements").mkdir()
    tiny = Environment("tiny", APP.python)
    tiny.lock.write_text("iniconfig==2.3.0\n")
    return tiny


def test_an_environment_is_made_once_and_again_when_its_pins_change(tiny, tmp_path, capsys):
    environments.set_up((tiny,))
    said = capsys.readouterr().out
    assert "  Installed 1 package in" in said
    assert "iniconfig" not in said
    site = tiny.folder / "lib" / f"python{tiny.python}" / "site-packages"
    assert (site / "iniconfig-2.3.0.dist-info").is_dir()
    assert (site / "shopclerk.pth").read_text().strip() == str(tmp_path)
    made = (tiny.folder / "shopclerk.stamp").stat().st_mtime_ns

    environments.set_up((tiny,))
    assert (tiny.folder / "shopclerk.stamp").stat().st_mtime_ns == made
    assert capsys.readouterr().out == ""

    tiny.lock.write_text("iniconfig==2.1.0\n")
    environments.set_up((tiny,))
    assert (site / "iniconfig-2.1.0.dist-info").is_dir()


def test_a_change_that_failed_is_not_taken_for_done_when_the_pins_go_back(tiny):
    environments.set_up((tiny,))
    tiny.lock.write_text("iniconfig==0.0.0\n")
    with pytest.raises(LauncherError, match=r"failed:\n(.|\n)*no version of iniconfig==0\.0\.0"):
        environments.set_up((tiny,))
    tiny.lock.write_text("iniconfig==2.3.0\n")
    assert not environments._is_current(tiny)
