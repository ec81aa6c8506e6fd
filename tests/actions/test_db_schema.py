"""Migrations, engines, column types."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from actions.db import migrate
from actions.db.engine import make_engine, session_factory, transaction
from actions.db.models import Attempt, Base, Category, Mark, Order, Payment, Return, Variant
from actions.db.models.orders import STATUSES
from contract.wire import InvalidInput, ShopclerkError, Unavailable


def test_migrations_make_exactly_the_models(empty_shop):
    with empty_shop.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_make_the_checks_of_the_models(empty_shop):
    """Alembic's comparison does not look at them."""
    found = inspect(empty_shop.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {str(part.name) for part in table.constraints if isinstance(part, CheckConstraint)}
        assert sorted(str(row["name"]) for row in found.get_check_constraints(table.name)) == sorted(wanted)


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_may_be_stored(shop, status):
    with shop.sessions.begin() as session:
        session.get_one(Order, "#W0417301").status = status
    with pytest.raises(DBAPIError), shop.sessions.begin() as session:
        session.get_one(Order, "#W0417301").status = "lost"
    assert shop.order(id="#W0417301").status == status


def test_a_shop_of_the_first_version_keeps_its_rows(empty_url):
    engine = make_engine(empty_url)
    migrate.upgrade(engine, "0001")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO customers (id, email, first_name, last_name, source) "
            "VALUES ('c', 'c@example.com', 'C', 'D', 'x')",
            "INSERT INTO orders (id, customer_id, status, total_minor, currency, ship_line1, ship_line2, ship_city, "
            "ship_state, ship_zip, ship_country, source) VALUES "
            "('#W0000001', 'c', 'delivered', 100, 'USD', '1 A', '', 'B', '', '12345', 'USA', 'x')",
            "INSERT INTO payments (id, order_id, amount_minor, currency) VALUES (1, '#W0000001', 100, 'USD')",
            "INSERT INTO returns (id, order_id, state, reason, lines) VALUES (1, '#W0000001', 'received', 'x', '[1]')",
        ):
            connection.execute(text(statement))
    assert migrate.upgrade(engine) == ("0001", migrate.newest())
    with session_factory(engine).begin() as session:
        assert session.get_one(Payment, 1).state == "paid" and session.get_one(Return, 1).refund_minor is None
        session.get_one(Order, "#W0000001").status = "exchange_requested"
    with pytest.raises(DBAPIError), session_factory(engine).begin() as session:  # foreign keys are checked again
        session.execute(text("DELETE FROM customers WHERE id = 'c'"))
    engine.dispose()


def test_upgrading_twice_changes_nothing(empty_url):
    engine = make_engine(empty_url)
    assert migrate.upgrade(engine) == (None, migrate.newest())
    assert migrate.upgrade(engine) == (migrate.newest(), migrate.newest())
    engine.dispose()


def test_several_programs_may_upgrade_at_once(empty_url, at_once):
    def upgrade(_number):
        engine = make_engine(empty_url)
        try:
            return migrate.upgrade(engine)[1]
        finally:
            engine.dispose()

    assert at_once(4, upgrade) == [migrate.newest()] * 4


def test_downgrade_leaves_no_table(empty_shop):
    with empty_shop.engine.begin() as connection:
        command.downgrade(migrate.config(connection), "base")
    assert inspect(empty_shop.engine).get_table_names() == ["alembic_version"]


def test_a_newer_database_is_refused_in_a_sentence(empty_shop):
    with empty_shop.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ShopclerkError, match="revision 9999, which this program does not know"):
        migrate.upgrade(empty_shop.engine)


def test_sqlite_is_durable_and_checks_foreign_keys(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'new' / 'shop.db'}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "secure_delete": 1,
    }
    engine.dispose()


@pytest.mark.parametrize("url", ["nonsense", "mongodb://host/db", ""])
def test_a_wrong_url_is_one_sentence(url):
    with pytest.raises(InvalidInput, match="SHOPCLERK_SHOP_DATABASE_URL"):
        make_engine(url)


def test_a_database_that_is_down_is_unavailable():
    engine = make_engine("postgresql+psycopg://nobody:secret@127.0.0.1:1/shop")
    with pytest.raises(Unavailable) as caught, transaction(session_factory(engine)) as session:
        session.execute(text("SELECT 1"))
    assert "secret" not in str(caught.value)
    with pytest.raises(Unavailable, match="Is it running") as caught:
        migrate.upgrade(engine)
    assert "secret" not in str(caught.value)


def test_times_are_utc(empty_shop):
    local = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    with empty_shop.sessions.begin() as session:
        session.add(Attempt(kind="test", subject="x", at=local))
    with empty_shop.reading.begin() as session:
        found = session.scalars(select(Attempt.at)).one()
    assert found == local
    assert found.tzinfo == UTC


def test_a_time_without_a_zone_is_refused(empty_shop):
    with pytest.raises(StatementError, match="no time zone"), empty_shop.sessions.begin() as session:
        session.add(Attempt(kind="test", subject="x", at=datetime(2026, 1, 1)))


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.get_one(Order, "#W0417301").__setattr__("status", "lost"),
        lambda session: session.get_one(Order, "#W0417301").__setattr__("customer_id", "nobody"),
        lambda session: session.scalars(select(Variant).limit(1)).one().__setattr__("stock", -1),
    ],
    ids=["status", "foreign key", "stock"],
)
def test_the_database_itself_refuses_nonsense(shop, change):
    with pytest.raises(DBAPIError), shop.sessions.begin() as session:
        change(session)


def test_a_reading_session_cannot_write(shop):
    with pytest.raises(DBAPIError), shop.reading.begin() as session:
        session.add(Category(id="x", name="x", keywords=[]))


def test_readers_do_not_wait_for_a_writer(shop):
    written, done = threading.Event(), threading.Event()

    def write():
        with shop.sessions.begin() as session:
            session.add(Mark(name="x", value="y"))
            session.flush()
            written.set()
            done.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(10)
        with shop.reading.begin() as session:
            assert session.get(Mark, "x") is None
    finally:
        done.set()
        writer.join()
