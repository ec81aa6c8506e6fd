"""Only an archive that we signed and nobody changed is loaded."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from bot_process import ROOT, free_port

from bot.archives.manifest import check, manifest_path, read_manifest, seal
from bot.archives.pinned import VERSION_FILE, read_pinned
from contract.wire import BrokenArchive, NotFound


@pytest.fixture
def archive(rig, tmp_path) -> Path:
    """A copy with its manifest."""
    copy = tmp_path / rig.archive.name
    shutil.copy(rig.archive, copy)
    shutil.copy(manifest_path(rig.archive), manifest_path(copy))
    return copy


def refusal(archive: Path, rig) -> str:
    """What `bot.serve` says about it."""
    command = [sys.executable, "-m", "bot.serve", "--archive", str(archive), "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, env=rig.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_trained_archive_is_sealed(rig, archive, key):
    manifest = check(archive, key=key)
    assert manifest.model_version in rig.nlu.versions
    assert manifest.metrics == {"intent_accuracy": 0.97}
    assert manifest.archive == archive.name
    assert read_pinned(archive).version == manifest.model_version


def test_a_changed_answer_in_the_archive_is_seen(rig, archive, key):
    _replace_in_metadata(archive, "Goodbye!", "Pay at http://evil.example")
    with pytest.raises(BrokenArchive, match="changed after the training"):
        check(archive, key=key)
    assert "changed after the training" in refusal(archive, rig)


@pytest.mark.parametrize("position", [0, 0.3, 0.7, -1])
def test_one_flipped_bit_is_seen(archive, key, position):
    content = bytearray(archive.read_bytes())
    content[int(position * len(content)) if position >= 0 else -1] ^= 1
    archive.write_bytes(content)
    with pytest.raises(BrokenArchive):
        check(archive, key=key)


@pytest.mark.parametrize("field", ["sha256", "model_version", "archive", "created_at", "metrics", "signature"])
def test_a_changed_manifest_is_seen(archive, key, field):
    manifest = json.loads(manifest_path(archive).read_text())
    manifest[field] = {"intent_accuracy": 1.0} if field == "metrics" else "0" * 64
    manifest_path(archive).write_text(json.dumps(manifest))
    with pytest.raises(BrokenArchive):
        check(archive, key=key)


def test_another_installations_archive_is_refused(archive):
    with pytest.raises(BrokenArchive, match="not signed by this installation"):
        check(archive, key="the key of another installation, long")


def test_another_archives_manifest_is_refused(archive, key):
    other = archive.with_name("other.tar.gz")
    shutil.copy(archive, other)
    shutil.copy(manifest_path(archive), manifest_path(other))
    with pytest.raises(BrokenArchive):
        check(other, key=key)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"archive": 7}', "\0"])
def test_a_broken_manifest_is_a_sentence(archive, key, content):
    manifest_path(archive).write_text(content)
    with pytest.raises(BrokenArchive, match="cannot be read"):
        check(archive, key=key)


def test_a_missing_archive_and_a_missing_manifest_are_sentences(rig, archive, key):
    manifest_path(archive).unlink()
    with pytest.raises(BrokenArchive, match="has no signed manifest"):
        check(archive, key=key)
    with pytest.raises(NotFound):
        check(archive.with_name("nothing.tar.gz"), key=key)
    assert "has no signed manifest" in refusal(archive, rig)


def test_an_archive_that_wants_foreign_code_is_refused_though_signed(rig, archive, key):
    _replace_in_metadata(archive, "bot.components.local_classifier.LocalClassifier", "subprocess.Popen")
    seal(archive, key=key)
    assert "which is not ours" in refusal(archive, rig)


def test_a_member_that_leaves_its_folder_is_refused_though_signed(rig, archive, key, tmp_path):
    with tarfile.open(archive, "r:gz") as tar:
        members = [(member, tar.extractfile(member).read() if member.isfile() else None) for member in tar]
    with tarfile.open(archive, "w:gz") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content) if content is not None else None)
        evil = tarfile.TarInfo("../../evil.txt")
        evil.size = 4
        tar.addfile(evil, io.BytesIO(b"evil"))
    seal(archive, key=key)
    assert "cannot be loaded" in refusal(archive, rig)
    assert not list(tmp_path.parent.glob("**/evil.txt"))


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_an_archive_that_is_cut_off_is_refused_though_signed(rig, archive, key, kept):
    _put_version_first(archive)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(kept * len(content))])
    seal(archive, key=key)
    assert "cannot be loaded" in refusal(archive, rig)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08"])
def test_what_is_no_archive_cannot_be_sealed(tmp_path, key, content):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(content)
    with pytest.raises(BrokenArchive):
        seal(path, key=key)


def test_an_archive_can_be_signed_by_hand(rig, archive, key):
    manifest_path(archive).unlink()
    command = [sys.executable, "-m", "bot.archives", str(archive)]
    done = subprocess.run(command, cwd=ROOT, env=rig.environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_manifest(archive).model_version in done.stdout
    check(archive, key=key)


def test_serving_says_where_a_port_is_in_use(rig, archive, served):
    command = [sys.executable, "-m", "bot.serve", "--archive", str(archive), "--port", str(served.port)]
    done = subprocess.run(command, cwd=ROOT, env=rig.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"Port {served.port} is in use" in done.stderr


def _put_version_first(archive: Path) -> None:
    """So that what is signed can be read, and what comes later cannot."""
    members = sorted(_members(archive), key=lambda row: not row[0].name.endswith(VERSION_FILE))
    with tarfile.open(archive, "w:gz") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content) if content is not None else None)


def _members(archive: Path) -> list[tuple[tarfile.TarInfo, bytes | None]]:
    with tarfile.open(archive, "r:gz") as tar:
        return [(member, tar.extractfile(member).read() if member.isfile() else None) for member in tar]


def _replace_in_metadata(archive: Path, old: str, new: str) -> None:
    members = _members(archive)
    with tarfile.open(archive, "w:gz") as tar:
        for member, content in members:
            if member.name.endswith("metadata.json"):
                content = content.replace(old.encode(), new.encode())
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content) if content is not None else None)
