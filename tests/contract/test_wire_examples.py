"""The same example files, read and written by both Pythons, mean the same."""

import importlib
import json

import pytest

from contract.wire import InvalidInput, dumps, from_json, to_json

TAKES_ANYTHING = {"options"}


def dataclass_of(module, name):
    return getattr(importlib.import_module(f"contract.{module}"), name)


def test_example_survives_there_and_back(example):
    module, name, data = example
    kind = dataclass_of(module, name)
    value = from_json(kind, data)
    assert to_json(value) == data
    assert from_json(kind, json.loads(dumps(value))) == value


def test_unknown_keys_are_ignored_so_that_versions_can_differ(example):
    module, name, data = example
    kind = dataclass_of(module, name)
    assert from_json(kind, {**data, "added_in_a_later_version": 1}) == from_json(kind, data)


def test_a_field_of_the_wrong_type_is_named(example):
    module, name, data = example
    for field in data.keys() - TAKES_ANYTHING:
        with pytest.raises(InvalidInput, match=rf"{name}\.{field}"):
            from_json(dataclass_of(module, name), {**data, field: object()})


def test_missing_field_is_named():
    with pytest.raises(InvalidInput, match=r"ParseRequest\.text is missing"):
        from_json(dataclass_of("nlu", "ParseRequest"), {})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400])
def test_numbers_that_json_has_not_are_refused(number):
    with pytest.raises(InvalidInput, match="finite"):
        from_json(dataclass_of("nlu", "IntentScore"), {"name": "greet", "confidence": number})
