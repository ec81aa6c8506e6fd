"""`.env.example` names and documents every setting of contract/settings.py, and nothing else."""

import re

import pytest

from contract.settings import ROOT, documented

ONLY_COMPOSE = {"POSTGRES_PASSWORD", "TORCH_BACKEND", "GATEWAY_PUBLISH", "ADMIN_PUBLISH"}


@pytest.fixture(scope="module")
def written(root):
    """name → (value, whether it is commented out, the comment above)."""
    found, comment = {}, ""
    for line in (root / ".env.example").read_text("utf-8").splitlines():
        match = re.match(r"(#?)([A-Z][A-Z0-9_]+)=(.*)$", line)
        if match:
            found[match[2]] = (match[3], bool(match[1]), comment)
        comment = line[2:] if line.startswith("# ") else comment
    return found


def test_exactly_the_settings(written):
    assert set(written) == {name for name, *_ in documented()} | ONLY_COMPOSE


@pytest.mark.parametrize("row", documented(), ids=lambda row: row[0])
def test_default_and_documentation_agree(row, written):
    name, default, doc, required = row
    value, commented, comment = written[name]
    shown = str(default).lower() if isinstance(default, bool) else str(default).replace(str(ROOT), ".")
    assert (value, comment) == (shown, doc)
    assert commented is not required
