"""Versions: published whole, verified, found again, pinned, deleted."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from contract.nlu import Example, ModelInfo, TrainRequest
from contract.wire import BrokenArchive, Conflict, InvalidInput, NotFound
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments

SETTINGS = ModelSettings(("a", "b"), ("O", "B-x", "I-x"), "enc", "int8", 64, 0, {"crimson": "red"})


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "nlu_models")


def publish(registry: Registry, content: str = "weights", mark: str = "f00d") -> ModelInfo:
    staged = registry.stage()
    SETTINGS.save(staged)
    (staged / "model.onnx").write_text(content)
    return registry.publish(staged, fingerprint=mark, metrics={"intent_accuracy": 0.9})


def test_a_version_is_found_by_its_fingerprint(registry: Registry) -> None:
    assert registry.versions() == [] and registry.infos() == [] and registry.find("f00d") is None
    first, second = publish(registry), publish(registry, "other weights", "cafe")
    assert registry.versions() == sorted([second.version, first.version], reverse=True)
    assert registry.find("f00d") == first == registry.info(first.version)
    assert first.intents == ("a", "b") and first.entities == ("x",)
    assert registry.verified(first.version).name == first.version
    assert registry.find("dead") is None


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("model.onnx", "other", "model.onnx was changed"),
        ("model.json", "{}", "model.json was changed"),
        ("extra.py", "x", "extra.py was added"),
        ("model.onnx", None, "model.onnx is missing"),
        ("manifest.json", "{", "manifest of model"),
        ("manifest.json", None, "manifest of model"),
    ],
)
def test_a_changed_file_is_named(registry: Registry, file: str, content: str | None, words: str) -> None:
    folder = registry.verified(publish(registry).version)
    (folder / file).unlink() if content is None else (folder / file).write_text(content)
    with pytest.raises(BrokenArchive, match=words) as caught:
        registry.verified(folder.name)
    assert "train again" in caught.value.message
    assert registry.find("f00d") is None, "a broken version is no reason not to train"


def test_the_name_stands_for_the_contents(registry: Registry) -> None:
    one, other = publish(registry), publish(registry, "other")
    folder = registry.verified(other.version)
    manifest = (folder / "manifest.json").read_text().replace(other.version, one.version)
    folder.rename(registry.root / "gone")
    registry.verified(one.version).rename(registry.root / "kept")
    (registry.root / "gone").rename(registry.root / one.version)
    (registry.root / one.version / "manifest.json").write_text(manifest)
    with pytest.raises(BrokenArchive, match="contents are those of another version"):
        registry.verified(one.version)


def test_abandoned_trainings_are_swept(registry: Registry) -> None:
    old, fresh = registry.stage(), registry.stage()
    os.utime(old, (1, 1))
    registry.sweep()
    assert not old.exists() and fresh.exists()


def test_pins_hold_a_version(registry: Registry) -> None:
    version = publish(registry).version
    registry.pin(version, "a.tar.gz")
    registry.pin(version, "a.tar.gz")
    registry.pin(version, "b.tar.gz")
    assert registry.pins(version) == ["a.tar.gz", "b.tar.gz"]
    assert registry.verified(version), "pins are not part of the contents"
    with pytest.raises(Conflict, match=r"a\.tar\.gz, b\.tar\.gz"):
        registry.delete(version)
    for archive in ("a.tar.gz", "b.tar.gz", "never.tar.gz"):
        registry.unpin(version, archive)
    registry.delete(version)
    assert registry.versions() == []
    with pytest.raises(NotFound):
        registry.delete(version)
    with pytest.raises(InvalidInput):
        registry.pin(publish(registry).version, "a/b")


def test_a_pin_that_is_cut_off_breaks_nothing(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    version = publish(registry).version

    def cut_off(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        with pytest.raises(OSError, match="no space left"):
            registry.pin(version, "a.tar.gz")
    assert registry.verified(version) and registry.pins(version) == []
    registry.pin(version, "a.tar.gz")
    assert registry.pins(version) == ["a.tar.gz"]


@pytest.mark.parametrize("version", ["", "..", "../x", "20260101T000000-0123456789ab", ".staging"])
def test_other_names_are_unknown(registry: Registry, version: str) -> None:
    publish(registry)
    with pytest.raises(NotFound, match="GET /v1/models"):
        registry.folder(version)


def test_the_fingerprint_follows_what_matters() -> None:
    request = TrainRequest((Example("a", "x", source="f:1"), Example("b", "y")), synonyms={"c": "d"})
    arguments = TrainingArguments()
    mark = fingerprint(request, arguments)
    moved = dataclasses.replace(request, examples=(Example("b", "y"), Example("a", "x", source="g:7")))
    assert fingerprint(moved, dataclasses.replace(arguments, device="cpu")) == mark
    others = [
        (dataclasses.replace(request, examples=(*request.examples, Example("c", "x"))), arguments),
        (dataclasses.replace(request, synonyms={}), arguments),
        (dataclasses.replace(request, test=request.examples), arguments),
        (request, dataclasses.replace(arguments, epochs=2)),
    ]
    assert len({mark, *(fingerprint(*other) for other in others)}) == 5
