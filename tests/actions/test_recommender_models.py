"""The models by themselves: shapes, ranges, what they learn; and what counts as a signal and as a kind."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.sparse import csr_matrix, vstack

from actions.db.models import Product, Variant
from actions.recommender import sequential
from actions.recommender.blend import Blend
from actions.recommender.evaluation import leave_one_out, quality
from actions.recommender.interactions import matrix, vector
from actions.recommender.kinds import is_recent, kinds, one_off_kinds
from actions.recommender.models import Collaborative, Content, Popularity
from actions.recommender.recency import FADES, learned_fade
from actions.recommender.sequential import Sequential
from actions.recommender.signals import History, Signal, histories
from actions.recommender.texts import digest, product_text

NOW = datetime(2026, 11, 24, tzinfo=UTC)
# Six customers, five products: 0 and 1 are bought together, 2 and 3 too, nobody has bought 4.
INTERACTIONS = csr_matrix(
    np.array(
        [[3, 3, 0, 0, 0], [3, 1, 0, 0, 0], [1, 3, 0, 0, 0], [0, 0, 3, 3, 0], [0, 0, 1, 3, 0], [0, 0, 0, 3, 0]],
        dtype=np.float32,
    )
)
VECTORS = np.eye(5, dtype=np.float32)
VECTORS[4] = np.array([0.8, 0.0, 0.0, 0.0, 0.6])


def history(*numbers: int) -> np.ndarray:
    vector = np.zeros(5, dtype=np.float32)
    vector[list(numbers)] = 3
    return vector


@pytest.mark.parametrize(
    "model", [Collaborative(), Content(VECTORS), Content(None), Popularity(), Sequential(VECTORS), Blend(VECTORS)]
)
def test_scores_are_one_number_per_product_and_never_below_zero(model):
    model.fit(INTERACTIONS)
    for scores in (model.recommend(history(0)), model.similar(0), model.recommend(history())):
        assert scores.shape == (5,)
        assert scores.dtype == np.float32
        assert (scores >= 0).all()
        assert np.isfinite(scores).all()
    assert model.similar(0)[0] == 0


def test_neighbours_are_what_the_same_customers_buy():
    model = Collaborative().fit(INTERACTIONS)
    assert np.argmax(model.recommend(history(0))) == 1
    assert model.recommend(history(0))[2] == 0


def ordered(*rows: str) -> csr_matrix:
    """One customer each, who bought the products of these digits in this order."""
    return matrix([History(weights=dict.fromkeys(row, 3.0)) for row in rows], {str(one): one for one in range(5)})


def test_what_comes_after_is_told_from_what_comes_before():
    model = Sequential().fit(ordered(*["01"] * 5, *["12"] * 5))
    assert model.similar(1)[2] > 2 * model.similar(1)[0]
    assert np.argmax(model.recommend(history(0))) == 1
    assert np.argmax(model.contributions(history(0, 1), 2)) == 1
    assert not model.contributions(history(), 2).any()


def test_its_weights_are_those_of_the_regression(monkeypatch):
    """Solved here row by row, without the diagonal: each product from the others by ordinary ridge regression."""
    monkeypatch.setattr(sequential, "RIDGE", 2.0)
    monkeypatch.setattr(sequential, "BLOCK", 2)
    rows = ordered("0123", "210", "34", "4310")
    found = np.array([Sequential(VECTORS).fit(rows)._weights[[one]].toarray().ravel() for one in range(5)])
    past, after = [], []
    for row in (rows[[number]].indices for number in range(4)):
        for place in range(1, len(row)):
            past.append(np.zeros(5))
            after.append(np.eye(5)[row[place]])
            for lag in range(1, place + 1):
                past[-1][row[place - lag]] = 1 / lag
    together = rows.toarray() / 3
    own = VECTORS - VECTORS.mean(axis=0)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    parts = [(1.0, np.array(past), np.array(after)), (sequential.TOGETHER, together, together)]
    parts.append((sequential.MEANING, own.T, own.T))
    for product in range(5):
        others = [one for one in range(5) if one != product]
        gram = sum(share * (x.T @ x) for share, x, _ in parts)[np.ix_(others, others)]
        right = sum(share * (x.T @ y[:, product]) for share, x, y in parts)[others]
        expected = np.linalg.solve(gram + 2.0 * np.eye(4), right)
        assert found[others, product] == pytest.approx(expected, abs=1e-5)
        assert found[product, product] == 0


def test_of_very_many_products_the_most_active_are_learned_and_the_strongest_weights_kept(monkeypatch):
    monkeypatch.setattr(sequential, "MOST_PRODUCTS", 3)
    monkeypatch.setattr(sequential, "KEPT", 1)
    model = Sequential().fit(ordered("01", "01", "12", "34", "12"))
    assert np.argmax(model.recommend(history(0))) == 1
    assert (np.diff(model._weights.indptr) <= 1).all()
    assert not model.recommend(history(3)).any()


def test_how_much_recency_counts_is_learned_from_the_customers():
    """Here the last product follows from the one before it; there from the first one, whatever stands between."""
    draw = np.random.default_rng(1)
    number = {str(one): one for one in range(401)}

    def people(where: int) -> csr_matrix:
        rows = []
        for _ in range(400):
            row = list(draw.choice(200, 6, replace=False))
            rows.append(History(weights=dict.fromkeys(map(str, [*row, row[where] + 200]), 3.0)))
        return matrix(rows, number)

    pairs = [dict.fromkeys((str(one), str(one + 200), "400"), 3.0) for one in range(200) for _ in range(10)]
    known = matrix([History(weights=pair) for pair in pairs], number)
    assert learned_fade(vstack([people(-1), known], format="csr")) == max(FADES)
    assert learned_fade(vstack([people(0), known], format="csr")) == min(FADES)
    assert learned_fade(people(0)[:10]) == FADES[0]


def test_a_history_is_in_order_and_fades():
    day = timedelta(days=1)
    rows = [
        Signal("c", "new", "purchase", NOW),
        Signal("c", "old", "purchase", NOW - 3 * day),
        Signal("c", "undated", "purchase", None),
        Signal("c", "old", "view", NOW - day),
        Signal("c", "middle", "purchase", NOW - 2 * day),
    ]
    found = histories(rows)["c"]
    assert list(found.weights) == ["undated", "middle", "old", "new"]
    row = matrix([found], {"new": 0, "old": 1, "middle": 2, "undated": 3})
    assert vector(row, 1.0).tolist() == pytest.approx([3.0, 4 / 2, 3 / 3, 3 / 4])
    assert vector(row, 0.0).tolist() == [3.0, 4.0, 3.0, 3.0]


def test_without_any_interaction_every_model_still_answers():
    nothing = csr_matrix((0, 5), dtype=np.float32)
    blend = Blend(VECTORS).fit(nothing)
    assert np.argmax(blend.recommend(history(0))) == 4
    assert not Blend(None).fit(nothing).recommend(history(0)).any()


def test_a_shop_of_three_customers_has_numbers_for_all():
    """A product that all customers but one have weighs nothing in TF-IDF; two of them are 0 / 0 near."""
    few = csr_matrix(np.array([[3, 3, 0], [3, 3, 0], [0, 0, 3]], dtype=np.float32))
    model = Collaborative().fit(few)
    bought_first = np.array([3, 0, 0], dtype=np.float32)
    for scores in (model.recommend(bought_first), model.similar(0)):
        assert np.isfinite(scores).all()


def test_content_finds_what_nobody_has_bought_yet():
    assert np.argmax(Content(VECTORS).fit(INTERACTIONS).similar(0)) == 4
    assert np.argmax(Blend(VECTORS).fit(INTERACTIONS).similar(0)) == 4


def test_a_newcomer_gets_the_popular_things():
    assert np.argmax(Blend(VECTORS).fit(INTERACTIONS).recommend(history())) == 3


def test_what_went_back_or_was_disliked_recommends_nothing():
    rows = [
        Signal("c", "kept", "purchase", NOW),
        Signal("c", "kept", "view", None),
        Signal("c", "bad", "purchase", NOW),
        Signal("c", "bad", "disliked", NOW),
        Signal("c", "back", "returned", NOW),
        Signal("d", "seen", "view", NOW),
    ]
    found = histories(rows)
    assert found["c"].weights == {"kept": 4.0}
    assert set(found["c"].bought) == {"kept", "bad"}
    assert found["c"].unwanted == {"bad", "back"}
    assert found["d"].weights == {"seen": 1.0}
    assert not found["d"].bought


def test_the_last_purchase_is_held_out_with_all_that_came_later():
    day = timedelta(days=1)
    rows = [
        Signal("c", "a", "purchase", NOW - 3 * day),
        Signal("c", "b", "view", NOW - 2 * day),
        Signal("c", "b", "purchase", NOW - day),
        Signal("c", "a", "view", NOW),
        Signal("d", "a", "purchase", NOW),
    ]
    held, kept = leave_one_out(rows, ["a", "b"])
    assert [(one.wanted, one.known, one.history.tolist()) for one in held] == [(1, (0,), [3.0, 0.0])]
    assert [(row.customer_id, row.product_id) for row in kept] == [("c", "a"), ("d", "a")]
    assert quality(held, lambda _: np.array([9, 1], dtype=np.float32)).hit_rate == 1.0


def product(name: str, *keywords: str, **more) -> Product:
    return Product(id=name, name=name, keywords=list(keywords), details={}, **more)


def test_one_kettle_is_enough_but_not_one_shirt():
    assert one_off_kinds(product("Swan Kettle", "electric kettle"))
    assert one_off_kinds(product("Morning Coffee Maker", "coffee machine"))
    assert not one_off_kinds(product("Linen Shirt", "summer shirt"))
    assert kinds(product("Tempo", "running shoes")) & kinds(product("Ridge", "running shoe"))


def test_a_purchase_without_a_time_counts_as_recent():
    assert is_recent(None, NOW)
    assert is_recent(NOW - timedelta(days=30), NOW)
    assert not is_recent(NOW - timedelta(days=300), NOW)


def test_a_product_without_description_is_described_by_its_options():
    lamp = product("Desk Lamp", description=None)
    lamp.variants = [Variant(options={"color": "white"}), Variant(options={"color": "black"})]
    assert product_text(lamp).text == "Desk Lamp. Comes in black, white"
    assert product_text(product("Lamp", description=None)).text == "Lamp"


def test_the_digest_changes_with_text_and_encoder_but_not_with_the_order():
    one, two = product_text(product("One", description="x.")), product_text(product("Two", description="y."))
    assert digest([one, two], "e") == digest([two, one], "e")
    assert len({digest([one], "e"), digest([one, two], "e"), digest([one], "other")}) == 3
