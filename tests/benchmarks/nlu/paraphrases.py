"""A message as a shopper would type it again: typing errors, manners, contractions, order, number, other words.

By rules only, so that nobody chooses the ones that suit; the same message gives the same paraphrases.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

GREETINGS = ("hi, ", "hello, ", "hey ", "good morning, ")
LEADS = ("please ", "ok so ", "um, ", "sorry, ", "quick question: ")
TAILS = (" please", " thanks", " thank you!", " pls", ", can you help me?", " asap")
MANNERS = re.compile(
    r"\b(?:please|pls|plz|thanks|thank you|hello|hi|hey|ok|okay|so|just|really|actually|well|oops|maybe|kindly)\b"
    r"[,!.]?\s*",
    re.IGNORECASE,
)
CONTRACTIONS = (
    ("i'm", "i am"), ("i'd", "i would"), ("i've", "i have"), ("i'll", "i will"), ("it's", "it is"),
    ("don't", "do not"), ("doesn't", "does not"), ("didn't", "did not"), ("can't", "cannot"), ("isn't", "is not"),
    ("won't", "will not"), ("wasn't", "was not"), ("what's", "what is"), ("where's", "where is"), ("that's", "that is"),
    ("you're", "you are"), ("haven't", "have not"), ("let's", "let us"), ("want to", "wanna"), ("you", "u"),
    ("are", "r"), ("because", "cause"),
)  # fmt: skip
SYNONYMS = (
    ("order", "purchase"), ("parcel", "package"), ("delivery", "shipment"), ("shipping", "delivery"), ("shop", "store"),
    ("buy", "purchase"), ("want", "would like"), ("need", "require"), ("get", "receive"), ("cost", "price"),
    ("money", "cash"), ("mail", "email"), ("phone", "mobile"), ("article", "item"), ("goods", "items"),
    ("broken", "damaged"), ("help", "assist"), ("tell me", "let me know"), ("show me", "let me see"),
    ("how do i", "how can i"), ("can i", "may i"), ("is there", "do you have"), ("again", "once more"),
    ("code", "voucher"), ("start", "begin"), ("change", "modify"), ("send", "ship"), ("sent", "shipped"),
    ("choose", "pick"), ("cheap", "inexpensive"), ("same", "identical"), ("quick", "fast"), ("anybody", "someone"),
)  # fmt: skip
NEVER_PLURAL = {"this", "is", "was", "has", "does", "its", "us", "yes", "as", "his", "plus", "address", "always", "pls"}
NOUNS = re.compile(
    r"\b(?:order|item|card|code|product|shoe|account|parcel|package|price|question|gift|box|store|desk|table|lamp|"
    r"sandal|address|name|size|color|colour|chair|bulb|jacket|tablet|payment|invoice|delivery|day|month|year)\b",
    re.IGNORECASE,
)
KEYS = {"a": "s", "s": "d", "e": "r", "r": "t", "t": "y", "i": "o", "o": "p", "n": "m", "m": "n", "l": "k", "c": "v"}
LETTERS = re.compile(r"[A-Za-z]{4,}")
Rule = Callable[[str, random.Random], Iterator[str]]


def paraphrases(text: str) -> list[tuple[str, str]]:
    """Pairs of the rule's name and the paraphrase; no text twice, none that is ``text`` itself."""
    found: dict[str, str] = {}
    for name, rule in RULES.items():
        for other in rule(text, random.Random(f"{name}\0{text}")):
            if other.strip() and other != text:
                found.setdefault(other, name)
    return [(name, other) for other, name in found.items()]


def _one_typo(text: str, draw: random.Random) -> Iterator[str]:
    for _ in range(2):
        yield _mistype(text, draw)


def _two_typos(text: str, draw: random.Random) -> Iterator[str]:
    for _ in range(2):
        yield _mistype(_mistype(text, draw), draw)


def _mistype(text: str, draw: random.Random) -> str:
    """One letter of a longer word dropped, doubled, swapped with the next, or hit beside; numbers stay."""
    places = [at for word in LETTERS.finditer(text) for at in range(word.start() + 1, word.end() - 1)]
    if not places:
        return text
    at = draw.choice(places)
    how = draw.randrange(4)
    if how == 0:
        return text[:at] + text[at + 1 :]
    if how == 1:
        return text[:at] + text[at] + text[at:]
    if how == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + KEYS.get(text[at].lower(), "x") + text[at + 1 :]


def _with_manners(text: str, draw: random.Random) -> Iterator[str]:
    yield draw.choice(GREETINGS) + text
    yield draw.choice(LEADS) + text
    yield text.rstrip(".!") + draw.choice(TAILS)


def _without_manners(text: str, _draw: random.Random) -> Iterator[str]:
    yield MANNERS.sub("", text).strip()


def _contracted(text: str, _draw: random.Random) -> Iterator[str]:
    yield _replaced(text, CONTRACTIONS)
    yield _replaced(text, tuple((long, short) for short, long in CONTRACTIONS[:18]))
    yield text.replace("'", "")


def _reordered(text: str, _draw: random.Random) -> Iterator[str]:
    """The clauses on both sides of the first comma, colon or full stop change places."""
    parts = re.split(r"[,:;]\s+|[.?!]\s+(?=\S)", text.strip(), maxsplit=1)
    if len(parts) == 2 and all(len(part.split()) >= 2 for part in parts):
        yield f"{parts[1].rstrip('.?!')}, {parts[0]}"


def _other_number(text: str, _draw: random.Random) -> Iterator[str]:
    noun = NOUNS.search(text)
    if noun and not text[noun.end() :].startswith("'"):
        yield f"{text[: noun.end()]}s{text[noun.end() :]}"
    for word in re.finditer(r"\b[A-Za-z]{3,}[^s\W]s\b", text):
        if word.group().lower() not in NEVER_PLURAL:
            yield f"{text[: word.end() - 1]}{text[word.end() :]}"
            return


def _other_words(text: str, _draw: random.Random) -> Iterator[str]:
    for one, other in SYNONYMS:
        for pair in ((one, other), (other, one)):
            yield _replaced(text, (pair,))


def _other_look(text: str, _draw: random.Random) -> Iterator[str]:
    yield text.upper()
    yield f"{text.lower().rstrip('.?!')} ??"


def _replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:
        text = re.sub(rf"\b{re.escape(old)}\b", new, text, count=1, flags=re.IGNORECASE)
    return text


RULES: dict[str, Rule] = {
    "look": _other_look,
    "typo": _one_typo,
    "two typos": _two_typos,
    "manners added": _with_manners,
    "manners dropped": _without_manners,
    "contractions": _contracted,
    "clauses swapped": _reordered,
    "number": _other_number,
    "synonym": _other_words,
}
