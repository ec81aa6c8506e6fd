"""What a bare `rasa train` reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.cli.utils import get_validated_path
from rasa.shared.constants import DEFAULT_DATA_PATH, DEFAULT_DOMAIN_PATH
from rasa.shared.importers.importer import TrainingDataImporter

from bot.importing import BOT, ProjectImporter

NLU = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n'


def test_a_bare_rasa_train_in_bot_reads_the_projects_own_data(monkeypatch):
    monkeypatch.chdir(BOT)
    # As `rasa train` makes them of its defaults.
    data = [get_validated_path(DEFAULT_DATA_PATH, "data", DEFAULT_DATA_PATH, none_is_valid=True)]
    domain = get_validated_path(DEFAULT_DOMAIN_PATH, "domain", DEFAULT_DOMAIN_PATH, none_is_valid=True)
    importer = TrainingDataImporter.load_from_config("config.yml", domain, data)
    assert len(importer.get_nlu_data().intents) >= 70
    assert len(importer.get_stories().story_steps) >= 60
    assert "track_order" in importer.get_domain().intents


@pytest.mark.parametrize("named", ["data", "data/nlu"])
def test_a_checkout_may_lie_below_a_folder_of_any_name(tmp_path, monkeypatch, settings_environment, named):
    project = tmp_path / "evaluation" / "shop"
    for name in ("nlu", "evaluation"):
        (project / "data" / name).mkdir(parents=True)
        (project / "data" / name / f"{name}.yml").write_text(NLU)
    monkeypatch.chdir(project)
    importer = ProjectImporter(training_data_paths=[named])
    assert [Path(path).name for path in importer._nlu_files] == ["nlu.yml"]
