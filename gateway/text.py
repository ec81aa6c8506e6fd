"""Cleans what people type: bounded, nothing invisible, emoji and right-to-left writing untouched.

The invisible characters that carry meaning stay where they carry it: the joiners inside emoji
sequences and inside words of scripts that need them (UTS #51; Unicode 15, section 23.2), one
variation selector after a visible character, and the tag sequences of the three flags that have them.
"""

from __future__ import annotations

import re
import unicodedata

from contract.wire import InvalidInput, TooLarge

_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    "|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c]{0,2000}(?:\x07|\x1b\\\\|\x9c)"  # OSC: titles, links
    "|\x1b[ -/]*[0-~]"
)
_TAG_FLAGS = {
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in code) + "\U000e007f"
    for code in ("gbeng", "gbsct", "gbwls")
}
_FLAG_LENGTH = 7
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc")
_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\x85": "\n"}
_LINE_END = re.compile("\r\n|[\r\u2028\u2029\x85]")
_PICTURE_PARTS = frozenset(
    "\u2640\u2642\u2695\u2696\u2708\u2764\u26a7\u2194\u2195\u27a1\u2b1b\u26d3\u2620\u200d\ufe0f\u20e3"
)


def clean(text: str, *, max_length: int) -> str:
    """``text`` as it is stored, shown and understood.

    Raises:
        TooLarge: more than ``max_length`` characters.
        InvalidInput: a NUL, half of a surrogate pair, or nothing visible in it.
    """
    if len(text) > max_length:
        raise TooLarge(f"A message may have at most {max_length} characters; this one has {len(text)}.")
    refuse_unstorable(text)
    cleaned = scrub(text).strip()
    if not cleaned:
        raise InvalidInput("Please type a message: this one is empty.")
    return cleaned


def refuse_unstorable(text: str) -> None:
    """Refuses what no database stores the same way.

    Raises:
        InvalidInput: a NUL or a lone surrogate.
    """
    if "\0" in text:
        raise InvalidInput("The text holds a NUL character.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidInput("The text holds half of a surrogate pair: it is not valid Unicode.")


def scrub(text: str) -> str:
    """``text`` without control, invisible, bidi-control and tag characters. Never raises."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_END.sub(lambda match: _LINE_ENDS[match.group()], _ESCAPES.sub("", text))
    kept: list[str] = []
    index = 0
    while index < len(text):
        flag = text[index : index + _FLAG_LENGTH]
        if flag in _TAG_FLAGS:
            kept.append(flag)
            index += _FLAG_LENGTH
            continue
        if _stays(text, index, kept):
            kept.append(text[index])
        index += 1
    while kept and kept[-1] in (_ZWJ, _ZWNJ):
        kept.pop()
    return "".join(kept)


def _stays(text: str, index: int, kept: list[str]) -> bool:
    letter = text[index]
    if letter in "\n\t":
        return True
    if letter in (_ZWJ, _ZWNJ):
        return _joins(kept, text[index + 1 : index + 2], letter)
    if letter in "\ufe0e\ufe0f":
        return bool(kept) and _takes_selector(kept[-1][-1])
    if letter in _BLANK or "\ufe00" <= letter <= "\ufe0d" or "\U000e0100" <= letter <= "\U000e01ef":
        return False
    category = unicodedata.category(letter)
    if category == "Cf":
        return letter in _VISIBLE_FORMAT
    return category not in ("Cc", "Cs") and not _is_noncharacter(ord(letter))


def _joins(kept: list[str], following: str, joiner: str) -> bool:
    if not kept or not following:
        return False
    before = kept[-1][-1]
    if joiner == _ZWJ and _is_picture(before) and _is_picture(following):
        return True
    return _is_joining_script(before) and (_is_joining_script(following) or following.isspace())


def _takes_selector(letter: str) -> bool:
    return letter in "#*0123456789" or unicodedata.category(letter) in ("So", "Sm", "Po", "Pd", "Sk", "Sc", "No")


def _is_picture(letter: str) -> bool:
    return letter in _PICTURE_PARTS or unicodedata.category(letter) in ("So", "Sk") or ord(letter) >= 0x1F000


def _is_joining_script(letter: str) -> bool:
    """Arabic to Sinhala and their neighbours, Myanmar, Khmer, Mongolian, Tibetan: joiners are spelling there."""
    code = ord(letter)
    return (0x0600 <= code <= 0x109F or 0x1780 <= code <= 0x18AF) and unicodedata.category(letter)[0] in "LM"


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
