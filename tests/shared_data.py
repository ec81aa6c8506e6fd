"""The public data that tests and benchmarks measure on, beside the checkout; none of it is part of the project."""

from __future__ import annotations

import os
from pathlib import Path

from contract.settings import ROOT

SHARED = Path(os.environ.get("SHOPCLERK_SHARED", ROOT.parent / "shared")) / "data"
