"""The import: whole, repeatable, exact about what is broken."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actions.db.__main__ import main as database_command
from actions.db.models import (
    Customer,
    GiftCard,
    Interaction,
    Order,
    OrderItem,
    Payment,
    Product,
    Refund,
    Shipment,
    TrackingEventRow,
    Variant,
)
from actions.services import cancellation, orders, tracking
from actions.services.case import Case
from actions.services.policy import Policy
from actions.shop_import.__main__ import main
from actions.shop_import.run import FileReport, import_shop
from contract.settings import ROOT
from contract.wire import InvalidInput
from tests.shared_data import SHARED

POLICY = Policy.load(ROOT / "data")
REAL = SHARED / "tau_retail"
ADDRESS = {
    "address1": "1 Test Road",
    "address2": "",
    "city": "Sampleton",
    "country": "USA",
    "state": "TX",
    "zip": "70001",
}

PRODUCTS = {
    "900": {
        "name": "Garden Chair",
        "product_id": "900",
        "variants": {
            "901": {
                "item_id": "901",
                "options": {"color": "green", "folding": True},
                "available": True,
                "price": 19.99,
            },
            "902": {"item_id": "902", "options": {"color": "red"}, "available": False, "price": 21},
        },
    }
}
USERS = {
    "ann_test_1": {
        "name": {"first_name": "Ann", "last_name": "Test"},
        "address": ADDRESS,
        "email": "Ann.Test@example.com",
        "payment_methods": {
            "card_1": {"source": "credit_card", "brand": "visa", "last_four": "1111", "id": "card_1"},
            "gift_card_1": {"source": "gift_card", "balance": 10, "id": "gift_card_1"},
        },
        "orders": ["#W9000001", "#W9000002"],
    }
}
CHAIR = {"name": "Garden Chair", "product_id": "900", "item_id": "901", "price": 19.99, "options": {"color": "green"}}
ORDERS = {
    "#W9000001": {
        "order_id": "#W9000001",
        "user_id": "ann_test_1",
        "address": ADDRESS,
        "items": [CHAIR, CHAIR],
        "fulfillments": [{"tracking_id": ["123456789012"], "item_ids": ["901"]}],
        "status": "processed",
        "payment_history": [{"transaction_type": "payment", "amount": 39.98, "payment_method_id": "gift_card_1"}],
    },
    "#W9000002": {
        "order_id": "#W9000002",
        "user_id": "ann_test_1",
        "address": ADDRESS,
        "items": [CHAIR],
        "fulfillments": [],
        "status": "cancelled",
        "payment_history": [
            {"transaction_type": "payment", "amount": 19.99, "payment_method_id": "card_1"},
            {"transaction_type": "refund", "amount": 19.99, "payment_method_id": "card_1"},
        ],
    },
}


def fresh(part):
    """A copy that shares nothing, not even within itself."""
    return json.loads(json.dumps(part))


class Export:
    """An export that a test may change before it writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.products, self.users, self.orders = map(fresh, (PRODUCTS, USERS, ORDERS))

    def write(self) -> Path:
        for name in ("products", "users", "orders"):
            (self.folder / f"{name}.json").write_text(json.dumps(getattr(self, name)), encoding="utf-8")
        return self.folder


@pytest.fixture
def export(tmp_path) -> Export:
    folder = tmp_path / "export"
    folder.mkdir()
    return Export(folder)


def take(shop, folder) -> list[FileReport]:
    return import_shop(shop.sessions, folder)


def counts(reports: list[FileReport]) -> list[tuple[int, int, int, int]]:
    return [(report.added, report.changed, report.unchanged, len(report.problems)) for report in reports]


def test_everything_goes_in_and_a_second_time_nothing_changes(empty_shop, export):
    assert counts(take(empty_shop, export.write())) == [(1, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0)]
    assert counts(take(empty_shop, export.write())) == [(0, 0, 1, 0), (0, 0, 1, 0), (0, 0, 2, 0)]
    with empty_shop.reading.begin() as session:
        order = session.get_one(Order, "#W9000001")
        assert (order.total_minor, order.status, order.ship_zip) == (3998, "processed", "70001")
        assert [item.line for item in order.items] == [1, 2]
        assert session.get_one(Customer, "ann_test_1").email == "ann.test@example.com"
        assert session.get_one(GiftCard, "gift_card_1").balance_minor == 1000
        assert session.get_one(Variant, "901").options == {"color": "green", "folding": "yes"}
        refund = session.scalars(select(Refund)).one()
        assert (refund.order_id, refund.amount_minor, refund.state) == ("#W9000002", 1999, "paid")


def test_what_the_export_does_not_tell_stays_unknown(empty_shop, export):
    take(empty_shop, export.write())
    with empty_shop.reading.begin() as session:
        product, order = session.get_one(Product, "900"), session.get_one(Order, "#W9000001")
        unknown = (product.category_id, product.description, product.image_url, product.rating, product.url)
        assert unknown == (None,) * 5
        assert session.get_one(Variant, "901").stock is None and session.get_one(Variant, "902").stock == 0
        assert (order.placed_at, order.promised_at, order.payments[0].paid_at) == (None, None, None)
        shipment = order.shipments[0]
        assert (shipment.carrier, shipment.shipped_at, shipment.delivered_at, shipment.lines) == (
            None,
            None,
            None,
            [1, 2],
        )
        assert session.scalars(select(TrackingEventRow)).all() == []
        assert session.get_one(Customer, "ann_test_1").created_at is None
        bought = session.scalars(select(Interaction)).one()
        assert (bought.kind, bought.product_id, bought.at) == ("purchase", "900", None)


def test_services_work_on_imported_orders(empty_shop, export, people):
    take(empty_shop, export.write())
    with empty_shop.sessions.begin() as session:
        number = orders.identify(session, "9000001", "ann.test@example.com", conversation_id="t")
        view = tracking.tracking(session, people.identified(number), number)
        assert (view.tracking_number, view.carrier, view.late) == ("123456789012", None, False)
        result = cancellation.cancel(Case(session, people.verified("ann_test_1"), number, POLICY), "x", people.key())
        assert (result.refund.minor, result.arrives) == (3998, "at once")
    with empty_shop.reading.begin() as session:
        assert session.get_one(GiftCard, "gift_card_1").balance_minor == 1000 + 3998
        assert session.get_one(Variant, "901").stock is None


def test_changed_records_are_updated(empty_shop, export):
    take(empty_shop, export.write())
    export.products["900"]["variants"]["901"]["price"] = 25
    del export.products["900"]["variants"]["902"]
    export.users["ann_test_1"]["address"] = {**ADDRESS, "city": "Elsewhere"}
    export.orders["#W9000001"].update(status="delivered", items=[CHAIR])
    assert counts(take(empty_shop, export.write())) == [(0, 1, 0, 0), (0, 1, 0, 0), (0, 1, 1, 0)]
    with empty_shop.reading.begin() as session:
        assert session.get_one(Variant, "901").price_minor == 2500 and session.get_one(Variant, "902").stock == 0
        assert [address.city for address in session.get_one(Customer, "ann_test_1").addresses] == ["Elsewhere"]
        order = session.get_one(Order, "#W9000001")
        assert (order.status, order.total_minor, len(order.items), len(order.payments)) == ("delivered", 1999, 1, 1)


def test_the_order_of_keys_is_no_change(empty_shop, export):
    take(empty_shop, export.write())
    export.orders = {key: dict(reversed(order.items())) for key, order in reversed(export.orders.items())}
    assert counts(take(empty_shop, export.write()))[2] == (0, 0, 2, 0)


def test_a_cancellation_in_the_chat_survives_the_next_import(empty_shop, export, people):
    take(empty_shop, export.write())
    with empty_shop.sessions.begin() as session:
        cancellation.cancel(Case(session, people.verified("ann_test_1"), "#W9000001", POLICY), "x", people.key())
    export.orders["#W9000001"]["address"] = {**ADDRESS, "city": "Elsewhere"}
    export.users["ann_test_1"]["address"] = {**ADDRESS, "city": "Elsewhere"}
    take(empty_shop, export.write())
    with empty_shop.reading.begin() as session:
        assert session.get_one(Order, "#W9000001").status == "cancelled"
        assert session.get_one(GiftCard, "gift_card_1").balance_minor == 4998
    export.orders["#W9000001"]["status"] = "delivered"
    (problem,) = take(empty_shop, export.write())[2].problems
    assert "was cancelled in the chat" in problem.sentence


def test_a_cancellation_that_is_just_being_made_is_waited_for(empty_shop, export, people):
    take(empty_shop, export.write())
    export.orders["#W9000001"]["status"] = "delivered"
    folder = export.write()
    with ThreadPoolExecutor(1) as pool, empty_shop.sessions() as session:
        cancellation.cancel(Case(session, people.verified("ann_test_1"), "#W9000001", POLICY), "x", people.key())
        session.flush()
        importing = pool.submit(take, empty_shop, folder)
        time.sleep(0.5)  # long enough for it to come to this order
        assert not importing.done()
        session.commit()
        (problem,) = importing.result(30)[2].problems
    assert "was cancelled in the chat" in problem.sentence
    assert empty_shop.order(id="#W9000001").status == "cancelled"


def set_in(data, path, value):
    *parents, last = path
    for step in parents:
        data = data[step]
    data[last] = value


O1 = '$["#W9000001"]'


@pytest.mark.parametrize(
    ("part", "path", "value", "place", "sentence"),
    [
        ("orders", ("#W9000001", "items", 1, "price"), "abc", f"{O1}.items[1].price", "not an amount"),
        ("orders", ("#W9000001", "items", 0, "price"), -1, f"{O1}.items[0].price", "not a possible amount"),
        ("orders", ("#W9000001", "items", 0, "price"), 1e300, f"{O1}.items[0].price", "not a possible amount"),
        ("orders", ("#W9000001", "items", 0, "price"), 1.999, f"{O1}.items[0].price", "too many decimals"),
        ("orders", ("#W9000001", "items", 0, "price"), None, f"{O1}.items[0].price", "must be"),
        ("orders", ("#W9000001", "items"), "x", f"{O1}.items", "must be a list, not str"),
        ("orders", ("#W9000001", "items"), [], f"{O1}.items", "is empty"),
        ("orders", ("#W9000001", "items", 0, "quantity"), 0, f"{O1}.items[0].quantity", "not a possible number"),
        ("orders", ("#W9000001", "status"), "lost", f"{O1}.status", "'lost' is none of pending"),
        ("orders", ("#W9000001", "user_id"), "nobody", f"{O1}.user_id", "there is no user 'nobody'"),
        ("orders", ("#W9000001", "order_id"), "#W9000009", f"{O1}.order_id", "stands under '#W9000001'"),
        ("orders", ("#W9000001", "address", "zip"), 70001, f"{O1}.address.zip", "must be str, not int"),
        ("orders", ("#W9000001", "placed_at"), "soon", f"{O1}.placed_at", "not a time"),
        ("orders", ("#W9000001", "address", "city"), "x" * 101, O1, "ship_city has 101 characters"),
        ("orders", ("#W9000001", "items", 0, "price"), "1e999999", f"{O1}.items[0].price", "not an amount"),
        ("orders", ("#W9000001", "items"), [{**CHAIR, "price": 21_000, "quantity": 1100}], f"{O1}.items", "together"),
        ("orders", ("#W9000001", "address", "city"), "a\0b", f"{O1}.address.city", "NUL"),
        ("orders", ("#W9000001", "address", "city"), "\ud800", f"{O1}.address.city", "surrogate"),
        ("orders", ("#W9000001", "user_id"), "a\0b", f"{O1}.user_id", "NUL"),
        ("orders", ("#W9000001", "user_id"), [], f"{O1}.user_id", "must be str, not list"),
        ("orders", ("#W9000001", "items", 1, "item_id"), "a\0b", f"{O1}.items[1].item_id", "NUL"),
        ("orders", ("#W9000001", "items", 1, "options"), {"\ud800": "x"}, f"{O1}.items[1].options", "surrogate"),
        ("users", ("a\0b",), {}, '$["a\\u0000b"]', "NUL"),
        ("users", ("\ud800",), {}, '$["\ud800"]', "surrogate"),
        ("orders", ("#W9000001",), [1], O1, "must be an object, not list"),
        ("orders", ("#W9000001",), None, O1, "must be an object"),
        (
            "orders",
            ("#W9000001", "payment_history", 0, "payment_method_id"),
            "card_9",
            f"{O1}.payment_history[0].payment_method_id",
            "has no 'card_9'",
        ),
        (
            "orders",
            ("#W9000001", "payment_history", 0, "transaction_type"),
            "gift",
            f"{O1}.payment_history[0].transaction_type",
            "no payment or refund",
        ),
        ("users", ("zed",), {}, '$["zed"].name', "is missing"),
        ("users", ("bob",), {**USERS["ann_test_1"]}, '$["bob"].email', "customer ann_test_1 has this e-mail"),
        ("users", ("bob",), {**USERS["ann_test_1"], "email": "nonsense"}, '$["bob"].email', "not an e-mail address"),
        ("products", ("950",), {**PRODUCTS["900"]}, '$["950"].product_id', "stands under '950'"),
        (
            "products",
            ("950",),
            {"product_id": "950", "name": "x", "variants": PRODUCTS["900"]["variants"]},
            "$[\"950\"].variants['901']",
            "belongs to product 900 already",
        ),
    ],
)
def test_a_broken_record_is_named_and_the_rest_goes_in(empty_shop, export, part, path, value, place, sentence):
    set_in(getattr(export, part), path, fresh(value))
    reports = take(empty_shop, export.write())
    problems = [problem for report in reports for problem in report.problems]
    assert [(problem.file, problem.place) for problem in problems] == [(f"{part}.json", place)]
    assert sentence in problems[0].sentence
    assert counts(reports)[2][0] == (1 if part == "orders" else 2)
    with empty_shop.reading.begin() as session:
        broken = session.scalars(select(OrderItem.order_id).where(OrderItem.order_id == "#W9000001")).all()
        assert bool(broken) is (part != "orders")


def test_a_broken_change_leaves_the_former_record_as_it_was(empty_shop, export):
    take(empty_shop, export.write())
    export.products["900"].update(name="Renamed")
    export.products["900"]["variants"]["901"]["price"] = 25
    export.products["900"]["variants"]["902"]["price"] = "abc"
    assert counts(take(empty_shop, export.write()))[0] == (0, 0, 0, 1)
    with empty_shop.reading.begin() as session:
        assert session.get_one(Product, "900").name == "Garden Chair"
        assert session.get_one(Variant, "901").price_minor == 1999


def test_a_full_card_number_is_refused(empty_shop, export):
    export.users["ann_test_1"]["payment_methods"]["card_1"]["last_four"] = "4111111111111111"
    (problem,) = take(empty_shop, export.write())[1].problems
    assert "must not be in an export" in problem.sentence and "4111" not in problem.sentence


def test_a_repaired_record_goes_in_the_next_time(empty_shop, export):
    export.orders["#W9000001"]["status"] = "lost"
    take(empty_shop, export.write())
    export.orders["#W9000001"]["status"] = "pending"
    assert counts(take(empty_shop, export.write()))[2] == (1, 0, 1, 0)


def test_a_record_of_the_demo_shop_is_left_alone(shop, export):
    export.orders["#W0417301"] = {**ORDERS["#W9000001"], "order_id": "#W0417301"}
    (problem,) = take(shop, export.write())[2].problems
    assert problem.place == '$["#W0417301"]' and "demo shop" in problem.sentence
    assert shop.order(id="#W0417301").customer_id == "demo-mia"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": 1,}', "orders.json is not valid JSON: .*line 1"),
        (b"[]", "must hold one object of records"),
        (b"", "not valid JSON"),
        (b"\xff\xfe\x00", "must be UTF-8"),
        (b"[" * 200_000, "not valid JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (None, "does not exist"),
    ],
)
def test_a_malformed_file_is_one_sentence_and_nothing_goes_in(empty_shop, export, content, sentence):
    path = export.write() / "orders.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(InvalidInput, match=sentence):
        take(empty_shop, export.folder)
    with empty_shop.reading.begin() as session:
        assert session.scalar(select(func.count()).select_from(Product)) == 0


def test_the_command_line(tmp_path, export, capsys, clean_environment):
    clean_environment.setenv("SHOPCLERK_VAR_DIR", str(tmp_path / "var"))
    assert main([str(export.write())]) == 0
    assert "orders.json         2 added      0 changed" in capsys.readouterr().out
    export.orders["#W9000001"]["status"] = "lost"
    assert main([str(export.write())]) == 1
    assert capsys.readouterr().err.startswith('orders.json $["#W9000001"].status: ')
    assert main([str(tmp_path)]) == 1
    assert "does not exist" in capsys.readouterr().err
    clean_environment.setenv("SHOPCLERK_SHOP_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/shop")
    assert main([str(export.folder)]) == 1
    said = capsys.readouterr().err
    assert "Is it running" in said and "secret" not in said


@pytest.mark.skipif(not REAL.is_dir(), reason="the real export is not here")
def test_the_real_export_goes_in_whole_and_twice(empty_shop, people):
    assert counts(take(empty_shop, REAL)) == [(50, 0, 0, 0), (500, 0, 0, 0), (1000, 0, 0, 0)]
    assert counts(take(empty_shop, REAL)) == [(0, 0, 50, 0), (0, 0, 500, 0), (0, 0, 1000, 0)]
    source = json.loads((REAL / "orders.json").read_text(encoding="utf-8"))
    with empty_shop.reading.begin() as session:
        assert session.scalar(select(func.count()).select_from(OrderItem)) == sum(
            len(o["items"]) for o in source.values()
        )
        paid = sum(
            p["amount"] for o in source.values() for p in o["payment_history"] if p["transaction_type"] == "payment"
        )
        assert session.scalar(select(func.sum(Payment.amount_minor))) == round(paid * 100)
        assert session.scalar(select(func.count()).select_from(Shipment)) == sum(
            len(o["fulfillments"]) for o in source.values()
        )
        for number in list(source)[:50]:
            wanted = source[number]
            view = orders.get_order(session, people.identified(number), number, POLICY)
            assert view.status == wanted["status"]
            assert view.total.minor == round(sum(item["price"] for item in wanted["items"]) * 100)
            assert [item.name for item in view.items] == [item["name"] for item in wanted["items"]]


def test_a_shop_of_its_own_gets_no_demo_shop(export, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SHOPCLERK_VAR_DIR", str(tmp_path))
    assert database_command(["upgrade"]) == 0
    assert main([str(export.write())]) == 0
    assert database_command(["seed", "--if-empty"]) == 0
    assert "demo shop stays out" in capsys.readouterr().out
