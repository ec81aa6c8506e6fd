"""The log of recommendations on both databases."""

from sqlalchemy import select

from actions.db.models import Customer, Product, ShownRecommendation
from actions.recommender.rewards import ASKED, read_lessons, taken_up
from actions.services import recommended
from actions.services.recommended import Origin
from tests.actions.conftest import anonymous, verified


def test_it_is_noted_once_claimed_answered_and_forgotten(shop):
    row = ShownRecommendation
    with shop.sessions.begin() as session:
        product = session.scalars(select(Product.id)).first()
        customer = session.scalars(select(Customer.id)).first()
        for _ in range(2):
            origin = Origin("next", True, "bought", {"history": 0.5, "place": 1.0})
            recommended.note_shown(session, anonymous(), 1, [(product, origin)])
        assert len(session.scalars(select(row)).all()) == 1
        assert recommended.is_shown(session, anonymous(), product)
        assert not recommended.is_shown(session, anonymous("another talk"), product)
        recommended.note_asked(session, anonymous(), product)
        assert not recommended.is_shown(session, anonymous(), product)
        assert [lesson.reward for lesson in read_lessons(session)] == [ASKED]
        assert [(found.arm, found.shown, found.asked) for found in taken_up(session)] == [("next", 1, 1)]
        recommended.claim(session, verified(customer))
        assert session.scalars(select(row.customer_id)).one() == customer
        recommended.prune(session, 1)
        assert session.scalars(select(row)).one().context == {"history": 0.5, "place": 1.0}
        recommended.forget(session, verified(customer, conversation="another talk"))
        assert session.scalars(select(row)).all() == []


def test_a_click_is_of_one_answer(shop):
    with shop.sessions.begin() as session:
        product, other = session.scalars(select(Product.id).limit(2))
        shown = [(product, Origin("next", True, "bought", {})), (other, Origin("alike", False, "like", {}))]
        for viewer in (anonymous(), anonymous("another talk", message="m-2")):
            recommended.note_shown(session, viewer, 1, shown)
        recommended.note_clicked(session, "m-2", product)
        taken = select(ShownRecommendation).where(ShownRecommendation.asked_at.is_not(None))
        assert [(row.message_id, row.product_id) for row in session.scalars(taken)] == [("m-2", product)]
