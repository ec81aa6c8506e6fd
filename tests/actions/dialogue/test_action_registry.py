"""Domain, actions, permissions and titles name the same things."""

import pytest
import yaml

from actions.access import PERMISSIONS
from actions.intent_titles import INTENT_TITLES, NEVER_SUGGESTED, title
from actions.registry import ACTIONS
from actions.topics.knowledge import NEEDS_PERSON
from contract.settings import ROOT

DIALOGUE_ONLY = {
    "action_ask_account",
    "action_ask_account_form_confirm",
    "action_ask_address",
    "action_ask_buy_form_confirm",
    "action_ask_buy_form_method",
    "action_ask_buy_variant",
    "action_ask_change",
    "action_ask_confirm",
    "action_ask_items",
    "action_ask_method",
    "action_ask_order_id",
    "action_ask_quantity",
    "action_ask_reason",
    "action_ask_value",
    "action_ask_variants",
    "action_complaint",
    "action_leave_form",
    "action_verified",
}


@pytest.fixture(scope="module")
def domain():
    merged = {}
    for path in sorted((ROOT / "bot" / "domain").rglob("*.yml")):
        for key, value in yaml.safe_load(path.read_text("utf-8")).items():
            if isinstance(value, dict) and key in merged:
                merged[key].update(value)
            else:
                merged[key] = value
    return merged


def test_every_action_of_the_domain_is_registered(domain):
    assert sorted(action.action_name for action in ACTIONS) == sorted(domain["actions"])


def test_every_action_has_a_permission_or_only_talks():
    names = {action.action_name for action in ACTIONS}
    assert names - set(PERMISSIONS) == DIALOGUE_ONLY | {name for name in names if name.startswith("validate_")}
    assert set(PERMISSIONS) <= names


def test_every_intent_has_a_title(domain):
    assert set(INTENT_TITLES) == set(domain["intents"])
    assert len(domain["intents"]) == 80
    assert set(domain["intents"]) >= NEVER_SUGGESTED | NEEDS_PERSON
    assert title("brand_new_wish") == "Brand new wish"


def test_titles_fit_on_a_button_and_differ():
    titles = [text for name, text in INTENT_TITLES.items() if name not in NEVER_SUGGESTED]
    assert len(set(titles)) == len(titles)
    assert max(len(text) for text in titles) <= 36


def test_every_response_has_two_or_three_variants_without_repeats(domain):
    for name, variants in domain["responses"].items():
        texts = [variant["text"] for variant in variants]
        assert 2 <= len(texts) <= 3 and len(set(texts)) == len(texts), name


def test_every_button_names_a_known_intent_and_known_entities(domain):
    entities = {next(iter(entity)) for entity in domain["entities"]}
    for variants in domain["responses"].values():
        for row in (row for variant in variants for row in variant.get("buttons", [])):
            intent, _, values = row["payload"].removeprefix("/").partition("{{")
            assert intent in domain["intents"]
            assert not values or values.split('"')[1] in entities
