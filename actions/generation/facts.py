"""Takes the facts out of a filled template before it leaves the house, and puts them back into what comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGN = r"(?:[A-Z]{0,3}[$€£¥₹₩₽₺₴₫₱฿₪]|\b[A-Z]{3})"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_KINDS = {
    "LINK": r"\[[^\]\n]*\]\([^)\s]*\)|(?:https?://|www\.)\S*\w|\S+@\S*\w",
    "VALUE": r"\*\*[^*\n]+\*\*",
    "AMOUNT": rf"{_SIGN}\s?\d(?:[\d.,]*\d)?|\d(?:[\d.,\s]*\d)?\s?[€£$₽₺₴₫]",
    "DATE": rf"\b{_MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?(?:,\s\d\d:\d\d)?\b|\b\d{{1,2}}\.?\s{_MONTH}(?:\s\d{{4}})?\b",
    "CODE": r"#?[^\W\d_]*(?:[_/-][^\W\d_]+)*[_/-]?\d[\w/%]*(?:[.,:/-]\w*\d\w*)*",
    "NAME": r"[^\W\d_][\w'’-]*",
}
_FACT = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_BEGINS = re.compile(r"(?:^|[.!?:;\n])[\s\"'(]*$")
MARK = re.compile(r"\[[A-Z]+_\d+\]")


@dataclass(frozen=True)
class Veiled:
    """``text`` has a mark such as ``[DATE_1]`` for each fact; ``facts`` holds what stands behind a mark."""

    text: str
    facts: dict[str, str]

    def put_back(self, text: str) -> str:
        """``text`` with the facts in place of their marks."""
        return MARK.sub(lambda mark: self.facts[mark[0]], text)


def veil(text: str) -> Veiled:
    """Numbers, amounts, dates, codes, links, addresses, names and whatever is bold become marks, the same fact the same
    one. A name that begins a sentence stays, unless it is in capitals: it cannot be told from a usual word."""
    marks: dict[str, str] = {}
    counts = dict.fromkeys(_KINDS, 0)

    def mark(found: re.Match[str]) -> str:
        kind, fact = str(found.lastgroup), found[0]
        if kind == "NAME" and not _is_name(fact, text[: found.start()]):
            return fact
        if fact not in marks:
            counts[kind] += 1
            marks[fact] = f"[{kind}_{counts[kind]}]"
        return marks[fact]

    veiled = _FACT.sub(mark, text)
    return Veiled(veiled, {name: fact for fact, name in marks.items()})


def _is_name(word: str, before: str) -> bool:
    if word == word.lower() or re.split(r"['’]", word)[0] == "I":
        return False
    is_plain = word[0].isupper() and word[1:] == word[1:].lower()
    return not is_plain or _BEGINS.search(before) is None
