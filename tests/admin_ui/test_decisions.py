from __future__ import annotations

import json
import subprocess

import pytest
import yaml
from sqlalchemy import select

from admin_ui.review import queue
from admin_ui.review.decisions import newest_annotation
from admin_ui.review.tables import Annotation, Audit, Turn
from admin_ui.review.training.files import read_examples
from contract.settings import ROOT
from contract.wire import Conflict, InvalidInput, NotFound, ShopclerkError, Unavailable

RASA = ROOT / ".venvs" / "bot" / "bin" / "python"
READ_WITH_RASA = """
import json, sys
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
for path in sys.argv[1:]:
    for message in RasaYAMLReader().read(path).training_examples:
        found = [[e["start"], e["end"], e["entity"], e["value"]] for e in message.get("entities", [])]
        print(json.dumps([message.get("text"), message.get("intent"), found]))
"""


@pytest.fixture
def turn_id(log, projector):
    """A message that says where its colour and its order number are."""
    found = log.user("s1", "send the red one of #W2611340", "greet", 0.3, entities=(("order_id", "#W2611340"),))
    projector.run()
    return found


def text_of(database, turn_id):
    with database.session() as session:
        return session.get_one(Turn, turn_id).text


def span(text, part, entity):
    return {"start": text.index(part), "end": text.index(part) + len(part), "entity": entity}


def reviewed(data_dir):
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((data_dir / "nlu" / "reviewed").glob("*"))}


def test_approving_writes_rasa_yaml_with_entities(turn_id, decisions, database, data_dir):
    text = text_of(database, turn_id)
    order_id = text.split()[-1]
    decided = decisions.approve(
        turn_id,
        intent="track_order",
        spans=[span(text, "red", "color"), span(text, order_id, "order_id")],
        operator="kim",
    )
    assert decided.turns == 1
    content = reviewed(data_dir)["track_order.yml"]
    assert f"    - send the [red](color) one of [{order_id}](order_id)\n" in content
    block = yaml.safe_load(content)
    assert block["version"] == "3.1" and block["nlu"][0]["intent"] == "track_order"
    with database.session() as session:
        assert session.get_one(Turn, turn_id).label == "approved"
        assert session.scalars(select(Audit.action)).all() == ["approve"]


def test_relabelling_moves_the_example(turn_id, decisions, data_dir, database):
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    decisions.approve(turn_id, intent="cancel_order", spans=[], operator="lee")
    assert list(reviewed(data_dir)) == ["cancel_order.yml"]
    with database.session() as session:
        assert [a.intent for a in session.scalars(select(Annotation))] == ["track_order", "cancel_order"]
        newest = newest_annotation(session, turn_id)
        assert newest is not None and newest.operator == "lee"


def test_the_same_decision_twice_is_one_example_and_the_same_bytes(turn_id, decisions, data_dir):
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    before = reviewed(data_dir)
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    assert reviewed(data_dir) == before
    assert before["track_order.yml"].count("    - ") == 1


def test_one_decision_labels_all_that_say_the_same(log, projector, decisions, database, data_dir):
    ids = [log.user(f"s{n}", f"Where the heck is #W261134{n}??", "greet", 0.3, is_fallback=True) for n in range(4)]
    log.user("s9", "something else", "greet", 0.3, is_fallback=True)
    projector.run()
    with database.session() as session:
        rows = queue.groups(session)
        assert [row.count for row in rows] == [4, 1]
    assert decisions.approve(ids[0], intent="track_order", spans=[], operator="kim").turns == 4
    assert reviewed(data_dir)["track_order.yml"].count("    - ") == 1
    with database.session() as session:
        assert queue.waiting(session) == 1
    decisions.approve(ids[2], intent="cancel_order", spans=[], operator="kim")
    assert list(reviewed(data_dir)) == ["cancel_order.yml"]


def test_leaving_out_and_taking_back(turn_id, decisions, database, data_dir):
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    decisions.reject(turn_id, operator="kim")
    assert reviewed(data_dir) == {}
    with database.session() as session:
        assert session.get_one(Turn, turn_id).label == "rejected"
    decisions.revoke(turn_id, operator="kim")
    with database.session() as session:
        assert session.get_one(Turn, turn_id).label is None
        assert newest_annotation(session, turn_id) is None


def test_a_name_that_the_masker_missed_is_masked_when_somebody_marks_it(log, projector, decisions, database, data_dir):
    turn_id = log.user("s1", "parcel for Qwertz Zuiop in red", "greet", 0.4, entities=())
    projector.run()
    text = text_of(database, turn_id)
    assert "Qwertz Zuiop" in text
    spans = [span(text, "Qwertz Zuiop", "person_name"), span(text, "red", "color")]
    decisions.approve(turn_id, intent="cancel_order", spans=spans, operator="kim")
    content = reviewed(data_dir)["cancel_order.yml"]
    assert "Qwertz" not in content and "Zuiop" not in content
    assert "](person_name) in [red](color)" in content
    assert "Qwertz" not in text_of(database, turn_id)
    with database.session() as session:
        assert "Qwertz" not in session.scalars(select(Annotation.text)).one()


@pytest.mark.parametrize(
    ("intent", "spans", "says"),
    [
        ("fly_me", [], "no intent 'fly_me'"),
        ("greet", [{"start": 0, "end": 4, "entity": "planet"}], "no entity 'planet'"),
        ("greet", [{"start": 0, "end": 400, "entity": "color"}], "lies outside the message"),
        ("greet", [{"start": -1, "end": 4, "entity": "color"}], "lies outside the message"),
        ("greet", [{"start": 4, "end": 4, "entity": "color"}], "lies outside the message"),
        ("greet", [{"start": 4, "end": 5, "entity": "color"}], "only blanks"),
        ("greet", [{"start": 0, "end": 4, "entity": "color"}, {"start": 2, "end": 8, "entity": "color"}], "overlaps"),
        ("greet", [{"start": "x", "end": 4, "entity": "color"}], "needs a start"),
        ("greet", [{"end": 4, "entity": "color"}], "needs a start"),
    ],
)
def test_bad_labels_and_spans_write_nothing(turn_id, decisions, database, data_dir, intent, spans, says):
    with pytest.raises(InvalidInput, match=says):
        decisions.approve(turn_id, intent=intent, spans=spans, operator="kim")
    assert reviewed(data_dir) == {}
    with database.session() as session:
        assert session.scalars(select(Annotation)).all() == []


def test_an_unknown_message_and_a_button(log, projector, decisions):
    with pytest.raises(NotFound):
        decisions.approve(99, intent="greet", spans=[], operator="kim")
    pressed = log.user("s1", "/greet", understood_by="button")
    silent = log.user("s1", "\u200b\u202e")
    projector.run()
    with pytest.raises(InvalidInput, match="nothing that can be read"):
        decisions.approve(silent, intent="greet", spans=[], operator="kim")
    with pytest.raises(InvalidInput, match="pressed a button"):
        decisions.approve(pressed, intent="greet", spans=[], operator="kim")


def test_the_same_text_under_another_intent_by_hand(log, projector, decisions):
    turn_id = log.user("s1", "Hello there", "track_order")
    projector.run()
    with pytest.raises(Conflict, match=r"orders\.yml already has this very text as greet"):
        decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    decisions.approve(turn_id, intent="greet", spans=[], operator="kim")


def test_when_the_files_cannot_be_written_nothing_is_approved(turn_id, decisions, database, data_dir):
    (data_dir / "nlu" / "reviewed" / "track_order.yml").mkdir(parents=True)
    with pytest.raises(Unavailable, match="Nothing was approved"):
        decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    with database.session() as session:
        assert session.get_one(Turn, turn_id).label is None
        assert session.scalars(select(Annotation)).all() == []


def test_a_training_file_that_cannot_be_read_is_named(turn_id, decisions, data_dir):
    (data_dir / "nlu" / "orders.yml").write_text("nlu: [", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"orders\.yml cannot be read"):
        decisions.approve(turn_id, intent="greet", spans=[], operator="kim")


def test_lines_added_by_hand_stay_with_their_values(turn_id, decisions, data_dir):
    folder = data_dir / "nlu" / "reviewed"
    folder.mkdir()
    by_hand = '- intent: track_order\n  examples: |\n    - in [navy]{"entity": "color", "value": "blue"}\n    - Zzz\n'
    (folder / "track_order.yml").write_text(f'version: "3.1"\nnlu:\n{by_hand}', encoding="utf-8")
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    texts = [example.text for example in read_examples(folder)]
    assert len(texts) == 3 and {"in navy", "Zzz"} < set(texts)
    assert '[navy]{"entity": "color", "value": "blue"}' in reviewed(data_dir)["track_order.yml"]


@pytest.mark.parametrize(
    "words", ["see [this](color) now", "a: b # c", "- dash", "مرحبا 😀 <b>x</b>", "'quote\" \\n {}", "  x  "]
)
def test_any_words_survive_the_way_through_the_file(log, projector, decisions, data_dir, database, words):
    turn_id = log.user("s1", words, "track_order")
    projector.run()
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    (example,) = read_examples(data_dir / "nlu" / "reviewed")
    assert example.text == text_of(database, turn_id).replace("[", "(").replace("]", ")").strip()
    assert example.entities == ()


@pytest.mark.skipif(not RASA.is_file(), reason="needs the Rasa environment")
def test_rasa_itself_reads_the_words_and_the_spans_as_they_were_approved(log, projector, decisions, data_dir):
    texts = [
        "the red one",
        "- red: 'a' # \"b\" \\ {red}",
        "😀 مرحبا red, <b>red</b>!",
        "[red](color) | > & * red",
        "? red",
        "%red @red `red`",
    ]
    ids = [log.user("s1", text, "track_order") for text in texts]
    projector.run()
    for turn_id, text in zip(ids, texts, strict=True):
        decisions.approve(turn_id, intent="track_order", spans=[span(text, "red", "color")], operator="kim")
    path = data_dir / "nlu" / "reviewed" / "track_order.yml"
    done = subprocess.run([RASA, "-c", READ_WITH_RASA, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    read = [json.loads(line) for line in done.stdout.splitlines()]
    written = [text.replace("[", "(").replace("]", ")") for text in texts]
    expected = [[text, "track_order", [[text.index("red"), text.index("red") + 3, "color", "red"]]] for text in written]
    assert sorted(read) == sorted(expected)


def test_annotations_cannot_be_changed(turn_id, decisions, database):
    decisions.approve(turn_id, intent="track_order", spans=[], operator="kim")
    with pytest.raises(ShopclerkError, match="append-only"), database.session() as session:
        session.scalars(select(Annotation)).one().intent = "greet"
