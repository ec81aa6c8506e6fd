"""The demo shop in its full size."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from sqlalchemy import func, select

from actions.db.__main__ import main
from actions.db.models import Category, Customer, Interaction, Order, OrderItem, PaymentMethod, Product, Refund, Variant
from actions.db.models.orders import STATUSES
from actions.db.seed.catalogue import read_catalogue, tastes_of_products
from actions.db.seed.run import seed
from contract.settings import ROOT
from contract.wire import InvalidInput

DAY = date(2026, 11, 24)


def fingerprint(session) -> list[tuple]:
    """Everything that matters, in an order that does not depend on the database."""
    orders = session.execute(select(Order.id, Order.customer_id, Order.status, Order.placed_at, Order.total_minor))
    people = session.execute(select(Customer.id, Customer.email, Customer.first_name))
    variants = session.execute(select(Variant.id, Variant.price_minor, Variant.stock))
    return sorted(map(tuple, [*orders, *people, *variants]))


@pytest.fixture(scope="module")
def fingerprints() -> dict[str, list[tuple]]:
    return {}


def test_the_whole_demo_shop(empty_shop, empty_url, fingerprints):
    start = time.process_time()
    with empty_shop.sessions.begin() as session:
        report = seed(session, ROOT / "data", day=DAY)
    assert time.process_time() - start < 15
    assert (report.created, report.customers, report.orders) == (True, 500, 2000) and report.products >= 60
    with empty_shop.reading.begin() as session:
        states = Counter(session.scalars(select(Order.status)))
        assert set(states) == set(STATUSES) - {"exchange_requested"} and min(states.values()) >= 15
        late = (Order.status == "shipped", Order.promised_at < datetime(2026, 11, 24, tzinfo=UTC))
        assert session.scalar(select(func.count()).where(*late)) >= 10
        assert session.scalar(select(func.count()).select_from(Category)) == 8
        fingerprints[empty_url.split(":")[0]] = fingerprint(session)
    with empty_shop.sessions.begin() as session:
        again = seed(session, ROOT / "data", day=DAY + timedelta(days=9))
        assert not again.created and again.day == "2026-11-24"
    with empty_shop.reading.begin() as session:
        assert fingerprint(session) == fingerprints[empty_url.split(":")[0]]


def test_it_is_the_same_on_every_database(fingerprints):
    assert len(fingerprints) == 2
    first, second = fingerprints.values()
    assert first == second


def test_the_books_balance(unchanged_shop):
    sums = select(func.sum(OrderItem.quantity * OrderItem.unit_price_minor)).where(OrderItem.order_id == Order.id)
    with unchanged_shop.reading.begin() as session:
        wrong = session.scalars(select(Order.id).where(Order.total_minor != sums.scalar_subquery())).all()
        assert wrong == []
        refunded = set(session.scalars(select(Refund.order_id)))
        back = select(Order.id).where(Order.status.in_(("cancelled", "returned", "refunded")))
        assert refunded == set(session.scalars(back))


def test_people_buy_what_serves_their_tastes(unchanged_shop):
    """Two products that one person bought or looked at share a taste far more often than two random ones."""
    tastes = tastes_of_products(ROOT / "data" / "shop" / "catalog")
    seen: dict[str, list[str]] = {}
    with unchanged_shop.reading.begin() as session:
        for customer, product in session.execute(
            select(Interaction.customer_id, Interaction.product_id).where(Interaction.kind != "rating")
        ):
            seen.setdefault(customer, []).append(product)

    def share(pairs) -> float:
        hits = [bool(set(tastes[one]) & set(other)) for one, other in ((a, tastes[b]) for a, b in pairs)]
        return sum(hits) / len(hits)

    same_person = [(products[i], products[i + 1]) for products in seen.values() for i in range(len(products) - 1)]
    everything = list(tastes)
    random_pairs = [(one, other) for one in everything for other in everything if one != other]
    assert share(same_person) > 1.6 * share(random_pairs)


def test_documented_customers_are_there(unchanged_shop):
    demo = yaml.safe_load((ROOT / "data" / "shop" / "demo.yml").read_text(encoding="utf-8"))
    with unchanged_shop.reading.begin() as session:
        for item in demo["customers"]:
            for wanted in item["orders"]:
                order = session.get_one(Order, wanted["id"])
                assert (order.customer_id, order.status) == (item["id"], wanted["status"])
                assert order.ship_zip == item["address"]["zip_code"]
        assert {order.id[:3] for order in session.scalars(select(Order))} == {"#W0"}


def test_nothing_that_looks_like_a_card_number_is_stored(unchanged_shop):
    with unchanged_shop.reading.begin() as session:
        assert all(len(last_four or "0000") == 4 for last_four in session.scalars(select(PaymentMethod.last_four)))


def test_every_product_can_answer_questions():
    for data in read_catalogue(ROOT / "data" / "shop" / "catalog"):
        assert len(data["products"]) >= 7 and data["keywords"]
        for item in data["products"]:
            assert len(item["description"]) > 30 and "use" in item["details"] and item["tastes"], item["id"]
            for row in item.get("sold_out", []):
                assert all(value in item["options"][name] for name, value in row.items()), item["id"]
            for name, surcharges in item.get("surcharge", {}).items():
                assert set(surcharges) <= set(item["options"][name]), item["id"]


def test_some_variants_are_sold_out_and_every_product_is_priced(unchanged_shop):
    with unchanged_shop.reading.begin() as session:
        assert session.scalar(select(func.count()).where(Variant.stock == 0)) >= 20
        assert session.scalar(select(func.min(Variant.price_minor))) > 0
        products = session.scalar(select(func.count()).select_from(Product))
        assert products == session.scalar(select(func.count(func.distinct(Variant.product_id))))


def test_the_command_line(tmp_path, capsys, clean_environment):
    clean_environment.setenv("SHOPCLERK_VAR_DIR", str(tmp_path))
    assert main(["info"]) == 0
    assert "no tables yet" in capsys.readouterr().out
    assert main(["upgrade"]) == 0 and main(["upgrade"]) == 0
    assert "up to date" in capsys.readouterr().out
    clean_environment.setenv("SHOPCLERK_DATA_DIR", str(tmp_path))
    assert main(["seed"]) == 1
    assert "holds no catalogue" in capsys.readouterr().err
    clean_environment.delenv("SHOPCLERK_DATA_DIR")
    assert main(["seed", "--day", "2026-11-24"]) == 0 and main(["seed"]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert main(["info"]) == 0
    assert "2000  orders" in capsys.readouterr().out


def test_a_broken_catalogue_is_one_sentence(tmp_path):
    (tmp_path / "bad.yml").write_text("id: [", encoding="utf-8")
    with pytest.raises(InvalidInput, match="not valid YAML"):
        read_catalogue(tmp_path)
