"""The files that take long begin first: `make test` gives each process whole files, and a long one at the end would
leave the other core idle."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# By measured time, the longest first; half a minute or more on two busy cores.
LONG = (
    "nlu_models/test_nlu_training_resumes.py",
    "actions/test_knowledge_meaning.py",
    "actions/test_recommender_service.py",
    "actions/test_services_changes.py",
    "nlu_models/test_nlu_training_options.py",
    "nlu_models/test_nlu_full_disk.py",
    "gateway/test_gateway_chatwoot.py",
    "gateway/test_gateway_chatwoot_photos.py",
    "nlu_models/test_nlu_incremental.py",
    "actions/test_seed_demo_shop.py",
    "nlu_models/test_nlu_corrections.py",
    "nlu_models/test_nlu_encoder_families.py",
    "gateway/test_gateway_recovery.py",
    "nlu_models/test_nlu_compression.py",
    "gateway/test_gateway_erasing.py",
    "admin_ui/test_corrections.py",
    "gateway/web/test_web_faults.py",
    "actions/test_recommender_bandit.py",
    "actions/test_import_shop.py",
    "nlu_models/test_project_data.py",
    "admin_ui/test_masking.py",
    "admin_ui/test_span_marker.py",
    "launcher/test_environments.py",
    "bot/test_control.py",
    "bot/test_stories.py",
    "bot/test_finetuning.py",
    "bot/test_bot_training.py",
    "bot/test_archives.py",
    "bot/test_service_faults.py",
    "bot/test_turns.py",
    "bot/test_erasing_everywhere.py",
    "bot/test_store_faults.py",
    "bot/test_importing.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {TESTS / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))
