"""JSON in and out of frozen dataclasses, and the errors that every program raises and answers with.

The error tree::

    ShopclerkError
    ├── InvalidInput          400  what was sent cannot be used
    │   └── InvalidTrainingData  422  names file, line and remedy
    ├── Unauthorised          401  no valid session, token or signature
    ├── Forbidden             403  known, but not allowed to do this
    ├── NotFound              404
    ├── Conflict              409  the same id was used for something else
    ├── TooLarge              413
    ├── TooMany               429  a queue or a limit is full: try again later
    ├── Unavailable           503  a service that is needed does not answer
    ├── BrokenArchive         422  a model that fails its integrity check
    ├── LostTooMuch           422  a smaller model that loses more than it may
    └── NoSpace               507  the disk is full

Over HTTP an error is always ``{"error": sentence, "error_type": name}`` with the status above.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


class ShopclerkError(Exception):
    """Base of every error that Shopclerk raises on purpose. Its text is a sentence for a person."""

    status = 500
    error_type = "internal"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after

    def body(self) -> dict[str, str]:
        """The JSON body that goes over HTTP."""
        return {"error": self.message, "error_type": self.error_type}


class InvalidInput(ShopclerkError):
    status, error_type = 400, "invalid_input"


class InvalidTrainingData(InvalidInput):
    status, error_type = 422, "invalid_training_data"


class Unauthorised(ShopclerkError):
    status, error_type = 401, "unauthorised"


class Forbidden(ShopclerkError):
    status, error_type = 403, "forbidden"


class NotFound(ShopclerkError):
    status, error_type = 404, "not_found"


class Conflict(ShopclerkError):
    status, error_type = 409, "conflict"


class TooLarge(ShopclerkError):
    status, error_type = 413, "too_large"


class TooMany(ShopclerkError):
    status, error_type = 429, "too_many"


class Unavailable(ShopclerkError):
    status, error_type = 503, "unavailable"


class BrokenArchive(ShopclerkError):
    status, error_type = 422, "broken_archive"


class LostTooMuch(ShopclerkError):
    status, error_type = 422, "lost_too_much"


class NoSpace(ShopclerkError):
    status, error_type = 507, "no_space"


def error_from_body(status: int, body: Any) -> ShopclerkError:
    """The error that a service answered with, as the exception it stands for."""
    name = body.get("error_type") if isinstance(body, dict) else None
    text = str(body.get("error", "")) if isinstance(body, dict) else ""
    for kind in _all_subclasses(ShopclerkError):
        if kind.error_type == name:
            return kind(text or name)
    return Unavailable(f"The service answered with status {status} and no error that we know.")


def _all_subclasses(kind: type[ShopclerkError]) -> list[type[ShopclerkError]]:
    found = [kind]
    for child in kind.__subclasses__():
        found.extend(_all_subclasses(child))
    return found


def to_json(value: Any) -> Any:
    """A dataclass (or a list, tuple or dict of them) as plain JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def dumps(value: Any) -> str:
    """A dataclass as a JSON text. NaN and infinity are refused."""
    return json.dumps(to_json(value), ensure_ascii=False, allow_nan=False)


def from_json(kind: type[T], data: Any) -> T:
    """Plain JSON values as the dataclass ``kind``. Unknown keys are ignored, so that versions can differ.

    Raises:
        InvalidInput: a field is missing or has another type; the sentence names it by its path.
    """
    return typing.cast(T, _decode(kind, data, path=getattr(kind, "__name__", "value")))


def _decode(kind: Any, data: Any, *, path: str) -> Any:
    origin = typing.get_origin(kind)
    if kind is Any:
        return data
    if origin in (typing.Union, types.UnionType):
        return _decode_union(kind, data, path=path)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, data, path=path)
    if origin in (tuple, list):
        return _decode_sequence(kind, origin, data, path=path)
    if origin is dict:
        return _decode_dict(kind, data, path=path)
    return _decode_scalar(kind, data, path=path)


def _decode_union(kind: Any, data: Any, *, path: str) -> Any:
    options = typing.get_args(kind)
    if data is None and type(None) in options:
        return None
    problem: InvalidInput | None = None
    for option in options:
        if option is type(None):
            continue
        try:
            return _decode(option, data, path=path)
        except InvalidInput as error:
            problem = error
    raise problem or InvalidInput(f"{path} has no value that fits.")


def _decode_dataclass(kind: Any, data: Any, *, path: str) -> Any:
    if not isinstance(data, dict):
        raise InvalidInput(f"{path} must be an object, not {type(data).__name__}.")
    hints = _hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        if field.name in data:
            values[field.name] = _decode(hints[field.name], data[field.name], path=f"{path}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InvalidInput(f"{path}.{field.name} is missing.")
    return kind(**values)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode_sequence(kind: Any, origin: Any, data: Any, *, path: str) -> Any:
    if not isinstance(data, (list, tuple)):
        raise InvalidInput(f"{path} must be a list, not {type(data).__name__}.")
    args = typing.get_args(kind)
    if origin is tuple and args and args[-1] is not Ellipsis:
        if len(args) != len(data):
            raise InvalidInput(f"{path} must have {len(args)} values, not {len(data)}.")
        return tuple(
            _decode(arg, item, path=f"{path}[{i}]") for i, (arg, item) in enumerate(zip(args, data, strict=True))
        )
    item_kind = args[0] if args else Any
    return origin(_decode(item_kind, item, path=f"{path}[{i}]") for i, item in enumerate(data))


def _decode_dict(kind: Any, data: Any, *, path: str) -> Any:
    if not isinstance(data, dict):
        raise InvalidInput(f"{path} must be an object, not {type(data).__name__}.")
    _, value_kind = typing.get_args(kind)
    return {str(key): _decode(value_kind, item, path=f"{path}.{key}") for key, item in data.items()}


def _decode_scalar(kind: Any, data: Any, *, path: str) -> Any:
    if kind is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        return _finite(data, path=path)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise InvalidInput(f"{path} must be {kind.__name__}, not {type(data).__name__}.")
    return data


def _finite(data: int | float, *, path: str) -> float:
    try:
        number = float(data)
    except OverflowError:  # JSON's integers have no end
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInput(f"{path} must be a finite number, not {number}.")
    return number
