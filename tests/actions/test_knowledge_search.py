"""Searching the articles by their words, how sure a hit is, and reading changed files again."""

import logging
import re
import shutil

import pytest
import yaml

from actions.knowledge import KnowledgeBase
from actions.knowledge.__main__ import main
from contract.settings import ROOT
from contract.wire import InvalidInput

FOLDER = ROOT / "data" / "knowledge"
SURE = 0.75


@pytest.fixture(scope="module")
def known():
    return KnowledgeBase.load(FOLDER)


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    return tmp_path / "knowledge"


def labelled_examples():
    """(intent, text) of all training examples, without the entity marks."""
    for file in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines() if "intent" in block else ():
                yield block["intent"], re.sub(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})", r"\1", line.removeprefix("- "))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Can I pay in instalments?", "payment_installments"),
        ("what are your opening hours", "business_hours"),
        ("unsubscribe newsletter", "newsletter_subscription"),
        ("do you have a return label for me", "return_label"),
        ("how do I delete my account", "delete_account"),
    ],
)
def test_a_clear_question_finds_its_article_by_its_words(known, text, intent):
    hit = known.search(text)[0]
    assert hit.answer == known.answer(intent)
    assert hit.score >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "who won the football match last night",
        "asdf qwer",
        "",
        "   ",
        "🎉🎉",
        "write me a poem about the sea",
        "\x00" * 50,
    ],
)
def test_nothing_is_sure_about_something_else(known, text):
    assert all(hit.score < 0.6 for hit in known.search(text))


def test_scores_are_sorted_between_0_and_1_and_limited(known):
    scores = [hit.score for hit in known.search("refund to my gift card after a return", limit=5)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1
    assert known.search("refund", limit=0) == []


def test_sure_hits_on_the_training_examples_are_right(known):
    """Of the sure hits at least four in five are the very article of the intent (most others a neighbouring one)."""
    intents = known.intents()
    right = sure = wild = 0
    for intent, text in labelled_examples():
        hits = known.search(text, limit=1)
        if hits and hits[0].score >= SURE:
            sure += 1
            right += hits[0].answer == known.answer(intent) if intent in intents else 0
            wild += intent == "out_of_scope"
    assert sure > 40
    assert right / sure >= 0.8
    assert wild <= 1


def test_a_very_long_text_is_answered_quickly(known):
    import time

    started = time.process_time()
    known.search("where is my refund " * 5_000)
    assert time.process_time() - started < 1.0


def test_a_changed_file_is_read_again(copied):
    known = KnowledgeBase(copied, check_every_s=0)
    article = copied / "store_location.md"
    article.write_text(article.read_text(encoding="utf-8") + "\nOur first store opens in Reno.\n", encoding="utf-8")
    assert "opens in Reno" in known.answer("store_location").text
    assert known.search("first store in Reno")[0].answer == known.answer("store_location")


def test_a_new_and_a_removed_file_count(copied):
    known = KnowledgeBase(copied, check_every_s=0)
    (copied / "review.md").unlink()
    assert known.answer("review") is None
    (copied / "new.md").write_text("---\ntitle: Reviews\nintents: [review]\n---\nWrite one.\n", encoding="utf-8")
    assert known.answer("review").text == "Write one."


def test_a_broken_change_is_logged_and_the_former_text_stays(copied, caplog):
    known = KnowledgeBase(copied, check_every_s=0)
    before = known.answer("warranty")
    (copied / "warranty.md").write_text("no title", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert known.answer("warranty") == before
        assert known.answer("warranty") == before
    assert [record.message for record in caplog.records].count(caplog.records[0].message) == 1
    assert "warranty.md" in caplog.text


def test_unknown_intents_have_no_answer(known):
    assert known.answer("greet") is None


def test_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(InvalidInput, match="holds no articles"):
        KnowledgeBase.load(tmp_path / "nowhere")


def test_the_command_checks_the_articles(monkeypatch, capsys, copied):
    monkeypatch.setenv("SHOPCLERK_DATA_DIR", str(copied.parent))
    assert main([]) == 0
    assert "45 intents, no mistake." in capsys.readouterr().out
    (copied / "review.md").write_text("broken", encoding="utf-8")
    assert main([]) == 1
    assert "review.md" in capsys.readouterr().err
