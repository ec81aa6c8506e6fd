"""Divides an article by its headings: each section is one answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """``heading`` is None for what stands above the first one. ``text`` has no heading in it."""

    heading: str | None
    text: str

    @property
    def anchor(self) -> str | None:
        """How help pages call the place of a heading: ``Size & fit`` is ``size-fit``."""
        return re.sub(r"[^\w]+", "-", self.heading.lower()).strip("-") if self.heading else None


def sections(text: str) -> tuple[Section, ...]:
    """The sections in their order; at least one, where ``text`` has anything in it."""
    above, *rest = _HEADING.split(text)
    found = [Section(None, above.strip())] if above.strip() else []
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return (*found, *(Section(heading, below.strip()) for heading, below in pairs))
