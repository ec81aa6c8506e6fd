"""Reads the answer to a question of a form out of a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.message import Message
from actions.services.orders import normalise_order_id

_EMAIL = re.compile(r"[^@\s<>()\",;:]{1,64}@[\w-]+(?:\.[\w-]+)+")
_ZIP = re.compile(
    r"\b(?:\d{5}-\d{4}|\d{3}-\d{4}|\d{4} ?[A-Z]{2}|\d{4,6}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![0-9A-Z])#?\s?W?[\s-]?[0-9]{7}(?![0-9A-Z])", re.IGNORECASE)
_CODE = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}(?!\d)")
_YES = re.compile(
    r"(yes|yep|yeah|yup|sure|ok|okay|please do|go ahead|do it|i confirm|confirmed?|perfect|absolutely|definitely"
    r"|certainly|of course|sounds good|agreed)\b",
    re.IGNORECASE,
)
_NO = re.compile(r"(no|nope|nah|don't|dont|do not|rather not|keep it|leave it)\b", re.IGNORECASE)
_DOUBT = re.compile(r"\?|\b(not|but|wait|don't|dont|never|no)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"(\w+\W+)?(how|what|when|where|which|can|could|do|does|is|are|will) "
    r"(i|you|it|a|the|would|much|long|do|does|can|is|are)\b",
    re.IGNORECASE,
)
_REQUESTS = re.compile(r"\b(can|could|would|will) you\b(?! tell| explain| say| help)|\bplease\b", re.IGNORECASE)
_OTHER_ORDER = re.compile(r"\b(the |an|my )?(other|another|different|wrong) order\b", re.IGNORECASE)
_THAT_ONE = re.compile(r"\b(it|that|this|them|those|these|the (order|parcel|things?|items?))\b", re.IGNORECASE)
_ORDINALS = {
    word: place
    for place, words in enumerate(("first 1st 1", "second 2nd 2", "third 3rd 3", "fourth 4th 4", "fifth 5th 5"))
    for word in words.split()
}
_COUNTED = re.compile(
    rf"\b(?:the (last|{'|'.join(word for word in _ORDINALS if len(word) > 1)})\b(?! time| order| day| week| name)"
    r"|(?:number|no\.?|nr\.?) ([1-5])\b)",
    re.IGNORECASE,
)
_FILLER_WORDS = (
    "a an and at be code e-mail email for hello here hey hi i i'd i'm id is it it's its mail my nr no "
    "number of ok okay order please sent should so sorry sure that that's thats the think this to use was "
    "thank thanks there thx pls with would yes you your zip "
)
_FILLER = frozenset(_FILLER_WORDS.split())
SURE = 0.7
FEW_WORDS = 5


def order_number(message: Message) -> str | None:
    """The order number, normalised, from the entities or else from the text."""
    for text in (*message.all("order_id"), *(() if message.is_button else (message.text,))):
        number = normalise_order_id(text)
        if number is not None:
            return number
    return None


def means_the_last(message: Message) -> bool:
    """Whether it speaks of an order that was spoken of before: "cancel it", "what did I pay for that order"."""
    return not message.is_button and bool(_THAT_ONE.search(message.text))


def means_another(message: Message) -> bool:
    """Whether it speaks of another order than before: "no, the other order"."""
    return bool(_OTHER_ORDER.search(message.text))


def email(message: Message) -> str | None:
    found = None if message.is_button else _EMAIL.search(message.text)
    return message.first("email") or (found[0] if found else None)


def contact(message: Message) -> str | None:
    """An e-mail address or something like a postal code."""
    if message.is_button:
        return message.first("email", "zip_code")
    return email(message) or message.first("zip_code") or _zip_in(message.text)


def code(message: Message) -> str | None:
    """Six digits, however they are grouped."""
    found = _CODE.search(message.text)
    return re.sub(r"\D", "", found[0]) if found and not message.is_button else None


def names_an_order(message: Message) -> bool:
    """Whether there is an order number in it (an e-mail address with digits is none)."""
    return order_number(message) is not None


def is_bare(message: Message, value: str | None) -> bool:
    """Whether the message says nothing beside ``value``, or nothing that was clearly understood: then it answers."""
    if value is None or message.is_button:
        return False
    rest = _without_values(message.text, value)
    return _is_filler(rest) or (message.confidence < SURE and not rest.rstrip().endswith("?"))


def answer_in_front(message: Message, requested: str) -> Message | None:
    """The part that answers, of a message that answers first and then asks: "it's #W1234567, and how can I pay?"."""
    patterns = {"order_id": (_NUMBER,), "contact": (_EMAIL, _ZIP), "code": (_CODE,)}.get(requested, ())
    for found in (pattern.search(message.text) for pattern in patterns):
        if found and not message.is_button and _is_filler(message.text[: found.start()]):
            return message.up_to(found.end(), replace(message, intent="inform"))
    return None


def yes_or_no(message: Message, *assents: str) -> bool | None:
    """A clear yes or no; None for anything else. ``assents`` say yes in the words of the question: "cancel it"."""
    if message.is_button or not message.text.strip():
        return {"affirm": True, "deny": False}.get(message.intent)
    plain = re.sub(r"\b(please|pls|then|ok|okay|fine|good|great|alright|just)\b|[^\w' ]", " ", message.text.lower())
    if " ".join(plain.split()) in assents:
        return True
    if _NO.match(message.text.strip()):
        return False
    if _YES.match(message.text.strip()) or message.intent == "affirm":
        return None if _DOUBT.search(message.text) else True
    return False if message.intent == "deny" else None


def counted_out(message: Message, shown: Sequence[str]) -> Sequence[str]:
    """The one of what was shown that a message counts out ("the second one", "number 2", "the last"), or none."""
    found = None if message.is_button else _COUNTED.search(message.text)
    if found is None:
        return ()
    word = (found[1] or found[2]).lower()
    place = len(shown) - 1 if word == "last" else _ORDINALS[word]
    return shown[place : place + 1] if place >= 0 else ()


def is_question(message: Message) -> bool:
    """Whether it asks something: by its question mark, or by how it begins if it was understood as something."""
    text = message.text.strip()
    return text.endswith("?") or (message.intent != "inform" and bool(_ASKS.match(text)))


def is_request(message: Message) -> bool:
    """Whether it is a wish in the form of a question: "could you change my name?"."""
    return bool(_REQUESTS.search(message.text))


def _is_filler(text: str) -> bool:
    words = [word.strip(".,;:!?\"'()") for word in text.lower().split()]
    return all(not word or word in _FILLER for word in words)


def _without_values(text: str, value: str) -> str:
    text = _EMAIL.sub(" ", _NUMBER.sub(" ", text))
    return _CODE.sub(" ", re.sub(re.escape(value), " ", text, flags=re.IGNORECASE))


def _zip_in(text: str) -> str | None:
    text = _NUMBER.sub(" ", text).strip(" ,;.!")
    found = _ZIP.search(text)
    if found:
        return found[0]
    return text if 3 <= len(text) <= 10 and len(text.split()) <= 2 and any(sign.isdigit() for sign in text) else None
