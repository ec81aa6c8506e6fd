"""The habits of the house that a machine can hold."""

import os
import re
import subprocess

import pytest
import yaml

TARGETS = {
    *("help", "run", "setup", "train", "test", "check", "fix", "import-shop"),
    *("bench", "bench-nlu", "bench-serving", "e2e", "e2e-conversations", "clean"),
}


@pytest.fixture(scope="module")
def makefile(root):
    return (root / "Makefile").read_text("utf-8")


def test_make_help_lists_every_target(root, makefile):
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split())
    assert phony == TARGETS
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert {line.split()[1] for line in shown.stdout.splitlines()} == TARGETS


def test_pre_commit_runs_the_commands_of_make_check(root, makefile):
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    recipe = makefile.split("check: setup")[1].split("\n\n")[0].replace("$(APP)", ".venvs/app/bin")
    assert [hook["entry"] for hook in hooks] == [line.strip() for line in recipe.splitlines()[1:]]


def test_continuous_integration_calls_make_test(root):
    script = root / ".ci" / "run"
    assert "exec make test" in script.read_text()
    assert os.access(script, os.X_OK)


def test_make_test_includes_make_check(makefile):
    assert re.search(r"^test: check", makefile, re.M)


def test_readme_is_short_and_starts_with_the_two_commands(root):
    lines = (root / "README.md").read_text("utf-8").splitlines()
    assert len(lines) <= 120
    beginning = "\n".join(lines[:25])
    assert "make run" in beginning
    assert "make test" in beginning


def tracked(root):
    done = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_every_link_in_a_document_leads_somewhere(root):
    for name in (name for name in tracked(root) if name.endswith(".md")):
        text = re.sub(r"`[^`]*`", "", (root / name).read_text("utf-8"))
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text):
            assert ((root / name).parent / target).exists(), f"{name} links to {target}"


def test_no_database_model_or_secret_is_tracked(root):
    bad = re.compile(r"\.(db|sqlite3?|onnx|safetensors|tar\.gz|pkl|pem|key)$|(^|/)\.env$")
    assert [name for name in tracked(root) if bad.search(name)] == []


def test_every_python_file_stays_small(root):
    long = {}
    for name in tracked(root):
        if name.endswith(".py") and not name.startswith("tests/") and "/migrations/" not in name:
            length = len((root / name).read_text("utf-8").splitlines())
            if length > 300:
                long[name] = length
    assert long == {}


def test_the_files_that_begin_first_are_there(root):
    from tests.conftest import LONG

    assert [name for name in LONG if not (root / "tests" / name).is_file()] == []
