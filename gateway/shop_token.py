"""The token with which a shop's own login vouches for a customer (JWT, HS256)."""

from __future__ import annotations

import re
import time

import jwt

from contract.wire import Unauthorised

LONGEST_LIFE_S = 3600
MAX_LENGTH = 4096
_CUSTOMER = re.compile(r"[A-Za-z0-9_.@:+-]{1,64}\Z")


def customer_of(token: str, *, key: str) -> str:
    """The customer id (``sub``) of a token that the shop signed.

    Raises:
        Unauthorised: switched off, not signed by the shop, expired, without ``exp`` or ``sub``, meant for
            another audience, or valid for more than an hour.
    """
    if not key:
        raise Unauthorised("This shop does not use customer tokens.")
    if len(token) > MAX_LENGTH:
        raise Unauthorised("The customer token is too long.")
    try:
        claims = jwt.decode(token, key, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    except (jwt.PyJWTError, ValueError) as error:
        raise Unauthorised("The customer token is not valid.") from error
    if claims["exp"] > time.time() + LONGEST_LIFE_S:
        raise Unauthorised("The customer token is valid for too long: give it at most one hour.")
    customer = claims["sub"]
    if not isinstance(customer, str) or not _CUSTOMER.match(customer):
        raise Unauthorised("The customer token names no customer.")
    return customer
