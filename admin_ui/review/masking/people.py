"""Names of persons and postal addresses, by what stands around them and by lists of known names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from admin_ui.review.masking.names import EXTRA_LAST, brands, common_words, first_names, place_words, surnames
from admin_ui.review.masking.spans import Found

_I = re.IGNORECASE
_WORD = r"[^\W\d_][^\W\d_'’.-]*(?:['’-][^\W\d_]+)*"
_NAME = rf"(?P<it>{_WORD}(?:\s(?:van|von|de|del|da|di|la|el|al)){{0,2}}(?:\s{_WORD}){{0,3}})"
_ANNOUNCES = (
    "my (?:full |last |first |user)?name(?: is|['’]s|:)", "(?:the |full |last |first )?name(?: is|:)", "call me",
    "under the names?(?: of)?", "in the name of", "mein name ist", "ich hei(?:ß|ss)e", "auf den namen", "me llamo",
    "mi nombre es", "a nombre de", "registered to", "recipient:?", "addressed to",
)  # fmt: skip
_PRECEDES = (
    "i am", "i['’]?m", "this is", "it['’]?s", "here is", "hier ist", "ich bin", "soy", "aquí", "greetings from",
    "belongs to", "cheers", "regards", "sincerely", "yours", "thanks", "thank you", "hi", "hello", "hey", "dear",
    "hallo", "hola", "grüße", "gruß", "saludos",
)  # fmt: skip
_STRONG = re.compile(rf"\b(?:{'|'.join(_ANNOUNCES)})\s+" + _NAME, _I)
_WEAK = re.compile(rf"\b(?:{'|'.join(_PRECEDES)})[,!:\s]+" + _NAME, _I)
_NAMED = re.compile(
    r"\b(?:surname(?: is|:)?|(?:full|the|last) name|(?:someone|somebody) called|ordered by|c/o)\s+" + _NAME, _I
)
_SINGLE = re.compile(rf"(?<![\w.-]){_WORD}")
_TITLE = re.compile(r"\b(?:mr|mrs|ms|miss|mister|herr|frau|señora?|sra?|prof)\b\.?\s+" + _NAME, _I)
_PAIR = re.compile(rf"(?<!\w)(?P<first>{_WORD})(?P<gap>\s(?:[A-Z]\.\s)?)(?=(?P<last>{_WORD}))")
_OPEN = r"street|avenue|road|lane|boulevard|blvd|ave|rd|terrace|parkway|pkwy|highway|hwy|crescent"
_CLOSED = (
    r"st|dr|ln|drive|way|place|pl|court|ct|square|sq|circle|close|hill|walk|row|trail|loop|park|gardens|grove|mews|view"
)
_MORE = r"(?:,?\s(?:apt|apartment|suite|unit|flat|floor)\.?\s?#?\w{1,5})?"
_NOT_STREET = r"(?!(?:items?|on|the|my|in|of|days?|weeks?|to|for|at|pairs?|is|from)\b)"
_SMALL_ES = r"(?:(?:de|del|la|las|los|di|della|da|do)\s){0,2}"
_LETTERS = r"[^\W\d_]+"
ADDRESSES = (
    re.compile(rf"\b\d{{1,5}}[a-z]?,?\s(?:{_NOT_STREET}[\w.'’-]+\s){{1,3}}(?:{_OPEN})\b\.?{_MORE}", _I),
    re.compile(rf"\b\d{{1,5}}[a-z]?,?\s(?:[A-Z0-9][\w.'’-]*\s){{1,3}}(?:(?i:{_CLOSED}))\b\.?(?i:{_MORE})"),
    re.compile(
        r"\b(?:[A-ZÄÖÜ][\wäöüß-]*\s)?[\wäöüß-]{2,}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer)"
        r"\s?\d{1,4}\s?[a-h]?\b",
        _I,
    ),
    re.compile(r"\b(?:am|an der|im|auf dem|unter den)\s[A-ZÄÖÜ][\wäöüß-]+\s\d{1,4}[a-h]?\b"),
    re.compile(
        r"\b(?:calle|avenida|avda|av|plaza|paseo|carrer|via|viale|piazza|rua)\.?\s"
        rf"{_SMALL_ES}{_LETTERS}(?:\s(?!\d){_LETTERS}){{0,2}},?\s(?:n[º°]\s?)?\d{{1,4}}[a-z]?\b",
        _I,
    ),
    re.compile(
        r"\b\d{1,4},?\s(?:bis\s)?(?:rue|boulevard|chemin|allée|quai|impasse)\s"
        rf"(?:(?:de|du|des|la)\s|l['’]){{0,2}}{_LETTERS}(?:[\s-][A-ZÉ]{_LETTERS}){{0,2}}",
        _I,
    ),
    re.compile(r"\bp\.?\s?o\.?\s?box\s\d{1,6}\b", _I),
)


def find_people(text: str) -> Iterator[Found]:
    """Names (rank 8) and postal addresses (rank 4) in ``text``."""
    for pattern in ADDRESSES:
        for match in pattern.finditer(text):
            yield Found(match.start(), match.end(), "address", 4)
    for pattern, judge in ((_STRONG, _strong), (_TITLE, _strong), (_NAMED, _capital), (_WEAK, _weak)):
        for match in pattern.finditer(text):
            length = judge(match.group("it"))
            if length:
                yield Found(match.start("it"), match.start("it") + length, "person_name", 8)
    yield from _pairs(text)
    yield from _singles(text)


def _strong(written: str) -> int:
    """How many characters of ``written`` are the name, after words that announce one."""
    tokens = list(re.finditer(r"\S+", written))
    if not tokens or _bare(tokens[0]) in common_words() - {"mark", "rose", "grace", "hope", "may", "will", "max"}:
        return 0
    end = tokens[0].end()
    for token in tokens[1:]:
        word = _bare(token)
        known = word in surnames() or word in first_names() or word in ("van", "von", "de", "del", "da", "di", "la")
        upper = token.group()[0].isupper()
        if not (upper or known) or (word in common_words() and not upper and word not in EXTRA_LAST):
            break
        end = token.end()
    return len(written[:end].rstrip(".,!'’"))


def _weak(written: str) -> int:
    """As ``_strong``, but the first word must be a name that we know."""
    tokens = written.split()
    word = tokens[0].lower().strip(".,!'’")
    if _is_brand(" ".join(tokens[:2])):
        return 0
    if word not in first_names():
        return _strong(written) if _are_capitals(tokens[:2]) else 0
    second = tokens[1].lower().strip(".,!'’") if len(tokens) > 1 else ""
    if not tokens[0][0].isupper() and (second not in surnames() or second in common_words()):
        return 0
    return _strong(written)


def _capital(written: str) -> int:
    """As ``_strong``, but the first word must begin with a capital."""
    return _strong(written) if written[:1].isupper() else 0


def _singles(text: str) -> Iterator[Found]:
    """A known first name with a capital, alone."""
    for match in _SINGLE.finditer(text):
        word = match.group()
        if len(word) > 3 and word.istitle() and _is_only_a_name(word.lower()):
            following = text[match.end() :].split(maxsplit=1)
            if not _is_brand(f"{word} {following[0] if following else ''}"):
                yield Found(match.start(), match.end(), "person_name", 9)


def _is_only_a_name(word: str) -> bool:
    return word in first_names() and word not in place_words()


def _are_capitals(tokens: list[str]) -> bool:
    """Two capitalised words that are no words of a shop, as in ``I'm Tomasz Zielinski``."""
    bare = [token.strip(".,!'’") for token in tokens]
    return len(bare) == 2 and all(
        len(word) > 2 and word.istitle() and word.lower() not in common_words() for word in bare
    )


def _pairs(text: str) -> Iterator[Found]:
    """A known first name and a surname side by side."""
    for match in _PAIR.finditer(text):
        first, last = match.group("first"), match.group("last")
        if first.lower() not in first_names() or _is_brand(f"{first} {last}"):
            continue
        if _is_pair(first, last):
            yield Found(match.start("first"), match.end("last"), "person_name", 8)


def _is_pair(first: str, last: str) -> bool:
    """Whether a known first name and what follows are a person: by the surname, or by the capitals alone."""
    bare = re.sub(r"['’]s$", "", last.lower())
    known, common = bare in surnames(), bare in common_words()
    if not (first[0].isupper() and last[0].isupper()):
        return known and not common and len(first) > 2
    return not (common and first.lower() in common_words()) and (known or (not common and len(bare) > 2))


def _is_brand(pair: str) -> bool:
    return pair.lower().strip(".,!'’s ") in brands() or pair.lower().strip(".,! ") in brands()


def _bare(token: re.Match[str]) -> str:
    return token.group().lower().strip(".,!'’")
