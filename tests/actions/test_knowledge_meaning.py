"""Searching by words and by the real encoder together."""

import logging
import shutil
import time

import numpy as np
import pytest

from actions.knowledge import SURE, KnowledgeBase, Meaning
from actions.knowledge.__main__ import main
from actions.knowledge.encoder import SentenceEncoder
from actions.knowledge.encoder_files import encoder_folder
from contract.settings import ROOT, Settings
from contract.wire import BrokenArchive, NotFound, Unavailable

FOLDER = ROOT / "data" / "knowledge"
ENCODER = Settings.encoder
GIFT = "---\ntitle: Gift wrapping\nintents: []\n---\nWe put your things in nice paper with a ribbon, for 4 dollars.\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The folder with the encoder's graph, made once as the action server makes it."""
    made = tmp_path_factory.mktemp("var") / "knowledge"
    encoder_folder(made, ENCODER)
    return made


@pytest.fixture(scope="module")
def known(root):
    base = KnowledgeBase.load(FOLDER, Meaning(root, ENCODER))
    base.prepare()
    return base


def test_what_shares_no_word_is_found_by_its_meaning(known):
    by_words = KnowledgeBase.load(FOLDER)
    text = "is it possible to be billed month by month"
    assert known.search(text, 1)[0].answer == known.answer("payment_installments")
    assert [hit.answer for hit in by_words.search(text, 1)] != [known.answer("payment_installments")]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Can I pay in instalments?", "payment_installments"),
        ("what are your opening hours", "business_hours"),
        ("unsubscribe newsletter", "newsletter_subscription"),
        ("how do I delete my account", "delete_account"),
    ],
)
def test_a_clear_question_is_answered(known, text, intent):
    assert known.best(text) == known.answer(intent)


@pytest.mark.parametrize("text", ["who won the football match last night", "asdf qwer", "", "🎉🎉", "\ud800 \x00" * 50])
def test_about_something_else_nothing_is_sure(known, text):
    assert known.best(text) is None
    assert all(0 <= hit.score < SURE for hit in known.search(text))


def test_an_article_that_the_shop_adds_is_found_without_a_training(root, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    base = KnowledgeBase(tmp_path / "knowledge", meaning=Meaning(root, ENCODER), check_every_s=0)
    base.prepare()
    (tmp_path / "knowledge" / "gift.md").write_text(GIFT, encoding="utf-8")
    until = time.monotonic() + 30
    while not _first_is(base, "could you pack it up as a present", "Gift wrapping") and time.monotonic() < until:
        time.sleep(0.05)
    assert _first_is(base, "could you pack it up as a present", "Gift wrapping")


def _first_is(base, text, title):
    return base.search(text, 1)[0].answer.source.title == title


def test_before_it_is_prepared_search_goes_by_words(root):
    base, by_words = KnowledgeBase.load(FOLDER, Meaning(root, ENCODER)), KnowledgeBase.load(FOLDER)
    assert base.search("opening hours") == by_words.search("opening hours")


@pytest.mark.parametrize("encoder", ["/nowhere/at/all", "."])
def test_without_an_encoder_search_goes_by_words_and_says_so_once(tmp_path, caplog, encoder):
    base = KnowledgeBase.load(FOLDER, Meaning(tmp_path, encoder))
    with caplog.at_level(logging.WARNING):
        base.prepare()
        found = base.search("opening hours")
    assert found == KnowledgeBase.load(FOLDER).search("opening hours")
    assert len(caplog.records) == 1


def test_an_encoder_that_cannot_be_used_is_a_typed_error(tmp_path):
    with pytest.raises(NotFound):
        encoder_folder(tmp_path, "/nowhere/at/all")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Unavailable, match="searched by words alone"):
        encoder_folder(tmp_path, str(tmp_path / "bad"))
    assert not list(tmp_path.glob("encoder-*"))
    (tmp_path / "bad" / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BrokenArchive, match="cannot be loaded"):
        SentenceEncoder(tmp_path / "bad")


def test_vectors_have_length_one_and_do_not_depend_on_their_company(root):
    encoder = SentenceEncoder(encoder_folder(root, ENCODER))
    alone, together = encoder.vectors(["how long does it take"]), encoder.vectors(["x " * 900, "how long does it take"])
    assert together.shape == (2, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)
    assert np.array_equal(alone[0], together[1])


def test_a_search_takes_milliseconds(known):
    known.search("warm up")
    began = time.process_time()
    for _ in range(20):
        known.search("can somebody else take my parcel in when I am away")
    assert (time.process_time() - began) / 20 < 0.05


def test_torch_stays_out_of_the_process(root):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from actions.knowledge import KnowledgeBase, Meaning;"
        f"base = KnowledgeBase.load(Path({str(FOLDER)!r}), Meaning(Path({str(root)!r}), {ENCODER!r}));"
        "base.prepare(); assert base.search('warranty'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_command_searches_as_the_bot_does(monkeypatch, capsys, root):
    monkeypatch.setenv("SHOPCLERK_VAR_DIR", str(root.parent))
    assert main(["is", "it", "possible", "to", "be", "billed", "month", "by", "month"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Paying in instalments" in lines[0] or "nstal" in lines[0]
    assert lines[-1].startswith(f"From {SURE}")
