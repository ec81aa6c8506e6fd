"""`rasa train`, then `rasa train --finetune` with a new intent and a new entity, against a real transformer service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bot_process import ROOT, free_port
from rasa.core.policies.memoization import AugmentedMemoizationPolicy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.policies.ted_policy import TEDPolicy
from rasa.engine.graph import ExecutionContext, GraphSchema, SchemaNode
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.graph_components.validators.finetuning_validator import FINGERPRINT_CONFIG, FINGERPRINT_CORE, FINGERPRINT_NLU
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.shared.exceptions import InvalidConfigException

from bot.archives.pinned import read_pinned
from bot.components.local_classifier import LocalClassifier
from bot.components.transformer_nlu import TransformerNLU
from bot.quiet import environment
from bot.training.finetuning import GrowingValidator, can_grow
from bot.training.nlu_service import NluService
from bot.training.own_service import running
from contract.settings import load

PROJECT = Path(__file__).parent / "project"
# The first layer of the real encoder and a few steps: enough to learn the tiny project, in seconds.
OPTIONS = {"kept_layers": [0], "epochs": 2, "least_steps": 24}
NEW_INTENT = """  - intent: gift_card
    examples: |
      - i want to buy a [silver](card_kind) gift card
      - do you sell [golden](card_kind) gift cards
      - a gift card for my sister please
      - gift cards
      - how much is a [silver](card_kind) gift card
      - send me a gift card
"""
NEW_RULE = """  - rule: gift card
    steps:
      - intent: gift_card
      - action: utter_card
"""


@dataclass
class Shop:
    """A copy of the tiny project beside a transformer service of its own."""

    folder: Path
    service: NluService

    def train(self, *arguments: str) -> tuple[str, subprocess.CompletedProcess[str]]:
        """The version that the archive pins, and what was said."""
        done = subprocess.run(
            [sys.executable, "-m", "rasa", "train", *arguments],
            cwd=self.folder / "project",
            env={**environment(), "OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=280,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        newest = max(self.archives(), key=lambda path: path.stat().st_mtime)
        return read_pinned(newest).version, done

    def archives(self) -> list[Path]:
        return list((self.folder / "project" / "models").glob("*.tar.gz"))

    def base(self, version: str) -> str | None:
        return json.loads((self.folder / "var" / "nlu_models" / version / "training.json").read_text())["base"]

    def grow(self) -> None:
        project = self.folder / "project"
        for name, text in (("nlu/nlu.yml", NEW_INTENT), ("rules/rules.yml", NEW_RULE)):
            with (project / "data" / name).open("a") as file:
                file.write(text)
        domain = (project / "domain.yml").read_text()
        domain = domain.replace("[greet, ", "[gift_card, greet, ").replace(
            "[order_id, email]", "[order_id, email, card_kind]"
        )
        (project / "domain.yml").write_text(domain)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> Iterator[Shop]:
    shutil.copytree(PROJECT, tmp_path / "project")
    config = tmp_path / "project" / "config.yml"
    config.write_text(config.read_text().replace("options: {epochs: 1}", f"options: {json.dumps(OPTIONS)}"))
    values = {
        "SECRET_KEY": key,
        "VAR_DIR": tmp_path / "var",
        "DATA_DIR": tmp_path / "project" / "data",
        "ARCHIVES_DIR": tmp_path / "project" / "models",
        "NLU_URL": f"http://127.0.0.1:{free_port()}",
    }
    for name in [name for name in os.environ if name.startswith("SHOPCLERK_")]:
        monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(f"SHOPCLERK_{name}", str(value))
    settings = load()
    with running(settings):
        yield Shop(tmp_path, NluService(settings.nlu_url))


@pytest.mark.timeout(600)
def test_finetuning_adds_an_intent_an_entity_and_a_rule_to_the_archive_before_it(shop):
    first, _ = shop.train()
    shop.grow()
    grown, done = shop.train("--finetune")
    assert "Incremental Training" in done.stdout + done.stderr
    assert (shop.base(first), shop.base(grown)) == (None, first)
    before, after = shop.service.model(first), shop.service.model(grown)
    assert set(after.intents) - set(before.intents) == {"gift_card"}
    assert set(after.entities) - set(before.entities) == {"card_kind"}
    assert shop.service.parse("do you have golden gift cards", grown).intent.name == "gift_card"
    full, _ = shop.train()
    assert shop.base(full) is None, "a full training takes nothing from the cache that --finetune left there"


def test_only_components_that_can_grow_may_meet_new_labels():
    assert all(map(can_grow, (TransformerNLU, LocalClassifier, RulePolicy, AugmentedMemoizationPolicy)))
    assert not any(map(can_grow, (DIETClassifier, TEDPolicy)))


@pytest.mark.parametrize(("trained", "refused"), [(LocalClassifier, False), (DIETClassifier, True)])
def test_rasas_own_rule_holds_beside_a_network_with_fixed_labels(tmp_path, trained, refused):
    storage, resource = LocalModelStorage.create(tmp_path), Resource("validator")
    schema = GraphSchema({"train_it": SchemaNode({}, trained, "load", "train", {})})
    context = ExecutionContext(schema, is_finetuning=True)
    prints = {FINGERPRINT_CONFIG: "c", FINGERPRINT_CORE: "d", FINGERPRINT_NLU: "n"}
    config = GrowingValidator.get_default_config()
    validator = GrowingValidator(config, storage, resource, context, fingerprints=dict(prints))
    with pytest.raises(InvalidConfigException, match="other settings"):
        validator._compare_or_memorize(FINGERPRINT_CONFIG, "other", "other settings")
    for name in (FINGERPRINT_CORE, FINGERPRINT_NLU):
        if refused:
            with pytest.raises(InvalidConfigException, match="other labels"):
                validator._compare_or_memorize(name, "other", "other labels")
        else:
            validator._compare_or_memorize(name, "other", "other labels")
            assert validator._fingerprints[name] == "other"
