"""Products: search, refine, price, stock, questions, comparing, buying."""

import pytest
from sqlalchemy import select

from actions.db.models import StockNotification, Variant


def names(outcome):
    return [card["title"] for card in outcome.cards]


def test_search_with_a_price(talk):
    outcome = talk.hear("hiking boots under $200", "product_search", product="hiking boots", price="$200").act(
        "action_search_products"
    )
    assert "Summit Hiking Boots" in names(outcome)
    assert talk.slots["search"]["price_max"] == 20000
    assert talk.slots["shown_products"]


def test_refining_keeps_the_search(talk):
    talk.hear("jackets", "product_search", product="jackets").act("action_search_products")
    assert len(talk.slots["shown_products"]) == 2
    cheaper = talk.hear("something cheaper", "refine_search").act("action_refine_search")
    assert names(cheaper) == ["Trail Softshell Jacket"]
    assert "already the cheapest" in talk.hear("cheaper", "refine_search").act("action_refine_search").text
    black = talk.hear("in black", "refine_search", color="black").act("action_refine_search")
    assert "black jackets" in black.text and talk.slots["search"]["color"] == "black"
    talk.hear("not black", "refine_search", color="black").act("action_refine_search")
    assert talk.slots["search"]["color"] is None


def test_a_follow_up_alone_goes_on_with_the_search(talk):
    talk.hear("jackets", "product_search", product="jackets").act("action_search_products")
    outcome = talk.hear("size M", size="M").act("action_inform_outside")
    assert "in size M" in outcome.text and outcome.slots["next_flow"] is None


def test_nothing_found_is_said_honestly(talk):
    outcome = talk.hear("t-shirt under $5", "product_search", product="t-shirt", price="$5").act(
        "action_search_products"
    )
    assert outcome.text.startswith("Nothing under $5.00") and outcome.cards
    unknown = talk.hear("a unicorn saddle", "product_search", product="unicorn saddle").act("action_search_products")
    assert "found nothing for unicorn saddle" in unknown.text and not unknown.cards
    assert any(payload.startswith("/product_search{") for payload in unknown.buttons.values())


def test_price_and_stock(talk):
    price = talk.hear("price of the downpour rain jacket", "product_price", product="downpour rain jacket")
    assert "$149.00" in price.act("action_product_price").text
    there = talk.hear("is it there in black, size M", "check_stock", color="black", size="M").act("action_check_stock")
    assert there.text.startswith("Yes,") and "in black and size M is in stock" in there.text
    missing = talk.hear("and in pink?", "check_stock", color="pink").act("action_check_stock")
    assert "does not come in pink" in missing.text and "navy blue" in missing.text


def test_waiting_for_stock_asks_for_an_address_and_notes_it_once(talk):
    product = talk.hear("softshell", "check_stock", product="trail softshell jacket")
    product.act("action_check_stock")
    with talk.shop.writing.begin() as session:
        for variant in session.scalars(select(Variant).where(Variant.product_id == talk.slots["shown_products"][0])):
            variant.stock = 0
    sold_out = talk.hear("is it there", "check_stock").act("action_check_stock")
    assert "sold out" in sold_out.text
    asked = talk.press(sold_out.buttons["Tell me when it's back"]).act("action_notify_in_stock")
    assert "e-mail address" in asked.text
    call = talk.hear("ann@example.com").call("action_inform_outside")
    noted = talk.act("action_inform_outside")
    assert "we write to a***@example.com" in noted.text
    assert talk.repeat(call).text == noted.text
    with talk.shop.reading.begin() as session:
        assert [row.email for row in session.scalars(select(StockNotification))].count("ann@example.com") == 1


@pytest.mark.parametrize(
    ("question", "words"),
    [("can it go in the dishwasher?", "No dishwasher"), ("what is it made of?", "ron")],
)
def test_questions_are_answered_from_the_products_details(talk, question, words):
    talk.hear("ember cast iron pan", "product_price", product="ember cast iron pan").act("action_product_price")
    assert words in talk.hear(question, "product_question").act("action_product_question").text


def test_size_advice(talk):
    talk.hear("which size of the trail softshell jacket", "size_advice", product="trail softshell jacket")
    assert "It comes in S, M, L and XL" in talk.act("action_size_advice").text


def test_comparing(talk):
    talk.hear("compare", "compare_products")
    assert "Which two" in talk.act("action_compare_products").text
    talk.hear("jackets", "product_search", product="jackets").act("action_search_products")
    outcome = talk.hear("compare them", "compare_products").act("action_compare_products")
    assert len(outcome.cards) == 2 and "Trail Softshell Jacket costs less" in outcome.text


def test_what_is_bought_is_asked_for(talk):
    which = talk.hear("jackets", "product_search", product="jackets")
    which.act("action_search_products")
    asked = talk.hear("I take it", "place_order").act("action_place_order")
    assert "Which product" in asked.text and "Trail Softshell Jacket" in asked.buttons
    assert asked.buttons["Trail Softshell Jacket"].startswith("/place_order{")


def test_an_unknown_product_is_said(talk):
    for action in ("action_product_price", "action_check_stock", "action_product_question", "action_size_advice"):
        outcome = talk.hear("the flux capacitor", "product_price", product="flux capacitor").act(action)
        assert 'can\'t find "flux capacitor"' in outcome.text


def test_without_a_recommender_the_best_rated_are_named_as_such(talk):
    outcome = talk.hear("a gift under $50", "recommend_product", price="$50").act("action_recommend")
    assert outcome.cards and all("Rated" in card["subtitle"] for card in outcome.cards)
    assert all(card["badge"] == "In stock" for card in outcome.cards)


def test_swapped_letters_in_a_products_name_are_forgiven(talk):
    found = talk.hear("do you sell dsek lmaps", "product_search", product="dsek lmaps").act("action_search_products")
    assert "Nothing called" not in found.text and all("Lamp" in card["title"] for card in found.cards)
    other = talk.hear("do you sell disk lamps", "product_search", product="disk lamps").act("action_search_products")
    assert "Nothing called" in other.text, "another word, not a swap"


def test_mistyped_colours_are_those_of_the_catalogue(talk):
    found = talk.hear("show me blak jackets", "product_search", product="jackets", color="blak")
    assert "black jackets" in found.act("action_search_products").text
    assert talk.slots["search"]["color"] == "black"


def test_a_word_of_the_products_own_name_is_no_wish(talk):
    asked = talk.hear(
        "are the Aria Wireless Headphones there in blue",
        "check_stock",
        product="Headphones",
        product_option="Aria Wireless",
        color="blue",
    )
    outcome = asked.act("action_check_stock")
    assert "Aria Wireless Headphones](" in outcome.text and "in blue is sold out" in outcome.text
    assert "Aria Wireless" not in outcome.buttons["Tell me when it's back"].replace("Aria Wireless Headphones", "")


@pytest.mark.parametrize("intent", ["refine_search", "recommend_product"])
def test_what_is_sold_out_has_others_like_it(talk, intent):
    talk.shop.fit_recommender()
    asked = talk.hear("headphones in blue", "check_stock", product="Aria Wireless Headphones", color="blue")
    sold_out = asked.act("action_check_stock")
    pressed = talk.press(sold_out.buttons["Something like it"]).act("action_recommend")
    assert names(pressed) and "Aria Wireless Headphones" not in names(pressed)
    asked.act("action_check_stock")
    action = "action_refine_search" if intent == "refine_search" else "action_recommend"
    typed = talk.hear("do you have something similar instead?", intent)
    talk.slots["shown_products"] = ["aria-noise-cancelling-headphones"]
    others = typed.act(action)
    assert names(others) and "Aria Wireless Headphones" not in names(others)
    assert "Aria Wireless Headphones" in str(others.cards), "it says like what"
