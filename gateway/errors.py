"""What HTTP adds to the errors of ``contract.wire``, and the reference numbers of faults."""

from __future__ import annotations

import secrets

from contract.wire import ShopclerkError

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class MethodNotAllowed(ShopclerkError):
    status, error_type = 405, "method_not_allowed"


class RequestTimeout(ShopclerkError):
    status, error_type = 408, "request_timeout"


class UnsupportedMedia(ShopclerkError):
    status, error_type = 415, "unsupported_media"


def reference() -> str:
    """A short number such as ``E-7K3MQ2XA`` that a shopper can read out and an operator finds in the log."""
    return "E-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
