"""The queue and its reasons, filters, figures, labels."""

from __future__ import annotations

import pytest

from admin_ui.review import filters, queue
from admin_ui.review.figures import figures
from admin_ui.review.filters import Filter
from admin_ui.review.reasons import REASONS
from admin_ui.review.training.labels import read_labels
from contract.wire import InvalidInput

NOW = 1_790_000_000.0


@pytest.fixture
def filled(log, projector, database):
    log.user("sure", "where is my parcel now", confidence=0.97)
    log.user("close", "can i get it sooner", confidence=0.45, second=("greet", 0.4), channel="rest")
    log.user("lost", "blah blah", "greet", 0.2, is_fallback=True)
    log.user("lost", "BLAH, blah!", "greet", 0.2, is_fallback=True)
    log.user("weather", "will it rain", "out_of_scope", 0.9)
    log.user("down", "how much is 50% off_it", message_id="d")
    log.feedback("down", "d", -1)
    log.user("agent", "give me a human", "contact_human_agent")
    log.action("agent", "action_handoff")
    log.user("form", "cancel please", "cancel_order")
    log.action("form", "cancel_form")
    log.loop("form", "cancel_form")
    log.action("form", "action_deactivate_loop")
    log.loop("form", None)
    log.user("button", "/greet", understood_by="button", is_fallback=True)
    projector.run()
    return database


def test_every_reason_finds_its_message_and_says_why(filled):
    expected = {
        "low_margin": "can i get it sooner",
        "fallback": "BLAH, blah!",
        "out_of_scope": "will it rain",
        "thumbs_down": "how much is 50% off_it",
        "handoff": "give me a human",
        "form_abandoned": "cancel please",
    }
    assert set(expected) == {reason.name for reason in REASONS}
    with filled.session() as session:
        for reason in REASONS:
            (group,) = queue.groups(session, reasons=(reason.name,))
            assert group.turn.text == expected[reason.name]
            assert reason in group.reasons
            assert reason.says(group.turn).endswith(".")
        assert queue.waiting(session) == 6
        assert queue.groups(session)[0].count == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(channel="rest"), {"close"}),
        (Filter(intent="cancel_order"), {"form"}),
        (Filter(min_confidence=0.95), {"sure"}),
        (Filter(max_confidence=0.3), {"lost"}),
        (Filter(only_fallback=True, intent="track_order"), set()),
        (Filter(only_handoff=True), {"agent"}),
        (Filter(only_thumbs_down=True), {"down"}),
        (Filter(text="PARCEL"), {"sure"}),
        (Filter(text="50% off_"), {"down"}),
        (Filter(text="%"), {"down"}),
        (Filter(since=NOW + 5000), set()),
        (Filter(until=NOW), set()),
        (Filter(since=NOW, until=NOW + 2), {"sure"}),
    ],
)
def test_filters(filled, wanted, found):
    with filled.session() as session:
        assert {row.id for row in filters.find(session, wanted)} == found
        assert filters.count(session, wanted) == len(found)


def test_a_row_sums_up_its_conversation(filled):
    with filled.session() as session:
        (row,) = filters.find(session, Filter(max_confidence=0.3))
        assert (row.messages, row.fallbacks, row.opening, row.lowest_confidence) == (2, 2, "blah blah", 0.2)
        assert filters.channels(session) == ["rest", "web"]
        assert "nlu_fallback" in filters.intents(session)


def test_impossible_confidences_are_refused():
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        Filter(min_confidence=0.9, max_confidence=0.1)


def test_figures_of_a_week(filled):
    with filled.session() as session:
        week = figures(session, days=7, now=NOW + 60)
    assert (week.messages, week.thumbs_down, week.handoffs, week.conversations) == (8, 1, 1, 8)
    assert week.fallback_rate == pytest.approx(2 / 8)
    assert len(week.days) == 7 and week.days[-1].messages == 8
    assert week.intents[0] == ("nlu_fallback", 2) or week.intents[0][1] >= 2


def test_figures_of_nothing(database):
    with database.session() as session:
        assert figures(session, days=7, now=NOW).fallback_rate is None


def test_labels_come_from_the_training_data_with_the_guide(data_dir):
    guide = "`orders.yml` track_order (where is it, status) · cancel_order\n\n| color | colour | `black` |\n"
    (data_dir / "labelling.md").write_text(guide, encoding="utf-8")
    labels = read_labels(data_dir / "nlu")
    assert list(labels.intents) == ["cancel_order", "greet", "refine_search", "track_order"]
    assert labels.intents["track_order"].title == "Track order"
    assert labels.intents["track_order"].hint == "where is it, status"
    assert labels.intents["track_order"].examples == 2
    assert list(labels.entities) == ["color", "order_id", "person_name"]
    assert labels.entities["color"].hint == "colour"
