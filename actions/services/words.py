"""How product words are compared: lower case, singular, with what else they are called."""

from __future__ import annotations

import functools
import re
import unicodedata


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP_WORDS = _set_of(
    "a an and any are can do for from get have i in is it like looking me my need new good of on or pair please "
    "show some something that the there these this to want with you your one ones kind sort buy find stuff "
    "thing things cheap cheaper affordable nice great best other another"
)
_IRREGULAR = {"shelves": "shelf", "bookshelves": "bookshelf", "knives": "knife", "scarves": "scarf", "mice": "mouse"}
_UNCHANGED = _set_of("glasses sunglasses jeans leggings shorts trousers pants headphones earbuds lens series clothes")
_SIZES = {"small": "s", "medium": "m", "large": "l", "extra small": "xs", "extra large": "xl", "x-large": "xl"}
_SIZES |= {"2xl": "xxl", "3xl": "xxxl"}
_SPELLINGS = {"grey": "gray", "colour": "color", "jewellery": "jewelry", "trainer": "sneaker", "centre": "center"}

SYNONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split(", "))
    for group in (
        "headphones, headphone, headset",
        "earbuds, earbud, earphone, in-ear",
        "smartphone, phone, mobile, cellphone, cell phone",
        "laptop, notebook computer, computer",
        "jacket, coat",
        "t-shirt, tee, tshirt, top",
        "sneaker, running shoe, tennis shoe",
        "backpack, rucksack, bag",
        "luggage, suitcase",
        "watch, wristwatch",
        "lamp, light",
        "kettle, teapot",
        "coffee maker, coffee machine, espresso machine",
        "sofa, couch",
        "perfume, fragrance, scent",
        "makeup, cosmetic",
        "bicycle, bike",
        "helmet, bike helmet",
        "grill, barbecue, bbq",
        "bookshelf, bookcase, shelf",
        "vacuum, vacuum cleaner, hoover",
        "speaker, loudspeaker",
        "charger, power bank, powerbank",
        "puzzle, jigsaw",
        "water bottle, drinking bottle, flask",
        "dumbbell, weight",
        "camera, cam",
        "e-reader, ebook reader, ereader",
    )
)

KINDS: dict[str, tuple[str, ...]] = {
    "shoe": ("sneaker", "boot", "sandal", "shoe", "slipper", "loafer"),
    "footwear": ("sneaker", "boot", "sandal", "shoe", "slipper", "loafer"),
    "clothing": ("shirt", "jacket", "hoodie", "sweater", "jeans", "dress", "coat", "leggings", "sock"),
    "clothes": ("shirt", "jacket", "hoodie", "sweater", "jeans", "dress", "coat", "leggings", "sock"),
    "electronics": ("laptop", "smartphone", "tablet", "headphones", "earbuds", "speaker", "camera", "keyboard"),
    "gadget": ("tablet", "smart watch", "earbuds", "speaker", "camera", "charger"),
    "furniture": ("chair", "bookshelf", "table", "desk", "shelf"),
    "kitchen": ("kettle", "coffee maker", "espresso machine", "grill", "pan", "knife"),
    "sport": ("yoga mat", "dumbbell", "bicycle", "helmet", "skateboard"),
    "fitness": ("yoga mat", "dumbbell", "smart watch"),
}


@functools.lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """``"Women's Running Shoes!"`` as ``("women", "running", "shoe")``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'s", "")
    words = re.findall(r"[a-z0-9]+(?:\.[0-9]+)?", plain)
    return tuple(singular(_SPELLINGS.get(word, word)) for word in words)


def content_tokens(text: str) -> tuple[str, ...]:
    """``tokens`` without words that name nothing; all of them where nothing else is left."""
    found = tokens(text)
    return tuple(word for word in found if word not in STOP_WORDS) or found


def singular(word: str) -> str:
    """The singular of an English noun, by rule; good enough to compare two words."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word in _UNCHANGED or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


@functools.cache
def _kinds() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {tokens(kind): things for kind, things in KINDS.items()}


@functools.lru_cache(maxsize=2_000)
def other_names(phrase: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Other names for a thing, as token tuples: its synonyms, and the things of its kind."""
    text = " ".join(phrase)
    names: list[str] = []
    for group in SYNONYMS:
        known = {" ".join(tokens(name)) for name in group}
        if text in known:
            names += sorted(known - {text})
    names += _kinds().get(phrase, ())
    return tuple(dict.fromkeys(tokens(name) for name in names))


def compact(value: str) -> str:
    """An option's value for comparing: ``1000 ml`` and ``1000ml``, ``Medium`` and ``M`` are the same."""
    plain = " ".join(value.lower().split())
    return _SIZES.get(plain, re.sub(r"[\s_-]+", "", plain))
