"""Puts the demo shop into an empty database, once."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from actions.db.models import Base, Customer, Interaction, Mark, Order, Product
from actions.db.seed.catalogue import catalogue_rows, tastes_of_products
from actions.db.seed.history import Plan, tell
from actions.db.seed.invoices import invoice_rows
from actions.db.seed.orders import demo_people, demo_plans, random_plans
from actions.db.seed.people import Person, make_people
from actions.db.seed.promotions import promo_rows
from actions.db.seed.taste import Chooser, bought, browsing
from contract.wire import InvalidInput

MARK = "demo shop"
CUSTOMERS = 500
ORDERS = 2000
SEED = 20_417


@dataclass(frozen=True)
class SeedReport:
    """``created`` is False where the demo shop was there already; then nothing was changed."""

    created: bool
    day: str
    customers: int
    products: int
    orders: int


def seed(
    session: Session,
    data_dir: Path,
    *,
    day: date | None = None,
    currency: str = "USD",
    customers: int = CUSTOMERS,
    orders: int = ORDERS,
) -> SeedReport:
    """Fills the database with the demo shop as it looks on ``day`` (default: today, UTC). A second run changes nothing.

    Same arguments, same shop. ``customers`` and ``orders`` say how many there are, the documented ones included.

    Raises:
        InvalidInput: the catalogue is missing or cannot be read.
    """
    mark = session.get(Mark, MARK)
    if mark is None:
        day = day or datetime.now(UTC).date()
        _fill(session, data_dir / "shop", datetime.combine(day, time(0), UTC), currency, customers, orders)
        session.add(Mark(name=MARK, value=day.isoformat()))
        session.flush()
    return SeedReport(
        created=mark is None,
        day=str(day) if mark is None else mark.value,
        customers=_count(session, Customer),
        products=_count(session, Product),
        orders=_count(session, Order),
    )


def _fill(session: Session, folder: Path, day: datetime, currency: str, customers: int, orders: int) -> None:
    chance = random.Random(SEED)  # noqa: S311
    categories, products = catalogue_rows(folder / "catalog", currency)
    demo = _documented(folder / "demo.yml")
    named = demo_people(demo, day, currency)
    others = make_people(customers - len(named), chance, day, currency)
    session.add_all(promo_rows(demo, day, currency))
    for rows in (categories, products, [person.row for person in (*named, *others)]):
        session.add_all(rows)
        session.flush()
    chooser = Chooser(products, tastes_of_products(folder / "catalog"), chance)
    plans = demo_plans(demo, named, products, day)
    taken = {plan.order_id for plan in plans}
    plans += random_plans(orders - len(plans), others, chooser, chance, day, taken)
    _write_orders(session, plans, day, chance)
    _write_interactions(session, [*named, *others], plans, chooser, chance, day)


def _documented(path: Path) -> dict[str, Any]:
    try:
        demo: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}, the documented customers of the demo shop, cannot be read: {error}") from error
    return demo


def _write_orders(session: Session, plans: list[Plan], day: datetime, chance: random.Random) -> None:
    told = [tell(plan, day, chance) for plan in plans]
    orders = [rows[0] for rows in told]
    session.add_all(orders)
    session.flush()
    session.add_all(row for rows in told for row in rows[1:])
    session.add_all(invoice_rows(order for order in orders if isinstance(order, Order)))
    session.flush()


def _write_interactions(
    session: Session,
    people: list[Person],
    plans: list[Plan],
    chooser: Chooser,
    chance: random.Random,
    day: datetime,
) -> None:
    rows: list[dict[str, Any]] = []
    for person in people:
        rows += browsing(person, chooser, chance, day)
    for plan in plans:
        if plan.status != "cancelled":
            product_ids = [variant.product_id for variant, _, _ in plan.lines]
            rows += bought(plan.person, plan.order_id, product_ids, plan.placed_at, chooser, chance)
    known = [row for row in rows if row["at"] <= day]
    session.execute(insert(Interaction), known)
    for product_id, stars in _average_stars(known).items():
        session.execute(update(Product).where(Product.id == product_id).values(rating=stars))


def _average_stars(rows: list[dict[str, Any]]) -> dict[str, float]:
    stars: dict[str, list[float]] = {}
    for row in rows:
        if row["kind"] == "rating":
            stars.setdefault(row["product_id"], []).append(row["value"])
    return {product_id: round(sum(values) / len(values), 1) for product_id, values in stars.items()}


def _count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
