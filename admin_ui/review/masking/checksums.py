"""Check digits of cards (Luhn, ISO/IEC 7812-1) and bank accounts (mod 97, ISO 13616)."""

from __future__ import annotations

IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24,
    "TR": 26,
}  # fmt: skip


def luhn_sum(digits: str) -> int:
    """The Luhn sum; a card number is valid where it is a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


def is_card(digits: str) -> bool:
    """Whether 13 to 19 digits have the check digit of a card."""
    return 13 <= len(digits) <= 19 and luhn_sum(digits) % 10 == 0


def is_iban(letters: str) -> bool:
    """Whether letters and digits without blanks are a bank account of a country we know."""
    letters = letters.upper()
    if len(letters) != IBAN_LENGTHS.get(letters[:2], -1) or not letters[2:].isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in letters[4:] + letters[:4])) % 97 == 1
