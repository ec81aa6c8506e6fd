"""``python -m actions.recommender prepare|evaluate|show|taken``: the recommender from the command line."""

from __future__ import annotations

import argparse
import sys
import time

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from actions.db.engine import make_engine, session_factory, transaction
from actions.db.tools import tool_settings
from actions.recommender.blend import Blend
from actions.recommender.evaluation import leave_one_out, quality
from actions.recommender.fitted import Fitted
from actions.recommender.interactions import matrix
from actions.recommender.models import Collaborative, Content, Model, Popularity
from actions.recommender.query import RecommendQuery
from actions.recommender.rewards import taken_up
from actions.recommender.sequential import Sequential
from actions.recommender.service import Recommender
from actions.recommender.signals import histories, read_signals
from actions.services.money import format_money
from contract.wire import ShopclerkError


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0, or 1 after a sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        settings = tool_settings()
        engine = make_engine(settings.database_url("shop", driver="psycopg"))
        try:
            sys.stdout.write(f"{_run(options, engine, Recommender.of(settings))}\n")
        finally:
            engine.dispose()
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


def _run(options: argparse.Namespace, engine: Engine, recommender: Recommender) -> str:
    if options.command == "taken":
        with transaction(session_factory(engine, read_only=True)) as session:
            return taken(session)
    started = time.monotonic()
    fitted = recommender.prepare(engine)
    if options.command == "prepare":
        return f"{len(fitted.items)} products are ready, in {time.monotonic() - started:.1f} s."
    with transaction(session_factory(engine, read_only=True)) as session:
        return evaluate(session, fitted) if options.command == "evaluate" else show(session, recommender, options)


def evaluate(session: Session, fitted: Fitted) -> str:
    """A table: each model and the blend, on the shop's own customers."""
    ids = [item.product_id for item in fitted.items]
    held, kept = leave_one_out(read_signals(session), ids, fitted.blend.fade)
    seen = matrix(histories(kept).values(), fitted.number)
    vectors = fitted.blend.content.vectors
    sequential = Sequential(vectors, fitted.blend.fade)
    models: list[Model] = [Popularity(), Content(vectors), Collaborative(), sequential, Blend(vectors)]
    lines = [f"{'model':<14} hit@3  ndcg@10   ({len(held)} customers, the last purchase of each held out)"]
    for model in models:
        found = quality(held, model.fit(seen).recommend)
        lines.append(f"{type(model).__name__.lower():<14} {found.hit_rate:.3f}  {found.ndcg:.3f}")
    return "\n".join(lines)


def show(session: Session, recommender: Recommender, options: argparse.Namespace) -> str:
    """What a customer, or a newcomer, would be told."""
    query = RecommendQuery(options.customer, options.category, options.like)
    found = recommender.recommend(session, query, limit=options.limit)
    lines = [f"{item.product.name} ({format_money(item.product.price_from)}): {item.reason}" for item in found]
    return "\n".join(lines) or "Nothing fits."


def taken(session: Session) -> str:
    """A table: what was shown, asked about and bought, by signal."""
    lines = [f"{'signal':<10} {'chosen by':<10} {'shown':>7} {'asked':>7} {'bought':>7}"]
    for row in taken_up(session):
        who = "bandit" if row.is_learned else "order"
        lines.append(f"{row.arm:<10} {who:<10} {row.shown:>7} {row.asked:>7} {row.bought:>7}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m actions.recommender", description="The shop's recommender.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="make the vectors of the product texts, where they are missing")
    commands.add_parser("evaluate", help="how well each model finds what customers bought last")
    commands.add_parser("taken", help="what was shown, asked about and bought, by signal")
    shower = commands.add_parser("show", help="what would be recommended")
    shower.add_argument("--customer", help="a customer's id, such as demo-mia")
    shower.add_argument("--category", help="a category's name")
    shower.add_argument("--like", help="a product's id")
    shower.add_argument("--limit", type=int, default=3)
    return parser


if __name__ == "__main__":
    sys.exit(main())
