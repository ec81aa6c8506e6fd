"""Promo codes of the demo shop: one for each thing that can be wrong with a code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from actions.db.models import PromoCode
from actions.services.money import to_minor


def promo_rows(demo: Mapping[str, Any], day: datetime, currency: str) -> list[PromoCode]:
    """The codes of ``demo.yml``; days count from ``day``, negative ones back."""
    return [_row(entry, day, currency) for entry in demo.get("promo_codes", ())]


def _row(entry: Mapping[str, Any], day: datetime, currency: str) -> PromoCode:
    def minor(name: str) -> int | None:
        return to_minor(entry[name], currency) if name in entry else None

    def moment(name: str) -> datetime | None:
        return day + timedelta(days=entry[name]) if name in entry else None

    return PromoCode(
        code=entry["code"],
        percent=entry.get("percent"),
        amount_minor=minor("amount"),
        currency=currency,
        min_total_minor=minor("min_total"),
        valid_from=moment("from_day"),
        valid_until=moment("until_day"),
        uses_left=entry.get("uses_left"),
        once_per_customer=entry.get("once_per_customer", False),
    )
