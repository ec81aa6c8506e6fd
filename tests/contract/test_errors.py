"""The error tree over HTTP: every error comes back as itself."""

import pytest

from contract import wire


def every_error():
    return [kind for kind in wire._all_subclasses(wire.ShopclerkError) if kind.__module__ == wire.__name__]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_error_comes_back_as_itself(kind):
    error = kind("Order #W1 was not found: check the number.")
    again = wire.error_from_body(error.status, error.body())
    assert type(again) is kind
    assert again.message == error.message


def test_every_error_type_is_named_once():
    names = [kind.error_type for kind in every_error()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("body", [None, [], "oops", {}, {"error": 1}, {"error_type": "nonsense"}])
def test_what_is_no_error_of_ours_is_unavailable(body):
    assert isinstance(wire.error_from_body(502, body), wire.Unavailable)
