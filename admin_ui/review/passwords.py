"""What a name and a password must be like, and argon2id hashes of passwords and codes."""

from __future__ import annotations

import re
import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contract.wire import InvalidInput

MIN_PASSWORD = 12
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class Passwords:
    """Hashes them, and tells whether one matches."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))

    def hash(self, written: str) -> str:
        """What is kept instead of it."""
        return self._hasher.hash(written)

    def match(self, hashed: str | None, written: str) -> bool:
        """Whether ``hashed`` was made of it. Nothing matches None, and finding that out takes as long."""
        try:
            return self._hasher.verify(hashed or self._nobody, written)
        except (VerificationError, InvalidHashError):
            return False


def checked_name(name: str) -> str:
    """The name as it is kept.

    Raises:
        InvalidInput: it cannot be one.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise InvalidInput("A name has 2 to 64 letters (a to z), digits, dots, dashes and underscores.")
    return name


def check_password(password: str, name: str) -> None:
    """
    Raises:
        InvalidInput: it is too short, too long or too easy to guess for the account ``name``.
    """
    if not MIN_PASSWORD <= len(password) <= 256:
        raise InvalidInput(f"A password has {MIN_PASSWORD} to 256 characters; this one has {len(password)}.")
    if len(set(password)) < 5 or name in password.lower():
        raise InvalidInput("This password is too easy to guess: use other characters, and not your name.")


def made_up_password(name: str) -> str:
    """One that nobody can guess and that ``check_password`` allows for the account ``name``."""
    while True:
        password = secrets.token_urlsafe(12)
        try:
            check_password(password, name)
        except InvalidInput:
            continue  # a short name can be in it by chance
        return password
