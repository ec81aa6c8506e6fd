import time

import pytest

from launcher.console import step


def test_a_step_says_that_it_goes_on_and_how_long_it_took(capsys):
    with step("Packages", beat_s=0.05):
        time.sleep(0.2)
    first, *beats, last = capsys.readouterr().out.splitlines()
    assert first == "▸ Packages …"
    assert beats
    assert all(line.startswith("  Packages: ") and line.endswith(" s so far …") for line in beats)
    assert last.startswith("✓ Packages (0.")


def test_a_step_that_fails_says_nothing_more(capsys):
    with pytest.raises(ValueError, match="no"), step("Packages", beat_s=0.02):
        raise ValueError("no")
    time.sleep(0.1)
    assert capsys.readouterr().out == "▸ Packages …\n"
