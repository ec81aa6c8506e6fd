"""The files that take long begin first: `make test` gives each process whole files, and a long one at the end would
leave the other core idle."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# By measured time, the longest first; half a minute or more on two cores.
LONG = (
    "nlu_models/test_nlu_training_resumes.py",
    "actions/test_services_changes.py",
    "nlu_models/test_nlu_training_options.py",
    "actions/test_knowledge_meaning.py",
    "nlu_models/test_nlu_full_disk.py",
    "nlu_models/test_nlu_corrections.py",
    "gateway/test_gateway_chatwoot.py",
    "actions/test_recommender_service.py",
    "nlu_models/test_nlu_incremental.py",
    "admin_ui/test_corrections.py",
    "nlu_models/test_nlu_encoder_families.py",
    "actions/test_seed_demo_shop.py",
    "nlu_models/test_nlu_compression.py",
    "actions/test_import_shop.py",
    "gateway/test_gateway_erasing.py",
    "admin_ui/test_span_marker.py",
    "admin_ui/test_pages.py",
    "bot/test_control.py",
    "bot/test_finetuning.py",
    "bot/test_bot_training.py",
    "bot/test_erasing_everywhere.py",
    "bot/test_importing.py",
    "bot/test_stories.py",
    "bot/test_service_faults.py",
    "bot/test_turns.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {TESTS / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))
