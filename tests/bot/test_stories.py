"""The test stories, held against the real policies, trained on the real rules and domain."""

from __future__ import annotations

import asyncio
import shutil
import warnings
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STORIES = sorted((ROOT / "tests" / "stories").glob("*_test.yml"))
DOMAIN = ROOT / "bot" / "domain"
# Rasa says the first of every domain that has slots; its check of unused responses knows neither what forms ask
# nor its own default.
MENTIONED_ANYWAY = (
    "Slot auto-fill has been removed",
    "'utter_ask_",
    "'utter_default'",
    "'utter_next_request'",
    "'utter_all_requests'",
)


@pytest.fixture(scope="module")
def policies_only(tmp_path_factory):
    """The bot's policies as they are, without the NLU, which no story needs."""
    config = yaml.safe_load((ROOT / "bot" / "config.yml").read_text("utf-8"))
    config["pipeline"] = [{"name": "KeywordIntentClassifier"}]
    config.pop("importers", None)
    path = tmp_path_factory.mktemp("config") / "config.yml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


@pytest.fixture(scope="module")
def agent(policies_only, tmp_path_factory):
    from rasa.core.agent import Agent
    from rasa.model_training import train_core

    folder = tmp_path_factory.mktemp("core")
    for name in ("rules", "stories"):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    archive = train_core(
        domain=str(DOMAIN),
        config=str(policies_only),
        stories=str(folder / "data"),
        output=str(folder),
    )
    return Agent.load(archive)


def steps():
    for path in STORIES:
        for story in yaml.safe_load(path.read_text("utf-8"))["stories"]:
            yield from story["steps"]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_stories(agent, path, tmp_path):
    from rasa.core.test import test as run_stories

    report = asyncio.run(run_stories(str(path), agent, out_directory=str(tmp_path), e2e=False))
    failed = tmp_path / "failed_test_stories.yml"
    assert report["accuracy"] == 1.0, failed.read_text("utf-8") if failed.is_file() else report


def test_every_intent_has_a_story():
    intents = set(yaml.safe_load((DOMAIN / "intents.yml").read_text("utf-8"))["intents"])
    told = Counter(step["intent"] for step in steps() if "intent" in step)
    assert set(told) == intents


def test_every_action_of_the_domain_has_a_story():
    actions = set(yaml.safe_load((DOMAIN / "actions.yml").read_text("utf-8"))["actions"])
    asked_by_forms = {name for name in actions if name.startswith(("validate_", "action_ask_"))}
    assert actions - asked_by_forms <= {step["action"] for step in steps() if "action" in step}


def test_rasa_data_validate_is_clean(policies_only):
    """What `rasa data validate --fail-on-warnings` checks."""
    from rasa.cli.utils import validate_files
    from rasa.shared.importers.importer import TrainingDataImporter

    data = [str(ROOT / "data" / name) for name in ("nlu", "rules", "stories")]
    importer = TrainingDataImporter.load_from_config(str(policies_only), str(DOMAIN), data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        validate_files(fail_on_warnings=True, max_history=None, importer=importer)  # exits where something is wrong
    mentioned = [str(warning.message) for warning in caught if issubclass(warning.category, UserWarning)]
    unexpected = [text for text in mentioned if not any(known in text for known in MENTIONED_ANYWAY)]
    assert not unexpected, unexpected
