"""Leave one out: is the last thing that a customer bought among the first three that we would have recommended?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from actions.recommender.interactions import matrix, vector
from actions.recommender.models import Vector
from actions.recommender.signals import FIRST, Signal, histories

AT = 3
Scorer = Callable[[Vector], Vector]


@dataclass(frozen=True)
class Held:
    """``history`` (products,) is what came before, ``known`` what was bought before, ``wanted`` what was held out."""

    history: Vector
    known: tuple[int, ...]
    wanted: int


@dataclass(frozen=True)
class Quality:
    """Over ``customers``: the share with a hit among the first ``at`` (three), and NDCG@10."""

    hit_rate: float
    ndcg: float
    customers: int


def leave_one_out(
    signals: Iterable[Signal], product_ids: Sequence[str], fade: float = 0.0
) -> tuple[list[Held], list[Signal]]:
    """The last new product of everybody who bought two or more, and the signals that may be learned from.

    Of those customers nothing counts that came after that purchase or concerns that product. ``fade``: see ``faded``.
    """
    number = {product_id: index for index, product_id in enumerate(product_ids)}
    by_customer: dict[str, list[Signal]] = {}
    for signal in signals:
        by_customer.setdefault(signal.customer_id, []).append(signal)
    held, kept = [], []
    for rows in by_customer.values():
        last = _last_purchase(rows)
        before = rows if last is None else [row for row in rows if _is_before(row, last)]
        kept += before
        history = histories(before).get(rows[0].customer_id)
        if last is not None and history is not None and last.product_id in number:
            known = tuple(number[product_id] for product_id in history.bought if product_id in number)
            held.append(Held(vector(matrix([history], number), fade), known, number[last.product_id]))
    return held, kept


def quality(held: Iterable[Held], score: Scorer, at: int = AT) -> Quality:
    """How well ``score`` (history → scores, both (products,)) finds what was held out."""
    ranks = [_rank(score(one.history), one) for one in held]
    hits = sum(rank < at for rank in ranks)
    gain = sum(1 / math.log2(rank + 2) for rank in ranks if rank < 10)
    count = max(1, len(ranks))
    return Quality(hits / count, gain / count, len(ranks))


def _rank(scores: Vector, one: Held) -> float:
    """The place of the wanted product, from 0; equal scores share the middle."""
    scores = scores.astype(np.float64)
    scores[list(one.known)] = -np.inf
    wanted = scores[one.wanted]
    return float((scores > wanted).sum() + ((scores == wanted).sum() - 1) / 2)


def _last_purchase(rows: list[Signal]) -> Signal | None:
    bought = [row for row in rows if row.kind == "purchase"]
    if len({row.product_id for row in bought}) < 2:
        return None
    return max(bought, key=lambda row: (row.at or FIRST, row.product_id))


def _is_before(row: Signal, last: Signal) -> bool:
    return row.product_id != last.product_id and (row.at or FIRST) <= (last.at or FIRST)
