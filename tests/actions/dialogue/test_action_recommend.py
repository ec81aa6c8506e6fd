"""Recommendations in the conversation: refined, counted out, logged, forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from actions.db.models import Customer, Interaction, Order, OrderItem, Product, ShownRecommendation, Variant
from actions.recommender import Recommender
from actions.recommender.rewards import ASKED, read_lessons
from actions.server import make_app
from actions.services import recommended
from actions.services.erasure import erase
from actions.topics.search import SEARCHABLE
from contract.links import ProductLink, product_link_of
from contract.wire import to_json
from tests.actions.conftest import key, verified
from tests.actions.dialogue.conftest import KEY


@pytest.fixture
def advised(talk):
    """The conversation, with a recommender that was fitted on its shop."""
    recommender = Recommender.of(talk.shop.settings)
    recommender._checked_at = float("inf")
    with talk.shop.reading.begin() as session:
        recommender.fit(session)
        recommender.learn(session)
    talk.shop.recommender = recommender
    return talk


def rows(talk) -> list[ShownRecommendation]:
    with talk.shop.reading.begin() as session:
        return list(session.scalars(select(ShownRecommendation).order_by(ShownRecommendation.id)))


def prices(talk) -> list[int]:
    with talk.shop.reading.begin() as session:
        query = select(Variant.price_minor).where(Variant.stock > 0)
        return [
            min(session.scalars(query.where(Variant.product_id == product))) for product in talk.slots["shown_products"]
        ]


def settled_customer(talk) -> str:
    """Somebody who may delete the account: nothing is open."""
    busy = select(Order.customer_id).where(Order.status != "delivered")
    with talk.shop.reading.begin() as session:
        wanted = select(Customer.id).where(Customer.id.not_in(busy), Customer.id.in_(select(Interaction.customer_id)))
        return session.scalars(wanted).first()


def recommend(talk, text="recommend something", **entities):
    return talk.hear(text, "recommend_product", **entities).act("action_recommend")


def refine(talk, text, **entities):
    return talk.hear(text, "refine_search", **entities).act("action_refine_search")


def test_what_is_shown_is_logged_without_words(advised):
    outcome = recommend(advised, "something nice for me")
    logged = rows(advised)
    assert [row.product_id for row in logged] == advised.slots["shown_products"] and len(logged) == 3
    assert [row.place for row in logged] == [0, 1, 2] and [row.turn for row in logged] == [1, 1, 1]
    assert [row.is_learned for row in logged] == [False, False, True]
    assert {row.customer_id for row in logged} == {None} and {row.conversation_id for row in logged} == {"talk-1"}
    assert all(row.reason and row.arm and set(row.context) >= {"history", "place"} for row in logged)
    assert not any("nice" in str(vars(row)) for row in logged)
    assert len(outcome.cards) == 3


def test_a_repeated_call_shows_and_logs_the_same(advised):
    call = advised.hear("recommend something", "recommend_product").call("action_recommend")
    first = advised.repeat(call)
    again = advised.repeat(call)
    assert [card["title"] for card in again.cards] == [card["title"] for card in first.cards]
    assert len(rows(advised)) == 3


def test_a_button_and_a_question_count_as_taken_up(advised):
    outcome = recommend(advised)
    advised.press(outcome.cards[0]["buttons"][0]["payload"]).act("action_check_stock")
    assert [row.asked_at is not None for row in rows(advised)] == [True, False, False]
    recommend(advised, "and something else that is good")
    second = advised.slots["shown_products"][1]
    told = advised.hear("tell me about the second one", "product_question").act("action_product_question")
    with advised.shop.reading.begin() as session:
        assert session.get_one(Product, second).name in told.text
    assert {row.product_id for row in rows(advised) if row.asked_at} >= {second}


def test_a_question_about_another_product_counts_for_nothing(advised):
    recommend(advised)
    advised.hear("price of the downpour rain jacket", "product_price", product="downpour rain jacket")
    with advised.shop.reading.begin() as session:
        jacket = session.scalar(select(Product.id).where(Product.name == "Downpour Rain Jacket"))
    if jacket not in advised.slots["shown_products"]:
        advised.act("action_product_price")
        assert not any(row.asked_at for row in rows(advised))


def test_cheaper_ones_are_recommended_not_searched(advised):
    recommend(advised)
    before = prices(advised)
    outcome = refine(advised, "something cheaper please")
    assert outcome.text.startswith("I think you might like") and outcome.cards
    assert max(prices(advised)) < max(before)
    assert all(card["subtitle"] for card in outcome.cards)
    assert advised.slots["search"]["price_max"] < max(before)


def test_something_else_that_was_understood_as_a_detail_is_something_else(advised):
    recommend(advised)
    shown = set(advised.slots["shown_products"])
    outcome = advised.hear("something else", "inform").act("action_inform_outside")
    assert outcome.cards and not shown & set(advised.slots["shown_products"])


def test_something_else_is_something_else(advised):
    seen: set[str] = set()
    outcome = recommend(advised)
    for _ in range(3):
        shown = set(advised.slots["shown_products"])
        assert shown and not shown & seen
        seen |= shown
        advised.press(outcome.buttons["Something else"])
        outcome = advised.act("action_refine_search")
    typed = refine(advised, "I don't like these, show different ones")
    assert typed.cards and not set(advised.slots["shown_products"]) & seen


def test_a_colour_and_another_one(advised):
    recommend(advised)
    blue = refine(advised, "in black", color="black")
    assert blue.cards
    with advised.shop.reading.begin() as session:
        for product in advised.slots["shown_products"]:
            colors = [row.options.get("color", "") for row in session.get_one(Product, product).variants]
            assert any("black" in color for color in colors)
    refine(advised, "in another colour maybe?")
    assert advised.slots["search"]["color"] is None and advised.slots["search"]["without"] == ("black",)
    told = refine(advised, "other colours?")
    assert told.text.startswith("These are the colours in stock") or "one colour" in told.text


def test_a_detail_alone_goes_on_with_the_recommendation(advised):
    recommend(advised)
    outcome = advised.hear("under $30", price="$30").act("action_inform_outside")
    assert "price" in SEARCHABLE and outcome.text.startswith("I think you might like")
    assert max(prices(advised)) <= 3000


def test_not_leather_stays_out_also_when_refined_again(advised):
    recommend(advised)
    refine(advised, "not leather", product_option="leather")
    refine(advised, "cheaper")
    assert advised.slots["search"]["without"] == ("leather",)


def test_not_that_brand(advised):
    recommend(advised)
    unknown = refine(advised, "not that brand")
    assert "don't tell the brand" in unknown.text and unknown.cards
    shown = advised.slots["shown_products"]
    with advised.shop.writing.begin() as session:
        for row in session.scalars(select(Product)):
            row.details = {**row.details, "brand": "Acme" if row.id in shown else "Bolt"}
    refine(advised, "another brand please")
    assert advised.slots["search"]["without"] == ("acme",)
    assert advised.slots["shown_products"] and not set(advised.slots["shown_products"]) & set(shown)


@pytest.mark.parametrize(
    ("said", "understood", "action"),
    [
        ("not that brand", "deny", "action_reply_outside"),
        ("no, not those", "deny", "action_reply_outside"),
        ("do you have it in another colour?", "nlu_fallback", "action_fallback"),
        ("too pricey", "nlu_fallback", "action_fallback"),
        ("that's too expensive", "inform", "action_inform_outside"),
    ],
)
def test_what_was_shown_just_before_changes_whatever_the_wish_is_taken_for(advised, said, understood, action):
    recommend(advised)
    changed = advised.hear(said, understood).act(action)
    assert changed.cards or "colours in stock" in changed.text
    advised.hear("and when do you open?", "opening_hours").act("action_answer_knowledge")
    assert not advised.hear(said, understood).act(action).cards


def test_what_goes_with_a_product_is_no_question_about_it(advised):
    recommend(advised)
    product = advised.slots["shown_products"][0]
    with advised.shop.reading.begin() as session:
        name = session.get_one(Product, product).name
    asked = advised.hear(f"what goes with the {name}?", "product_question", product=name).act("action_product_question")
    assert asked.cards and product not in advised.slots["shown_products"]
    asked = advised.hear(f"does the {name} go in the dishwasher?", "product_question", product=name)
    assert asked.act("action_product_question").cards and advised.slots["shown_products"] == [product]


@pytest.mark.parametrize("said", ["no", "no thank you, I need nothing like that, we have enough of them at home"])
def test_a_plain_no_after_products_shows_no_more(advised, said):
    recommend(advised)
    outcome = advised.hear(said, "deny").act("action_reply_outside")
    assert outcome.text == "No problem. Is there anything else?" and not outcome.cards


def test_a_named_product_is_a_new_search(advised):
    recommend(advised)
    outcome = refine(advised, "cheaper jackets", product="jackets")
    assert "jackets" in outcome.text and "recommended" not in advised.slots["search"]


def test_what_cannot_be_is_said(advised):
    recommend(advised)
    former = advised.slots["search"]
    outcome = refine(advised, "under $0.01", price="$0.01")
    assert outcome.text == "I have nothing to recommend that fits that." and not outcome.cards
    assert advised.slots["search"] == former


def test_what_goes_with_an_order_and_with_a_product(advised, order_of):
    known = order_of("delivered")
    with advised.shop.reading.begin() as session:
        bought = {
            row.product_id for row in session.scalars(select(OrderItem).where(OrderItem.order_id == known.order_id))
        }
    advised.slots["last_order"] = known.order_id
    recommend(advised, "what goes with my order?")
    assert advised.slots["search"]["recommended"]["beside"] == ()
    advised.orders = (known.order_id,)
    outcome = recommend(advised, "what goes with my order?")
    assert set(advised.slots["search"]["recommended"]["beside"]) == bought
    assert outcome.cards and not bought & set(advised.slots["shown_products"])
    assert any(card["subtitle"].startswith("Goes with ") for card in outcome.cards)
    named = recommend(advised, "accessories for the trail softshell jacket", product="trail softshell jacket")
    assert named.cards and "Trail Softshell Jacket" not in [card["title"] for card in named.cards]


def test_without_a_log_nothing_is_noted(advised):
    advised.shop.settings = replace(advised.shop.settings, recommendation_days=0)
    recommend(advised)
    assert rows(advised) == []


def test_an_answer_comes_though_it_cannot_be_noted(advised, monkeypatch):
    with advised.shop.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE shown_recommendations")
    outcome = recommend(advised)
    assert len(outcome.cards) == 3
    pressed = advised.press(outcome.cards[0]["buttons"][0]["payload"]).act("action_check_stock")
    assert pressed.text and "went wrong" not in pressed.text


@pytest.fixture
def click(advised):
    """Tells the action server of a click, as the gateway does."""
    with TestClient(make_app(advised.shop, with_background=False)) as client:

        def post(link, key=KEY):
            body = {"message_id": link.message_id, "product_id": link.product_id}
            return client.post("/recommendations/clicked", json=body, headers={"Authorization": f"Bearer {key}"})

        yield post


def links(talk, outcome) -> list[ProductLink]:
    """What the cards' addresses are signed for."""
    start = talk.shop.settings.public_address("/v1/links/")
    assert all(card["url"].startswith(start) for card in outcome.cards)
    return [product_link_of(card["url"].removeprefix(start), key=KEY) for card in outcome.cards]


def test_recommended_cards_link_to_the_shop_by_way_of_the_gateway(advised):
    outcome = recommend(advised)
    with advised.shop.reading.begin() as session:
        pages = [session.get_one(Product, product).url for product in advised.slots["shown_products"]]
    found = links(advised, outcome)
    assert [link.url for link in found] == pages and all(pages)
    assert [(link.message_id, link.product_id) for link in found] == [
        (row.message_id, row.product_id) for row in rows(advised)
    ]
    assert not any(name in str(to_json(found)) for name in ("talk-1", "conversation", "customer"))


@pytest.mark.parametrize("url", [None, "/p/mat", "javascript:alert(1)"])
def test_where_the_shop_has_no_page_nothing_is_signed(advised, url):
    with advised.shop.writing.begin() as session:
        session.execute(update(Product).values(url=url))
    assert {card["url"] for card in recommend(advised).cards} == {url}


def test_without_a_log_or_a_recommender_cards_link_to_the_shop_itself(advised):
    found = advised.hear("running shoes", "product_search", product="running shoes").act("action_search_products")
    assert found.cards and all(card["url"].startswith("https://shop.example.com/p/") for card in found.cards)
    settings = advised.shop.settings
    advised.shop.settings = replace(settings, recommendation_days=0)
    assert all(card["url"].startswith("https://shop.example.com/p/") for card in recommend(advised).cards)
    advised.shop.settings, advised.shop.recommender = settings, None
    best_rated = advised.hear("a gift under $50", "recommend_product", price="$50").act("action_recommend")
    assert best_rated.cards and all(card["url"].startswith("https://shop.example.com/p/") for card in best_rated.cards)


def test_a_click_is_noted_once_and_teaches_the_bandit(advised, click):
    *_, last = links(advised, recommend(advised))
    with advised.shop.reading.begin() as session:
        assert read_lessons(session) == []
    assert click(last).status_code == 204
    *others, clicked = rows(advised)
    assert clicked.is_learned and clicked.asked_at and not any(row.asked_at for row in others)
    with advised.shop.reading.begin() as session:
        assert [lesson.reward for lesson in read_lessons(session)] == [ASKED]
    assert click(last).status_code == 204
    assert rows(advised)[-1].asked_at == clicked.asked_at


def test_a_click_counts_for_a_day_and_for_what_was_shown(advised, click):
    first, second, _ = links(advised, recommend(advised))
    for nobodys in (replace(first, message_id="m-99"), replace(first, product_id=second.url)):
        assert click(nobodys).status_code == 204
    with advised.shop.writing.begin() as session:
        a_day_ago = recommended.utc_now() - timedelta(days=1, minutes=1)
        session.execute(update(ShownRecommendation).values(shown_at=a_day_ago))
    assert click(first).status_code == 204
    assert not any(row.asked_at for row in rows(advised))


def test_only_the_gateway_tells_of_clicks(advised, click):
    first, *_ = links(advised, recommend(advised))
    assert click(first, key="wrong").status_code == 401
    assert click(replace(first, message_id=7)).status_code == 400
    assert not any(row.asked_at for row in rows(advised))


def test_a_click_after_the_account_was_deleted_writes_nothing(advised, click):
    advised.customer_id = customer = settled_customer(advised)
    first, *_ = links(advised, recommend(advised))
    with advised.shop.writing.begin() as session:
        erase(session, verified(customer, "m-99"), key("m-99"))
    assert click(first).status_code == 204 and rows(advised) == []


def test_a_click_that_cannot_be_noted_is_told(advised, click):
    first, *_ = links(advised, recommend(advised))
    with advised.shop.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE shown_recommendations")
    assert click(first).status_code == 503


def test_who_proves_who_they_are_owns_the_log_and_takes_it_along(advised):
    recommend(advised)
    advised.customer_id = customer = settled_customer(advised)
    recommend(advised)
    assert {row.customer_id for row in rows(advised)} == {customer} and len(rows(advised)) == 6
    with advised.shop.writing.begin() as session:
        erase(session, verified(customer, "m-99", "another talk"), key("m-99", conversation="another talk"))
    assert rows(advised) == []


def test_old_rows_are_forgotten(advised):
    recommend(advised)
    with advised.shop.writing.begin() as session:
        recommended.prune(session, 180)
        assert len(session.scalars(select(ShownRecommendation)).all()) == 3
        session.execute(update(ShownRecommendation).values(shown_at=recommended.utc_now().replace(year=2020)))
        recommended.prune(session, 180)
    assert rows(advised) == []
