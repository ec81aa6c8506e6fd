"""Personal data that has a form: addresses of mail and machines, numbers of cards, accounts, phones and orders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from admin_ui.review.masking.checksums import IBAN_LENGTHS, is_card, is_iban
from admin_ui.review.masking.spans import Found

_I = re.IGNORECASE
_WORD = r"(?<![\w.+%-])"
EMAIL = re.compile(
    _WORD + r"[\w.+%-]{1,64}(?:\s?@\s?|\s?\(at\)\s?|\s?\[at\]\s?)[\w-]{1,63}"
    r"(?:(?:[.,]|\s\.\s?|\s?\(dot\)\s?|\s?\[dot\]\s?|\sdot\s)[\w-]{2,63}){1,4}",
    _I,
)
EMAIL_SPOKEN = re.compile(_WORD + r"[\w.+%-]{1,64}\sat\s[\w-]{1,63}(?:\sdot\s[\w-]{2,63}){1,3}", _I)
EMAIL_HALF = re.compile(_WORD + r"[\w.+%-]{2,64}@[\w-]{2,63}(?![\w.-]*@)", _I)
URL = re.compile(r"\bhttps?://[^\s?#<>\"']+[?#][^\s<>\"']+", _I)
IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
INVOICE = re.compile(r"\binv(?:oice)?[\s\-_.]{0,2}\d{4}[\s\-_.]{0,2}\d{3,7}\b", _I)
TRACKING = re.compile(r"\b(?:1Z[0-9A-Z]{16}|JD\d{12,18}|[A-Z]{2}\d{9}[A-Z]{2})\b", _I)
ORDER = re.compile(r"(?<!\w)#\s?[A-Za-z]{0,3}-?\d[\d-]{2,}\b|\b[Ww]\s?-?\d(?:[ -]?\d){5,7}\b")
ORDER_NAMED = re.compile(
    r"\b(?:order|bestellung|pedido)(?:\s?(?:number|nummer|nr|no|num|id|número))?[\s.:#]{1,3}(?P<it>[A-Za-z]{0,3}-?\d[\d-]{2,})\b",
    _I,
)
PHONE = re.compile(r"(?<![\w.,$€£])(?:\+|00)?\(?\d(?:[\s().\-/]{0,3}\d){6,14}(?!\w)")
LONG_NUMBER = re.compile(
    r"(?<![\w.,$€£])\d(?:[ -]?\d){4,}(?![\w])(?!\s?(?:mah|mm|ml|rpm|lumens?|dollars?|usd|eur|euros?|\$|€|£))", _I
)
GLUED_NUMBER = re.compile(r"\d{6,}")
UK_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d(?P<unit>[ABD-HJLNP-UW-Z]{2})\b", _I)
CA_POSTCODE = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d\b", _I)
NL_POSTCODE = re.compile(r"\b[1-9]\d{3}\s?[A-Z]{2}\b")
EIRCODE = re.compile(r"\b[AC-FHKNPRTV-Y]\d[\dW]\s?[AC-FHKNPRTV-Y\d]{4}\b")
ZIP_NAMED = re.compile(
    r"\b(?:zip(?:\s?code)?|post(?:al)?\s?code|plz|postleitzahl|código postal|cp)\b[\s:is]{1,5}"
    r"(?P<it>[A-Z0-9]{2,5}(?:[ -][A-Z0-9]{3,4})?)\b",
    _I,
)
BIRTH = re.compile(
    r"\b(?:born(?:\son)?|birthday|birth\s?date|date of birth|dob|geboren am|geburtsdatum|nacimiento)"
    r"\W{1,4}(?:is\s)?(?P<it>\d{1,4}[./-]\d{1,2}[./-]\d{1,4})",
    _I,
)
PASSWORD = re.compile(
    r"\b(?:password|passwort|passcode|pin|contraseña)\b(?:\s(?:is|was|ist|es))?[\s:=]{1,3}(?P<it>(?=\S*[\d!@#$%^&*_+])[^\s,;]{4,40})",
    _I,
)
_UNITS = {"GB", "TB", "XL", "PT", "FT", "LB", "HZ", "ND", "RD", "TH", "ST", "AH", "HP", "PS", "PX", "BT"}

# (kind, pattern, rank). A lower rank wins where two overlap.
_PLAIN = (
    ("email", EMAIL, 0), ("email", EMAIL_SPOKEN, 0), ("email", EMAIL_HALF, 1), ("url", URL, 0),
    ("ip", IP, 1), ("invoice_id", INVOICE, 2), ("tracking_id", TRACKING, 2), ("order_id", ORDER, 3),
    ("order_id", ORDER_NAMED, 3), ("birth_date", BIRTH, 2), ("password", PASSWORD, 3), ("phone", PHONE, 4),
    ("zip_code", ZIP_NAMED, 4), ("number", LONG_NUMBER, 5), ("number", GLUED_NUMBER, 7),
    ("zip_code", CA_POSTCODE, 6), ("zip_code", NL_POSTCODE, 6), ("zip_code", EIRCODE, 6),
)  # fmt: skip
_CARD = re.compile(r"(?<!\d)\d(?:[ -]{0,2}\d){12,18}(?!\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ ]?\d{2}(?=[ -]?[A-Za-z0-9])")


def find_formed(text: str) -> Iterator[Found]:
    """Everything in ``text`` that is recognised by its form or its check digits."""
    for kind, pattern, rank in _PLAIN:
        for match in pattern.finditer(text):
            group = "it" if "it" in pattern.groupindex else 0
            if kind != "zip_code" or any(c.isdigit() for c in match.group(group)):
                yield Found(match.start(group), match.end(group), _named(kind, match.group(group)), rank)
    yield from _postcodes(text)
    yield from _cards(text)
    yield from _ibans(text)


def _named(kind: str, written: str) -> str:
    digits = sum(c.isdigit() for c in written)
    return "zip_code" if kind == "number" and digits == 5 else kind


def _postcodes(text: str) -> Iterator[Found]:
    for match in UK_POSTCODE.finditer(text):
        if match.group("unit").upper() not in _UNITS:
            yield Found(match.start(), match.end(), "zip_code", 6)


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        if is_card(re.sub(r"\D", "", match.group())):
            yield Found(match.start(), match.end(), "card", 1)


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        country = match.group()[:2].upper()
        end = _end_after(text, match.start(), IBAN_LENGTHS.get(country, 0))
        if end and is_iban(re.sub(r"[ -]", "", text[match.start() : end])):
            yield Found(match.start(), end, "iban", 1)


def _end_after(text: str, start: int, count: int) -> int | None:
    """Where ``count`` letters and digits from ``start`` end, blanks and dashes not counted."""
    seen = 0
    for place in range(start, min(len(text), start + 2 * count)):
        if text[place].isalnum():
            seen += 1
            if seen == count:
                return place + 1
        elif text[place] not in " -":
            return None
    return None
