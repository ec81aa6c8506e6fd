"""Whether a generated text says only what its sources say.

Numbers with their units, names, links, addresses, codes and strong words must stand in the sources, denials stay
denials, and nothing may claim that something was done. What rules cannot see stays possible: a wrong sentence out of
the sources' own words. So the text is shown with its source, and never read by a program.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from actions.generation.claims import has_new_claim
from actions.generation.denials import turns_round
from actions.generation.quantities import quantities
from actions.generation.vocabulary import OPENERS, STRONG
from actions.services.words import content_tokens, tokens

LONGEST = 800
LEAST_SHARED = 0.5
_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
_CODE = re.compile(r"[\w#/⁄-]*\d[\w/⁄-]*")
_COUNTED = re.compile(r"\d+(?:st|nd|rd|th|am|pm|h|kg|cm|s)?")
_LINK = re.compile(r"\[[^\]\n]*\]\([^)\s]*\)")
_ADDRESS = re.compile(r"\S+@\S+|\b[a-z][\w+.-]*:\S+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b\S*", re.IGNORECASE)
_MARKUP = re.compile(r"[\[\]<>`|{}\\~]|^\s*(?:#|>|={3}|-{3}|\+{3})", re.MULTILINE)
_BEGINS = re.compile(r"(?:^|[.!?:;\n]|^\s*(?:[-*]|\d+[.)]))[\s\"'*_(]*$")
_NOT_WRITTEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
Check = Callable[[str, str], bool]


def objection(text: str, sources: Sequence[str]) -> str | None:
    """What ``text`` has that ``sources`` have not, in a word or two; None where nothing is found."""
    if not text.strip():
        return "empty"
    if len(text) > LONGEST:
        return "too long"
    if any(unicodedata.category(sign) in _NOT_WRITTEN and sign != "\n" for sign in text):
        return "invisible characters"
    written, given = _even(text), _even("\n".join(sources))
    return next((name for name, is_new in CHECKS.items() if is_new(written, given)), None)


def _has_new_link(text: str, source: str) -> bool:
    """Links and addresses are those of the source, to the letter, a link's words included."""
    links, known = _LINK.findall(text), set(_LINK.findall(source))
    addresses = {_bare(found) for found in _ADDRESS.findall(text)}
    return not set(links) <= known or not addresses <= {_bare(found) for found in _ADDRESS.findall(source)}


def _has_markup(text: str, source: str) -> bool:  # noqa: ARG001 (every check has both)
    return _MARKUP.search(_LINK.sub("", text)) is not None


def _has_new_number(text: str, source: str) -> bool:
    known = quantities(source)
    numbers = {quantity.number for quantity in known}
    return any(
        quantity not in known if quantity.unit else quantity.number not in numbers for quantity in quantities(text)
    )


def _has_new_code(text: str, source: str) -> bool:
    """Order numbers and codes: digits with letters or a sign."""
    known = {code.casefold() for code in _CODE.findall(source)}
    found = {code.casefold().strip("-") for code in _CODE.findall(text)}
    return any(code not in known and not _COUNTED.fullmatch(code) and not _is_range(code) for code in found)


def _has_new_name(text: str, source: str) -> bool:
    """A capital letter within a sentence begins a name; at its beginning it may be a usual word."""
    known = {word for found in _WORD.findall(source) for word in _parts(found)}
    text = _ADDRESS.sub(" ", _LINK.sub(" ", text))
    for found in _WORD.finditer(text):
        word = found[0]
        if word == word.lower() or word.split("'")[0] == "I" or set(_parts(word)) <= known:
            continue
        is_usual = word.split("'")[0].casefold() in OPENERS and word[1:] == word[1:].lower()
        if not (is_usual and _BEGINS.search(text[: found.start()])):
            return True
    return False


def _has_new_letters(text: str, source: str) -> bool:
    """Letters that look like ours and are not, other alphabets, pictures, and marks that strike words through."""
    return any(not sign.isascii() and unicodedata.category(sign)[0] in "LNMS" and sign not in source for sign in text)


def _has_new_strong_word(text: str, source: str) -> bool:
    """Words that promise or ask for much."""
    said, known = set(_WORD.findall(text.casefold())), set(_WORD.findall(source.casefold()))
    return bool((said & STRONG) - known)


def _is_about_something_else(text: str, source: str) -> bool:
    """Fewer than half of the words that say something are the source's."""
    said, known = set(content_tokens(text)), set(tokens(source))
    return len(said & known) < LEAST_SHARED * len(said)


CHECKS: dict[str, Check] = {
    "a link": _has_new_link,
    "markup": _has_markup,
    "letters": _has_new_letters,
    "a code": _has_new_code,
    "a number": _has_new_number,
    "a name": _has_new_name,
    "a strong word": _has_new_strong_word,
    "a denial": turns_round,
    "a claim": has_new_claim,
    "another subject": _is_about_something_else,
}


def _even(text: str) -> str:
    """One form for characters that look the same, without bold and italic, which could divide a number."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").replace("‑", "-").replace("*", "")


def _bare(address: str) -> str:
    return address.strip(".,;:!?()[]\"'*_")


def _parts(word: str) -> list[str]:
    return [part for part in re.split(r"['\-]", word.casefold()) if part not in ("", "s")]


def _is_range(code: str) -> bool:
    return re.fullmatch(r"\d+-\d+", code) is not None  # its numbers are checked as numbers
