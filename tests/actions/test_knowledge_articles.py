"""The articles in data/knowledge, and what the reader says about broken ones."""

import re
from pathlib import Path

import pytest
import yaml

from actions.intent_titles import INTENT_TITLES
from actions.knowledge import KnowledgeBase
from actions.knowledge.articles import read_articles
from actions.knowledge.passages import passages
from contract.settings import ROOT
from contract.wire import InvalidInput

FOLDER = ROOT / "data" / "knowledge"
_SERVICE = """
    return_item exchange_item damaged_item wrong_size wrong_color wrong_item missing_item missing_parcel wrong_charge
    get_refund change_order change_order_items change_shipping_address change_payment_method reorder complaint
"""
SERVICE = frozenset(_SERVICE.split())
GOOD = "---\ntitle: Ways to pay\nintents: [check_payment_methods]\nslug: pay\n---\n\nBy card or PayPal.\n"


ALSO_ASK = {"account": "action_account", "reports": "action_report", "promotions": "action_promo"}
"""Files of rules whose actions answer questions from the knowledge base, and otherwise go on with a form."""


def intents_answered_by_rules() -> set[str]:
    """The intents that the rules send to the knowledge base, or to an action that asks it."""
    found = _intents_of_knowledge()
    for name, action in ALSO_ASK.items():
        rules = yaml.safe_load((ROOT / "data" / "rules" / f"{name}.yml").read_text(encoding="utf-8"))["rules"]
        for rule in rules:
            if {"action": action} in rule["steps"]:
                first = rule["steps"][0]
                found |= {choice["intent"] for choice in first.get("or", [first])}
    return found


def _intents_of_knowledge() -> set[str]:
    rules = yaml.safe_load((ROOT / "data" / "rules" / "knowledge.yml").read_text(encoding="utf-8"))["rules"]
    found = set()
    for rule in rules:
        assert {"action": "action_answer_knowledge"} in rule["steps"] or {"action": "action_put_right"} in rule["steps"]
        for step in rule["steps"]:
            found |= {choice["intent"] for choice in step.get("or", [step]) if "intent" in choice}
    return found


def domain_intents() -> set[str]:
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "intents.yml").read_text(encoding="utf-8"))
    return {name if isinstance(name, str) else next(iter(name)) for name in domain["intents"]}


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def test_every_intent_that_asks_the_knowledge_base_gets_an_answer_with_its_source():
    known = KnowledgeBase.load(FOLDER)
    asked = intents_answered_by_rules() | SERVICE
    assert len(asked) >= 44
    for intent in sorted(asked):
        answer = known.answer(intent)
        assert answer is not None, f"data/knowledge has no article for {intent}"
        assert answer.source.title
        assert answer.source.url.startswith("https://shop.example.com/help/")


def test_no_article_answers_an_intent_that_the_bot_does_not_know():
    assert set(KnowledgeBase.load(FOLDER).intents()) <= domain_intents()
    assert set(KnowledgeBase.load(FOLDER).intents()) <= set(INTENT_TITLES)


@pytest.mark.parametrize("article", read_articles(FOLDER), ids=lambda article: article.name)
def test_articles_are_short_light_markdown(article):
    assert 40 <= len(article.text.split()) <= 120
    assert not re.search(r"^#|<\w+", article.text, re.MULTILINE)
    assert article.title[0].isupper()


def test_slugs_are_unique():
    urls = [article.url for article in read_articles(FOLDER)]
    assert len(set(urls)) == len(urls)


def test_what_articles_promise_about_refunds_is_what_the_services_do():
    from actions.services.refund_money import AT_ONCE, LATER

    known = KnowledgeBase.load(FOLDER)
    for intent in ("check_cancellation_fee", "check_refund_policy", "get_refund", "return_item"):
        text = known.answer(intent).text
        assert AT_ONCE in text
        assert LATER in text or LATER.removeprefix("within ") in text


def test_what_the_articles_say_of_codes_is_what_the_service_does():
    from actions.services.identity import MAX_TRIES, VALID_MINUTES

    text = (FOLDER / "why_a_code.md").read_text(encoding="utf-8")
    assert f"{VALID_MINUTES} minutes" in text
    assert {5: "five tries"}[MAX_TRIES] in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("By card.", "does not begin with lines between ---"),
        ("---\nintents: []\n---\nBy card.", "has no title"),
        ("---\ntitle: '  '\nintents: []\n---\nBy card.", "has no title"),
        ("---\ntitle: Pay\n---\nBy card.", "must have a list of intents"),
        ("---\ntitle: Pay\nintents: pay\n---\nBy card.", "must have a list of intents"),
        ("---\ntitle: Pay\nintents: []\ntopic: x\n---\nBy card.", "unknown key 'topic'"),
        ("---\ntitle: Pay\nintents: []\nslug: 7\n---\nBy card.", "slug 7"),
        ("---\ntitle: Pay\nintents: []\n---\n\n", "no text"),
        ("---\ntitle: [Pay\n---\nBy card.", "not YAML"),
        ("---\n---\nBy card.", "no title and intents"),
        (f"---\ntitle: Pay\nintents: []\n---\n{'long ' * 500}", "at most 2000"),
    ],
)
def test_a_broken_article_is_named_with_what_to_do(tmp_path, text, said):
    with pytest.raises(InvalidInput, match=re.escape(said)) as error:
        read_articles(write(tmp_path, good=GOOD, broken=text))
    assert error.value.message.startswith("broken.md ")


def test_two_articles_for_one_intent_are_refused_with_both_names(tmp_path):
    with pytest.raises(InvalidInput, match=r"two\.md and one\.md both answer the intent 'check_payment_methods'"):
        read_articles(write(tmp_path, one=GOOD, two=GOOD))


def test_an_article_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "latin.md").write_bytes("---\ntitle: Größe\n".encode("latin-1"))
    with pytest.raises(InvalidInput, match=r"latin\.md cannot be read as UTF-8"):
        read_articles(tmp_path)


def test_an_empty_folder_says_which_setting_to_look_at(tmp_path):
    with pytest.raises(InvalidInput, match="SHOPCLERK_DATA_DIR"):
        read_articles(tmp_path)


def test_the_address_of_the_help_pages_is_optional_and_checked(tmp_path):
    write(tmp_path, one=GOOD.replace("\n", "\r\n"))
    assert read_articles(tmp_path)[0].url is None
    (tmp_path / "site.yml").write_text("help_pages: https://mine.example/faq", encoding="utf-8")
    assert read_articles(tmp_path)[0].url == "https://mine.example/faq/pay"
    (tmp_path / "site.yml").write_text("help_pages: javascript:alert(1)", encoding="utf-8")
    with pytest.raises(InvalidInput, match="begins with https://"):
        read_articles(tmp_path)


SECTIONED = """---
title: Returns
intents: [return_item]
slug: returns
---

Within 30 days, unused.

## Shoes & boots

Try them on carpet first.

### How long it takes

A week.
"""


def test_headings_divide_an_article_into_passages_with_title_and_link(tmp_path):
    (tmp_path / "site.yml").write_text("help_pages: https://mine.example/help", encoding="utf-8")
    found = passages(read_articles(write(tmp_path, returns=SECTIONED)))
    assert [(row.answer.source.title, row.answer.source.url, row.answer.text) for row in found] == [
        ("Returns", "https://mine.example/help/returns", "Within 30 days, unused."),
        ("Returns: Shoes & boots", "https://mine.example/help/returns#shoes-boots", "Try them on carpet first."),
        ("Returns: How long it takes", "https://mine.example/help/returns#how-long-it-takes", "A week."),
    ]


def test_the_limit_is_that_of_a_section(tmp_path):
    long = "\n\n".join(f"## Part {number}\n\n{'word ' * 200}" for number in range(20))
    assert len(passages(read_articles(write(tmp_path, long=f"---\ntitle: Long\nintents: []\n---\n{long}")))) == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [("## Empty\n\n## Full\n\nText.", "without text"), (f"## Much\n\n{'long ' * 500}", "at most 2000")],
)
def test_a_broken_section_is_named(tmp_path, text, said):
    with pytest.raises(InvalidInput, match=rf"broken\.md has the section '(Empty|Much)' .*{said}"):
        read_articles(write(tmp_path, broken=f"---\ntitle: Broken\nintents: []\n---\n\n{text}\n"))
