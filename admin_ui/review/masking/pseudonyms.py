"""The stand-in for a piece of personal data: always the same for the same value, and of the same form.

Numbers keep their length, blanks and letters, so ``#W2611340`` becomes another ``#W…``; names become other
names; mail addresses end in ``example.com`` (RFC 2606); cards keep a valid check digit; phones end in 555-01xx.
"""

from __future__ import annotations

import hashlib
import hmac
import random

from admin_ui.review.masking.checksums import luhn_sum
from admin_ui.review.masking.names import first_names, pools, surnames

_STREETS = ("Maple", "Cedar", "Birch", "Willow", "Juniper", "Aspen", "Linden", "Alder", "Hawthorn", "Rowan")
_KINDS_OF_STREET = "street st avenue ave road rd lane drive dr boulevard blvd calle avenida rue via plaza way court"
_AROUND = "apt suite unit flat box po p.o. de la del du des terrace am an der im place square"
_HOUSEHOLD = frozenset(f"{_KINDS_OF_STREET} {_AROUND}".split())


class Pseudonyms:
    """Draws stand-ins with a secret key, so that nobody can find a value by trying all of them."""

    def __init__(self, key: str) -> None:
        self._key = hmac.new(key.encode(), b"review pseudonyms", hashlib.sha256).digest()

    def replace(self, kind: str, written: str) -> str:
        """What is read instead of ``written``."""
        drawers = {
            "email": self._email,
            "person_name": self._name,
            "address": self._address,
            "card": self._card,
            "phone": self._phone,
            "ip": self._ip,
            "url": self._url,
            "password": self._password,
            "zip_code": self._form,
            "iban": self._form,
            "tracking_id": self._form,
        }
        return drawers.get(kind, self._digits)(written)

    def _random(self, kind: str, value: str) -> random.Random:
        digest = hmac.new(self._key, f"{kind}\0{value}".encode("utf-8", "replace"), hashlib.sha256).digest()
        return random.Random(digest)  # noqa: S311 - seeded with an HMAC, not used as a secret

    def _digits(self, written: str) -> str:
        digits = "".join(c for c in written if c.isdigit())
        draw = self._random("digits", digits)
        drawn = [str(draw.randint(1, 9)) if i == 0 else str(draw.randint(0, 9)) for i in range(len(digits))]
        if "".join(drawn) == digits and drawn:
            drawn[-1] = str((int(drawn[-1]) + 1) % 10)
        return _filled(written, drawn)

    def _form(self, written: str) -> str:
        """Digits by digits and, after a leading country or carrier code, letters by letters."""
        canonical = "".join(c for c in written.upper() if c.isalnum())
        if canonical.isdigit():
            return self._digits(written)
        draw = self._random("form", canonical)
        kept, out = 0, []
        for c in written:
            if c.isdigit():
                out.append(str(draw.randint(0, 9)))
            elif c.isalpha() and kept >= 2:
                letter = draw.choice("ABDEFGHJLNPQRSTUWXYZ")
                out.append(letter if c.isupper() else letter.lower())
            else:
                out.append(c)
            kept += c.isalnum()
        return "".join(out)

    def _card(self, written: str) -> str:
        digits = "".join(c for c in written if c.isdigit())
        draw = self._random("card", digits)
        body = "400000" + "".join(str(draw.randint(0, 9)) for _ in range(len(digits) - 7))
        check = (10 - luhn_sum(body + "0") % 10) % 10
        return _filled(written, [*body, str(check)])

    def _phone(self, written: str) -> str:
        digits = "".join(c for c in written if c.isdigit())
        draw = self._random("phone", digits[-7:])
        drawn = [*digits[:2], *(str(draw.randint(2, 9)) for _ in digits[2:])]
        drawn[-7:] = [*"55501", str(draw.randint(0, 9)), str(draw.randint(0, 9))]
        return _filled(written, drawn)

    def _name(self, written: str) -> str:
        tokens = written.split(" ")
        first, last = pools()
        out = []
        for place, token in enumerate(tokens):
            if token.lower() in ("van", "von", "de", "del", "da", "di", "la", "") or not token[0].isalpha():
                out.append(token)
                continue
            is_first = place == 0 and (len(tokens) > 1 or token.lower() not in _last_only())
            pool = first if is_first else last
            name = self._random("first" if is_first else "last", token.lower()).choice(pool)
            if name.lower() == token.lower():
                name = pool[(pool.index(name) + 1) % len(pool)]
            out.append(
                name.lower() if token.islower() else name.upper() if token.isupper() and len(token) > 1 else name
            )
        return " ".join(out)

    def _email(self, written: str) -> str:
        draw = self._random("email", "".join(written.lower().split()))
        first, last = pools()
        local = f"{draw.choice(first)}.{draw.choice(last)}{draw.randint(1000, 9999)}".lower()
        return f"{local}@example.com"

    def _address(self, written: str) -> str:
        draw = self._random("address", " ".join(written.lower().split()))
        numbered = self._digits(written)
        words = numbered.split(" ")
        street = draw.choice(_STREETS)
        place = next(
            (i for i, w in enumerate(words) if w[:1].isalpha() and w.lower().strip(",.") not in _HOUSEHOLD), None
        )
        if place is None:
            return numbered
        lower = words[place].lower()
        ending = next(
            (e for e in ("straße", "strasse", "str.", "weg", "platz", "allee", "gasse") if lower.endswith(e)), ""
        )
        last = next((i for i in range(place, len(words)) if _ends_name(words, i)), place)
        comma = "," if words[last].endswith(",") else ""
        return " ".join([*words[:place], f"{street}{ending}{comma}", *words[last + 1 :]])

    def _ip(self, written: str) -> str:
        return f"192.0.2.{self._random('ip', written).randint(1, 254)}"

    def _url(self, written: str) -> str:
        return written.split("?")[0].split("#")[0]

    def _password(self, written: str) -> str:
        return f"secret{self._random('password', written).randint(10, 99)}!"


def _filled(written: str, digits: list[str]) -> str:
    rest = iter(digits)
    return "".join(next(rest) if c.isdigit() else c for c in written)


def _ends_name(words: list[str], place: int) -> bool:
    """Whether the street's name ends at ``place``: a number, a kind of street or nothing follows."""
    following = words[place + 1].lower().strip(",.") if place + 1 < len(words) else ""
    return (
        not following
        or following in _HOUSEHOLD
        or following[0].isdigit()
        or words[place].endswith(",")
        or place + 2 == len(words)
    )


def _last_only() -> frozenset[str]:
    return surnames() - first_names()
