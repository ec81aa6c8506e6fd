"""What the bandit learns, from real rows by the real library, and what it may never do."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from actions.db.clock import utc_now
from actions.db.engine import make_engine, session_factory
from actions.db.models import Order, OrderItem, Product, ShownRecommendation, Variant
from actions.recommender import Recommender, RecommendQuery
from actions.recommender.__main__ import taken
from actions.recommender.arms import ARMS, USUAL
from actions.recommender.bandit import Bandit
from actions.recommender.places import learned_places
from actions.recommender.rewards import ASKED, BOUGHT, NOTHING, Lesson, read_lessons
from actions.recommender.vectors import VectorStore
from actions.services import recommended
from actions.services.recommended import Origin
from actions.services.views import SearchQuery
from contract.settings import Settings
from tests.actions.conftest import anonymous, verified

NAMES = list(ARMS)
OFTEN = 400


@pytest.fixture(scope="module")
def sessions(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("bandit") / "shop.db"
    shutil.copy(sqlite_template, path)
    made = session_factory(make_engine(f"sqlite:///{path}"))
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def log(sqlite_template, tmp_path):
    """Sessions of a shop of the test's own."""
    path = tmp_path / "shop.db"
    shutil.copy(sqlite_template, path)
    made = session_factory(make_engine(f"sqlite:///{path}"))
    yield made
    made.kw["bind"].dispose()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return VectorStore(tmp_path_factory.mktemp("vectors"), "no encoder is needed")


def made(sessions, store, share: float = 0.0) -> Recommender:
    recommender = Recommender(store, check_every_s=3600, learned_share=share)
    recommender._checked_at = float("inf")
    with sessions() as session:
        recommender.fit(session)
        recommender.learn(session)
    return recommender


def origin(arm: str, **context: float) -> Origin:
    return Origin(arm, True, "popular", {"place": 1.0, **context})


def shown(session, conversation: str, product: str, arm: str, *, hours: float = 2, **context: float) -> None:
    """A product on a place that the bandit filled, so long ago."""
    viewer = anonymous(conversation, "m-1")
    recommended.note_shown(session, viewer, 1, [(product, origin(arm, **context))])
    row = ShownRecommendation
    then = utc_now() - timedelta(hours=hours)
    session.execute(update(row).where(row.conversation_id == conversation).values(shown_at=then))


def first(bandit: Bandit, **context: float) -> Counter[str]:
    """How often each arm is tried first."""
    return Counter(bandit.rankings([{"place": 1.0, **context}], str(seed))[0][0] for seed in range(OFTEN))


def test_it_learns_from_the_log_what_whom_pleases(log, store):
    """Customers with a history ask about what comes next, newcomers about what is well rated: simulated for real."""
    chance = random.Random(1)
    pleases = {1.0: "next", 0.0: "rated"}
    with log() as session:
        product = session.scalars(select(Product.id)).first()
    recommender = made(log, store, share=0.34)
    picked: list[Counter[str]] = []
    for step in range(6):
        counted: Counter[str] = Counter()
        with log.begin() as session:
            for number in range(150):
                name, history = f"talk-{step}-{number}", float(number % 2)
                arm = recommender._bandit.rankings([{"place": 1.0, "history": history}], name)[0][0]
                counted[arm == pleases[history]] += 1
                shown(session, name, product, arm, history=history)
                if chance.random() < (0.5 if arm == pleases[history] else 0.05):
                    recommended.note_asked(session, anonymous(name), product)
            recommender.learn(session)
        picked.append(counted)
    assert picked[-1][True] > 2.5 * picked[0][True] and picked[-1][True] > 110
    restarted = made(log, store, share=0.34)
    assert first(restarted._bandit, history=1.0).most_common(1)[0][0] == "next"
    assert first(restarted._bandit, history=0.0).most_common(1)[0][0] == "rated"
    assert restarted._bandit.expected({"place": 1.0})["rated"] > restarted._bandit.expected({"place": 1.0})["next"]


def test_without_lessons_all_arms_are_tried(store):
    counted = first(Bandit())
    assert set(counted) == set(NAMES) and min(counted.values()) > OFTEN / len(NAMES) / 2


def test_the_same_turn_draws_the_same():
    bandit = Bandit([Lesson("next", {"place": 1.0}, 1.0)])
    asked = [{"place": 0.5}, {"place": 1.0}]
    assert bandit.rankings(asked, "talk m-1") == bandit.rankings(asked, "talk m-1")
    assert len({str(bandit.rankings(asked, f"talk m-{n}")) for n in range(20)}) > 1
    assert all(sorted(arms) == sorted(NAMES) for arms in bandit.rankings(asked))


def test_rewards_are_read_from_clicks_and_orders(log):
    """A purchase counts if it came soon after and was kept; a place that is not answered yet teaches nothing."""
    with log.begin() as session:
        item = session.scalars(select(OrderItem).where(OrderItem.product_id.is_not(None))).first()
        order = session.get_one(Order, item.order_id)
        order.status, order.placed_at = "shipped", utc_now()
        viewer = verified(order.customer_id, "m-9", "bought")
        recommended.note_shown(session, viewer, 1, [(item.product_id, origin("next"))])
        shown(session, "asked", item.product_id, "alike")
        recommended.note_asked(session, anonymous("asked"), item.product_id)
        shown(session, "ignored", item.product_id, "popular")
        shown(session, "fresh", item.product_id, "rated", hours=0)
        usual = Origin(USUAL, False, "popular", {})
        recommended.note_shown(session, anonymous("usual"), 1, [(item.product_id, usual)])
        row = ShownRecommendation
        earlier = utc_now() - timedelta(days=2)
        session.execute(update(row).where(row.conversation_id == "bought").values(shown_at=earlier))

    def rewards() -> dict[str, float]:
        with log() as session:
            return {lesson.arm: lesson.reward for lesson in read_lessons(session)}

    with log() as session:
        table = [line.split() for line in taken(session).splitlines()]
    assert ["next", "bandit", "1", "0", "1"] in table and ["alike", "bandit", "1", "1", "0"] in table
    assert ["usual", "order", "1", "0", "0"] in table
    assert rewards() == {"next": BOUGHT, "alike": ASKED, "popular": NOTHING}
    with log.begin() as session:
        session.get_one(Order, item.order_id).status = "cancelled"
    assert rewards()["next"] == NOTHING
    with log.begin() as session:
        found = session.get_one(Order, item.order_id)
        found.status, found.placed_at = "shipped", earlier + timedelta(days=15)
    assert rewards()["next"] == NOTHING


def ids(found) -> list[str]:
    return [item.product.product_id for item in found]


@pytest.mark.parametrize("customer", [None, "demo-mia", "demo-tom"])
def test_off_is_as_without_a_bandit(sessions, store, customer):
    off = made(sessions, store)
    assert off._bandit is None
    none_logged = Recommender.of(Settings(secret_key="k" * 40, recommendation_days=0))
    assert none_logged._share == 0.0
    query, on = RecommendQuery(customer), made(sessions, store, share=0.34)
    with sessions() as session:
        plain = off.recommend(session, query, 6)
        assert off.recommend(session, replace(query, seed="another"), 6) == plain
        assert all(item.origin.arm == USUAL and not item.origin.is_learned for item in plain)
        on._bandit = None
        assert on.recommend(session, query, 6) == plain


def test_without_the_library_the_order_is_the_usual_one(sessions, store, monkeypatch, caplog):
    import sys

    monkeypatch.setitem(sys.modules, "bayesianbandits", None)
    monkeypatch.delitem(sys.modules, "actions.recommender.bandit")
    recommender = made(sessions, store, share=0.34)
    assert recommender._bandit is None and "not installed" in caplog.text
    with sessions() as session:
        assert not any(item.origin.is_learned for item in recommender.recommend(session, RecommendQuery()))


@pytest.fixture(scope="module")
def both(sessions, store):
    return made(sessions, store), made(sessions, store, share=0.67)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_bounds_hold_whatever_it_has_learned(sessions, both, data):
    """The first places stay, the share holds, and all is in stock, fits the filters and is not excluded."""
    off, on = both
    share = data.draw(st.floats(0, 1))
    arms = data.draw(st.lists(st.sampled_from(NAMES), max_size=30))
    with sessions() as session:
        products = sorted(session.scalars(select(Product.id).where(Product.is_active)))
    query = RecommendQuery(
        customer_id=data.draw(st.sampled_from([None, "demo-mia", "demo-tom", "demo-aisha"])),
        like_product_id=data.draw(st.none() | st.sampled_from(products)),
        without=tuple(data.draw(st.lists(st.sampled_from(products), max_size=5))),
        filters=SearchQuery(price_max=data.draw(st.none() | st.integers(1000, 30_000))),
        seed=data.draw(st.text(max_size=5)),
    )
    count = data.draw(st.integers(1, 12))
    on._share, on._bandit = share, Bandit([Lesson(arm, {"place": 1.0}, 1.0) for arm in arms])
    with sessions() as session:
        sold_out = data.draw(st.lists(st.sampled_from(products), max_size=8))
        session.execute(update(Variant).where(Variant.product_id.in_(sold_out)).values(stock=0))
        found, usual = on.recommend(session, query, count), off.recommend(session, query, count)
        session.rollback()
    most = learned_places(count, share)
    assert ids(found)[: count - most] == ids(usual)[: count - most]
    assert sum(item.origin.is_learned for item in found) <= min(most, share * count)
    assert not found or not found[0].origin.is_learned
    assert len(set(ids(found))) == len(found)
    assert not set(ids(found)) & {*sold_out, *query.without, query.like_product_id}
    for item in found:
        assert item.product.variants and all(variant.in_stock for variant in item.product.variants)
        if query.filters.price_max is not None:
            assert item.product.price_from.minor <= query.filters.price_max


def test_what_was_chosen_is_what_the_log_says(sessions, both):
    _, on = both
    on._share, on._bandit = 0.34, Bandit([Lesson("rated", {"place": 1.0}, 1.0)] * 200)
    with sessions() as session:
        found = on.recommend(session, RecommendQuery(seed="x"))
    assert [item.origin.arm for item in found] == [USUAL, USUAL, "rated"]
    assert [item.origin.is_learned for item in found] == [False, False, True]
    assert found[2].product.rating == pytest.approx(np.max([4.0, found[2].product.rating]))
    assert found[2].origin.context["place"] == 1.0 and found[2].reason


@pytest.mark.parametrize(
    ("count", "share", "places"), [(3, 0.34, 1), (3, 0.0, 0), (3, 1.0, 2), (1, 1.0, 0), (6, 0.5, 3)]
)
def test_the_share_of_places(count, share, places):
    assert learned_places(count, share) == places
