"""The colour of an entity: the same wherever it is drawn, light enough for dark words."""

from __future__ import annotations

from zlib import crc32

PALETTE = ("#cfeae6", "#fde5c3", "#f9d2da", "#dcd9f7", "#e0edc4", "#dde4ec", "#d3e6fa", "#f3dcf2", "#f7ecb5", "#d5f0d0")


def colour_of(entity: str) -> str:
    """A CSS colour."""
    return PALETTE[crc32(entity.encode()) % len(PALETTE)]
