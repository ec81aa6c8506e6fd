"""Finding products, saying honestly what there is not, and waiting for stock."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from actions.db.models import OutboxMail, Product, StockNotification, Variant
from actions.services import catalog
from actions.services.money import Money
from actions.services.stock_news import announce_stock
from actions.services.views import SearchQuery
from actions.services.vocabulary import option_words, own_word
from actions.services.words import compact, tokens
from contract.wire import InvalidInput, NotFound

TEE = "everyday-cotton-tee"


def names(session, limit=20, **wanted):
    return [view.name for view in catalog.search(session, SearchQuery(**wanted), limit=limit)]


@pytest.fixture
def reading(unchanged_shop):
    with unchanged_shop.reading.begin() as session:
        yield session


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("running shoes", {"Tempo Road Running Shoes", "Ridge Trail Running Shoes"}),
        ("sneekers", {"Court Leather Sneakers", "Harbour Canvas Sneakers"}),
        ("tshirt", {"Everyday Cotton T-Shirt"}),
        ("T-Shirts", {"Everyday Cotton T-Shirt"}),
        ("hedphones", {"Aria Wireless Headphones"}),
        ("phone charger", {"Reserve Power Bank"}),
        ("bike helmets", {"Halo Cycling Helmet"}),
        ("coffee machine", {"Morning Pour Coffee Maker", "Corretto Espresso Machine"}),
        ("sofa", set()),
        ("rucksack", {"Ascent 25 Backpack"}),
        ("a bookcase", {"Grove Bookshelf"}),
        ("laptop", {"Swift 14 Laptop"}),
        ("kettle", {"Swan Electric Kettle"}),
        ("spaceship", set()),
        ("<script>", set()),
        ("%", set()),
    ],
)
def test_search_finds_what_is_meant(reading, text, first):
    found = names(reading, product=text, limit=1)
    assert set(found) <= first and bool(found) == bool(first)


@pytest.mark.parametrize(
    ("written", "meant", "own"),
    [
        ("black", "black", "black"),
        ("Blk", "black", "black"),
        ("blak", "blak", "black"),
        ("balck", "balck", "black"),
        ("yelow", "yelow", "yellow"),
        ("burgandy", "burgandy", "burgundy"),
        ("dark blue", "navy", "dark blue"),
        ("navy", "navy", "navy"),
        ("navvy", "navvy", "navy"),
        ("crimson", "red", "red"),
        ("mauve", "mauve", "mauve"),
        ("bkl", "bkl", "bkl"),
        ("medium", "M", "M"),
        ("2xl", "2xl", "XXL"),
        ("1000 ml", "1000 ml", "1000ml"),
        ("43", "43", "43"),
        ("", "", ""),
    ],
)
def test_colours_and_sizes_are_what_the_catalogue_calls_them(written, meant, own):
    words = {"black", "navy blue", "dark blue", "yellow", "burgundy", "red", "M", "XXL", "1000ml", "42"}
    assert own_word(words, written, meant) == own


def test_the_words_of_the_catalogue_are_those_of_what_is_on_sale(shop):
    with shop.sessions.begin() as session:
        assert {"black", "M"} <= option_words(session)
        session.execute(update(Product).values(is_active=False))
        assert option_words(session) == frozenset()


@pytest.mark.parametrize("text", ["clothes", "apparel", "Clothing"])
def test_a_category_word_finds_the_whole_category(reading, text):
    found = catalog.search(reading, SearchQuery(text), limit=20)
    assert {view.category for view in found} == {"Clothing"} and len(found) == 8


def test_a_thing_is_not_what_only_sounds_like_it(reading):
    assert "Glide Wireless Mouse" not in names(reading, product="laptop")
    assert "Patio Kettle Grill" not in names(reading, product="kettle")
    assert "Boulder Bluetooth Speaker" not in names(reading, product="sneakers")


def test_filters_leave_only_variants_that_fit(reading):
    (view,) = catalog.search(reading, SearchQuery("t-shirt", color="red", size="large"), limit=1)
    assert [variant.options for variant in view.variants] == [{"color": "red", "size": "L"}]
    assert names(reading, product="water bottle", size="1000 ml", color="blue") == ["Spring Insulated Water Bottle"]
    assert names(reading, product="laptop", options=("i7",)) == ["Swift 14 Laptop"]
    assert names(reading, product="boots", options=("leather",)) == ["Summit Hiking Boots"]
    assert "Linen Summer Shirt" not in names(reading, product="shirt", without=("linen",))


def test_not_waterproof_is_not_waterproof(reading):
    assert names(reading, product="jacket", options=("waterproof",)) == ["Downpour Rain Jacket"]


def test_the_price_is_that_of_the_variants_that_fit(reading):
    (view,) = catalog.search(reading, SearchQuery("t-shirt", size="XXL"), limit=1)
    assert view.price_from == Money(2190, "USD")
    for view in catalog.search(reading, SearchQuery("shoes", price_min=6000, price_max=12000), limit=20):
        assert all(6000 <= variant.price.minor <= 12000 for variant in view.variants)


def test_what_is_sold_out_comes_last_or_not_at_all(reading):
    sold_out = {"product": "t-shirt", "color": "red", "size": "M"}
    (view,) = catalog.search(reading, SearchQuery(**sold_out), limit=1)
    assert not view.in_stock
    assert "Everyday Cotton T-Shirt" not in names(reading, **sold_out, in_stock_only=True)


@pytest.mark.parametrize(
    ("query", "note", "dropped"),
    [
        (SearchQuery("laptop", price_max=20000), "Nothing under $200.00; the cheapest is $849.00.", ("price_max",)),
        (SearchQuery("laptop", price_min=500000), "Nothing over $5,000.00; the most", ("price_min",)),
        (SearchQuery("kettle", color="pink"), "Not in pink. There is black, white.", ("color",)),
        (SearchQuery("jeans", size="40"), "Not in size 40. There is 30, 32, 34, 36, 38.", ("size",)),
        (SearchQuery("backpack", options=("leather",)), "Nothing with leather", ("options",)),
        (SearchQuery("tent", color="sand", in_stock_only=True), "out of stock", ("in_stock_only",)),
        (SearchQuery("laptop", price_max=100, color="pink"), "Nothing fits all of that.", ("price_max", "color")),
        (SearchQuery("womens leggings"), "Nothing called “womens leggings”", ("product",)),
    ],
)
def test_near_misses_are_honest(reading, query, note, dropped):
    assert catalog.search(reading, query) == []
    miss = catalog.near_miss(reading, query)
    assert (miss is not None and miss.note.startswith(note)) or note in miss.note
    assert miss.dropped == dropped and miss.products


def test_nothing_comes_near_to_what_nobody_sells(reading):
    assert catalog.near_miss(reading, SearchQuery("spaceship", price_max=100)) is None


@pytest.mark.parametrize(
    ("text", "product_id"),
    [
        ("the aria headphones", "aria-noise-cancelling-headphones"),
        ("water bottel", "spring-water-bottle"),
        ("Tempo Road Running Shoes", "tempo-road-running-shoes"),
        ("it", None),
        ("", None),
        ("lego", None),
    ],
)
def test_find_product(reading, text, product_id):
    found = catalog.find_product(reading, text)
    assert (found.product_id if found else None) == product_id


def test_get_product_and_categories(reading):
    view = catalog.get_product(reading, TEE)
    assert view.price_from == Money(1990, "USD") and len(view.variants) == 20 and view.rating
    assert "organic cotton" in view.details["material"] and view.url.endswith(f"/p/{TEE}")
    with pytest.raises(NotFound):
        catalog.get_product(reading, "nothing")
    assert len(catalog.list_categories(reading)) == 8


def test_a_search_is_quick_enough(reading):
    import time

    catalog.search(reading, SearchQuery("shoes"))
    start = time.process_time()
    for _ in range(10):
        catalog.search(reading, SearchQuery("running shoes", color="black"))
    assert (time.process_time() - start) / 10 < 0.15


def sold_out_variant(session) -> Variant:
    return session.scalars(select(Variant).where(Variant.product_id == TEE, Variant.stock == 0).limit(1)).one()


def note(shop, people, variant_id, email="me@example.com", message="m-1"):
    with shop.sessions.begin() as session:
        return catalog.notify_in_stock(session, TEE, email, people.key(message, "notify"), variant_id)


def test_waiting_for_stock_until_it_comes(shop, people):
    with shop.reading.begin() as session:
        wanted = sold_out_variant(session).id
    assert not note(shop, people, wanted).already_noted
    assert note(shop, people, wanted, message="m-2").already_noted
    with shop.sessions.begin() as session:
        assert announce_stock(session) == 0
        session.execute(update(Variant).where(Variant.id == wanted).values(stock=3))
    with shop.sessions.begin() as session:
        assert announce_stock(session) == 1
    with shop.sessions.begin() as session:
        assert announce_stock(session) == 0
        mail = session.scalars(select(OutboxMail)).one()
        assert mail.recipient == "me@example.com" and "Everyday Cotton T-Shirt is back" in mail.subject


def test_waiting_for_what_is_there_or_does_not_exist(shop, people):
    assert note(shop, people, None).already_in_stock
    with pytest.raises(NotFound):
        note(shop, people, "no-such-variant")
    with pytest.raises(InvalidInput):
        note(shop, people, None, email="nonsense")
    with shop.reading.begin() as session:
        assert session.scalars(select(StockNotification)).all() == []


def test_a_product_that_was_taken_out_is_not_found(shop):
    with shop.sessions.begin() as session:
        session.execute(update(Product).where(Product.id == TEE).values(is_active=False))
    with shop.reading.begin() as session:
        assert "Everyday Cotton T-Shirt" not in names(session, product="t-shirt")


@pytest.mark.parametrize(
    ("word", "same"), [("Bookshelves", "bookshelf"), ("dresses", "dress"), ("berries", "berry"), ("glasses", "glasses")]
)
def test_singular(word, same):
    assert tokens(word) == (same,)


def test_sizes_compare():
    assert compact("Medium") == compact("m") and compact("1000 ml") == compact("1000ML")
