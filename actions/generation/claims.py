"""Sentences that say or promise that something was done. A generated text does nothing, so it must not say so."""

from __future__ import annotations

import re

_DONE = (
    r"(?:cancell?ed|refunded|changed|shipped|sent|returned|exchanged|updated|deleted|closed|ordered|charged|credited|"
    r"processed|issued|approved|completed|confirmed|booked|placed|made|granted|waived|opened|created|forwarded|"
    r"escalated|reserved|upgraded|applied|added|removed|transferred|paid|done|replaced|arranged|scheduled|noted|"
    r"reported|activated|deactivated|resolved|fixed|initiated|submitted|registered|verified|unlocked|reset)"
)
_OFTEN = r"(?:now|just|already|also|successfully|fully|been|being|all)"
_CLAIMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bi(?:'\w+)?\s+\w+(?:\s+\w+)?",
        r"\bwe(?:'(?:ve|ll|re|d)|\s+(?:have|had|will|shall|are|were|did|just|already|can|promise|guarantee))\s+\w+",
        rf"\bwe\s+(?:{_OFTEN}\s+)*{_DONE}\b",
        rf"(?:\b(?:has|have|had|was|were|is|are|be|been|get|gets|got|will)|'s|'re|'ve)\s+(?:{_OFTEN}\s+)*{_DONE}\b",
        rf"\b(?:order|refund|return|payment|ticket|account|item|request|subscription|code|address)s?\s+{_DONE}\b",
        rf"(?:^|[.!?:\n]\s*)(?:{_OFTEN}\s+)*{_DONE}\b",
        r"\b(?:all set|taken care of|good to go|successfully)\b",
    )
)


def has_new_claim(text: str, source: str) -> bool:
    """Whether such a sentence of ``text`` does not stand in ``source`` word for word."""
    said, known = _flat(text), _flat(source)
    return any(found[0].strip(" .!?:") not in known for pattern in _CLAIMS for found in pattern.finditer(said))


def _flat(text: str) -> str:
    return " ".join(text.casefold().replace("*", "").replace("_", "").split())
