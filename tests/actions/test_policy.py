"""The policy file: what it allows, and how a mistake in it is said."""

from __future__ import annotations

import pytest

from actions.db.models import Order
from actions.services.eligibility import possible, why_not
from actions.services.policy import Policy, PolicyFile
from contract.settings import ROOT
from contract.wire import InvalidInput

GOOD = (ROOT / "data" / "shop" / "policy.yml").read_text("utf-8")


def write(folder, text):
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop" / "policy.yml").write_text(text, "utf-8")
    return folder


def test_the_projects_own():
    policy = Policy.load(ROOT / "data")
    assert policy.cancel.states == ("pending", "processed") and policy.returns.within_days == 30
    assert policy.items.once and not policy.address.once


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("states: [delivered]", "states: [deliverd]", "'deliverd' is none of pending"),
        ("within_days: 30", "within_days: 0", "within_days is 0"),
        ("once: true", "twice: true", "items.twice is unknown"),
        ("exchange:", "exchanges:", "'exchanges' is none of cancel"),
        ("once: true", "once: 1", "once must be bool"),
        ("refund_to: [original, gift_card]", "refund_to: [cash]", "'cash' is none of original"),
        ("refund_to: [original, gift_card]", "refund_to: []", "refund_to is empty"),
        ("cancel:", "cancel: [", "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_the_file(tmp_path, before, after, sentence):
    with pytest.raises(InvalidInput) as caught:
        Policy.load(write(tmp_path, GOOD.replace(before, after)))
    assert sentence in caught.value.message and "policy.yml" in caught.value.message


def test_reasons_that_must_be_there(tmp_path):
    text = GOOD.replace("  reasons: [no longer needed, ordered by mistake, takes too long]\n", "").replace(
        "only_these_reasons: false", "only_these_reasons: true", 1
    )
    with pytest.raises(InvalidInput, match=r"cancel\.reasons is empty"):
        Policy.load(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"policy\.yml cannot be read"):
        Policy.load(tmp_path)


def test_an_edit_counts_and_a_broken_one_leaves_the_last_in_force(tmp_path):
    file = PolicyFile(write(tmp_path, GOOD))
    assert file.policy.returns.within_days == 30
    write(tmp_path, GOOD.replace("within_days: 30", "within_days: 100"))
    assert file.policy.returns.within_days == 100
    write(tmp_path, "cancel: [")
    assert file.policy.returns.within_days == 100


def test_what_a_policy_does_not_name_is_not_allowed(shop, tmp_path):
    start, rest = GOOD.split("quantity:\n", 1)
    policy = Policy.load(write(tmp_path, start + rest.split("\n", 1)[1]))
    with shop.reading.begin() as session:
        order = session.get_one(Order, "#W0417301")
        assert "quantity" not in possible(session, order, policy)
        said = why_not(session, order, "quantity", policy)
    assert said == "In this shop the number of its pieces can't be changed."
