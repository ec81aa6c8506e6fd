"""Every permission at every level, and how a viewer comes from a context."""

from __future__ import annotations

import itertools

import pytest

from actions.access import (
    PERMISSIONS,
    Level,
    NeedsIdentification,
    NeedsVerification,
    Viewer,
    require,
    viewer_from,
)
from contract.conversation import Context
from contract.settings import Settings
from contract.wire import Forbidden

ORDER = "#W0417301"
VIEWERS = {
    Level.ANONYMOUS: Viewer("talk", "m"),
    Level.IDENTIFIED: Viewer("talk", "m", identified_orders=(ORDER,)),
    Level.VERIFIED: Viewer("talk", "m", customer_id="demo-mia", verified=True),
}
NEEDS_VERIFIED = {"action_buy", "action_gift_card_balance", "action_list_orders", "action_make_change"}
NEEDS_IDENTIFIED = {"action_get_invoice", "action_order_details", "action_track_order", "action_track_refund"} | {
    "action_report_facts"
}


@pytest.mark.parametrize(("action", "level"), list(itertools.product(sorted(PERMISSIONS), Level)))
def test_every_permission_at_every_level(action, level):
    viewer = VIEWERS[level]
    if action in NEEDS_VERIFIED and level < Level.VERIFIED:
        with pytest.raises(NeedsVerification):
            require(viewer, action, ORDER)
    elif action in NEEDS_IDENTIFIED and level < Level.IDENTIFIED:
        with pytest.raises(NeedsIdentification):
            require(viewer, action, ORDER)
    else:
        require(viewer, action, ORDER)


def test_an_unknown_action_needs_the_highest_level():
    with pytest.raises(NeedsVerification):
        require(VIEWERS[Level.IDENTIFIED], "action_made_up", ORDER)
    require(VIEWERS[Level.VERIFIED], "action_made_up", ORDER)


def test_identifying_one_order_opens_no_other():
    with pytest.raises(NeedsIdentification):
        require(VIEWERS[Level.IDENTIFIED], "action_track_order", "#W0411862")


def test_the_refusals_are_forbidden_with_their_own_types():
    assert issubclass(NeedsIdentification, Forbidden)
    assert issubclass(NeedsVerification, Forbidden)
    assert NeedsVerification("x").body() == {"error": "x", "error_type": "needs_verification"}


def context(**values) -> Context:
    return Context("talk", "m", "web", 1000.0, **values)


def test_a_viewer_takes_the_customer_from_the_context():
    viewer = viewer_from(context(customer_id="demo-mia", verified_at=1000.0), Settings(), now=1001.0)
    assert (viewer.customer_id, viewer.verified, viewer.level()) == ("demo-mia", True, Level.VERIFIED)


@pytest.mark.parametrize(
    "values",
    [{}, {"customer_id": "demo-mia"}, {"verified_at": 1000.0}, {"customer_id": "demo-mia", "verified_at": 0.0}],
    ids=["nothing", "no time", "no customer", "too long ago"],
)
def test_a_viewer_is_not_verified(values):
    now = 1000.0 if values.get("verified_at") else 12 * 3600 + 1.0
    viewer = viewer_from(context(**values), Settings(), now=now)
    assert not viewer.verified
    assert viewer.level() is Level.ANONYMOUS


def test_a_customer_without_verification_is_nobody():
    assert Viewer("talk", "m", customer_id="demo-mia", verified=False).level() is Level.ANONYMOUS
