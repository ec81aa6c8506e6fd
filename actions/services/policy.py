"""The shop's rules for changing orders, as they stand in ``data/shop/policy.yml``."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from actions.db.models.orders import STATUSES
from contract.wire import InvalidInput, from_json

logger = logging.getLogger(__name__)
FILE = Path("shop") / "policy.yml"
CHANGES = ("cancel", "items", "quantity", "address", "payment", "returns", "exchange")
REFUND_TARGETS = ("original", "gift_card")


@dataclass(frozen=True)
class Rule:
    """When something may be done with an order. ``within_days`` None: whenever its state allows it."""

    states: tuple[str, ...]
    once: bool = False
    within_days: int | None = None
    reasons: tuple[str, ...] = ()
    only_these_reasons: bool = False


@dataclass(frozen=True)
class AddressRule(Rule):
    same_country: bool = True


@dataclass(frozen=True)
class ReturnRule(Rule):
    """``refund_to``: original, gift_card or both."""

    refund_to: tuple[str, ...] = REFUND_TARGETS


@dataclass(frozen=True)
class BuyingRule:
    """``in_chat``: whether verified customers may order in the chat; else they are shown the way to the shop."""

    in_chat: bool = True


@dataclass(frozen=True)
class PriceMatchRule:
    """``within_days``: how long after an order the shop pays the difference when its own price falls."""

    within_days: int = 14


@dataclass(frozen=True)
class Policy:
    """A rule for each kind of change, and whether orders may be placed. ``quantity`` may be left out: not allowed."""

    cancel: Rule
    items: Rule
    address: AddressRule
    payment: Rule
    returns: ReturnRule
    exchange: Rule
    quantity: Rule = Rule(())
    buying: BuyingRule = BuyingRule()
    price_match: PriceMatchRule = PriceMatchRule()

    @classmethod
    def load(cls, data_dir: Path) -> Policy:
        """The policy below ``data_dir``.

        Raises:
            InvalidInput: the file is missing, or a rule in it cannot be used; the sentence names both.
        """
        path = data_dir / FILE
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            _check_keys(data)
            policy = from_json(cls, data)
            _check(policy)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InvalidInput(f"{path} cannot be read: {error}") from error
        except InvalidInput as error:
            raise InvalidInput(f"{path}: {error.message}") from error
        return policy

    def rule(self, kind: str) -> Rule:
        rule: Rule = getattr(self, kind)
        return rule


@dataclass
class PolicyFile:
    """The policy, read again when its file was changed. One that cannot be read leaves the last one in force."""

    data_dir: Path
    _stamp: tuple[int, int] | None = field(default=None, repr=False)
    _policy: Policy | None = field(default=None, repr=False)

    @property
    def policy(self) -> Policy:
        """
        Raises:
            InvalidInput: it cannot be used, and there is no earlier one.
        """
        stamp = self._now()
        if self._policy is None or stamp != self._stamp:
            try:
                self._policy = Policy.load(self.data_dir)
            except InvalidInput as error:
                if self._policy is None:
                    raise
                logger.warning("The policy stays as it was: %s", error.message)
            self._stamp = stamp
        return self._policy

    def _now(self) -> tuple[int, int] | None:
        try:
            found = (self.data_dir / FILE).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def _check_keys(data: Any) -> None:
    """A misspelt rule would be no rule at all."""
    known: dict[str, type] = {
        "address": AddressRule,
        "returns": ReturnRule,
        "buying": BuyingRule,
        "price_match": PriceMatchRule,
    }
    kinds = Policy.__dataclass_fields__
    for kind, rule in (data or {}).items() if isinstance(data, dict) else ():
        if kind not in kinds:
            raise InvalidInput(f"{kind!r} is none of {', '.join(kinds)}.")
        fields = known.get(kind, Rule).__dataclass_fields__  # type: ignore[attr-defined]
        for name in rule if isinstance(rule, dict) else ():
            if name not in fields:
                raise InvalidInput(f"{kind}.{name} is unknown: there are {', '.join(fields)}.")


def _check(policy: Policy) -> None:
    for kind in CHANGES:
        rule = policy.rule(kind)
        for state in rule.states:
            if state not in STATUSES:
                raise InvalidInput(f"{kind}.states: {state!r} is none of {', '.join(STATUSES)}.")
        if rule.within_days is not None and rule.within_days < 1:
            raise InvalidInput(f"{kind}.within_days is {rule.within_days}: write 1 or more, or leave it out.")
        if rule.only_these_reasons and not rule.reasons:
            raise InvalidInput(f"{kind}.only_these_reasons is true, but {kind}.reasons is empty.")
    if policy.price_match.within_days < 1:
        raise InvalidInput(f"price_match.within_days is {policy.price_match.within_days}: write 1 or more.")
    for target in policy.returns.refund_to:
        if target not in REFUND_TARGETS:
            raise InvalidInput(f"returns.refund_to: {target!r} is none of {', '.join(REFUND_TARGETS)}.")
    if not policy.returns.refund_to:
        raise InvalidInput("returns.refund_to is empty: write original, gift_card or both.")
