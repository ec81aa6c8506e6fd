"""What the policies see of a long conversation, and that they decide the same with it."""

from __future__ import annotations

import itertools
import random

import pytest
from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.serving.model_loading import load_model
from bot.serving.recent import MESSAGES, recent

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [greet]
    slots:
      order_id: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    """
)


def said(text: str = "hi", intent: str = "greet", action: str = "utter_greet") -> list:
    return [
        UserUttered(text, {"name": intent, "confidence": 1.0}),
        ActionExecuted(action),
        ActionExecuted("action_listen"),
    ]


def tracker(*events) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("c-1", list(events), DOMAIN.slots)


def texts(conversation: DialogueStateTracker) -> list[str]:
    return [event.text for event in conversation.events if isinstance(event, UserUttered)]


def messages(count: int, first: int = 0) -> list:
    return [event for number in range(first, first + count) for event in said(f"m{number}")]


def test_a_short_conversation_is_itself():
    whole = tracker(*messages(MESSAGES))
    assert recent(whole) is whole


def test_a_long_one_is_its_end_and_what_was_set_before():
    whole = tracker(*messages(3), SlotSet("order_id", "#W1"), *messages(20, first=3))
    assert texts(recent(whole)) == [f"m{number}" for number in range(23 - MESSAGES, 23)]
    assert recent(whole).get_slot("order_id") == "#W1"
    assert recent(whole).latest_action_name == "action_listen"


def test_what_an_earlier_session_set_is_gone():
    whole = tracker(SlotSet("order_id", "#W1"), *messages(3), SessionStarted(), *messages(20))
    assert recent(whole).get_slot("order_id") is None


def test_it_never_begins_inside_a_form():
    inside = [event for number in range(30) for event in said(f"f{number}", action="order_form")]
    whole = tracker(
        *messages(20), UserUttered("start"), ActionExecuted("order_form"), ActiveLoop("order_form"), *inside
    )
    seen = recent(whole)
    assert texts(seen)[:MESSAGES] == [*(f"m{number}" for number in range(21 - MESSAGES, 20)), "start"]
    assert (len(texts(seen)), seen.active_loop_name) == (MESSAGES + 30, "order_form")


@pytest.mark.parametrize("seed", range(8))
def test_the_policies_decide_the_same(rig, seed):
    """Of the real policies of a trained bot, over a conversation that they lead themselves."""
    metadata, runner = load_model(rig.archive)
    domain, choose = metadata.domain, random.Random(seed)
    whole = DialogueStateTracker.from_events("c-1", [ActionExecuted("action_listen")], domain.slots)

    def next_action(seen: DialogueStateTracker) -> str:
        found = runner.run(inputs={PLACEHOLDER_TRACKER: seen}, targets=[metadata.core_target])[metadata.core_target]
        return domain.action_names_or_texts[found.max_confidence_index]

    for number in range(25):
        intent = choose.choice(["greet", "goodbye", "track_order", "cancel_order", "inform", "out_of_scope"])
        whole.update(UserUttered(f"m{number}", {"name": intent, "confidence": 1.0}))
        for _step in itertools.count():
            action = next_action(whole)
            assert next_action(recent(whole)) == action
            whole.update(ActionExecuted(action))
            if action == "action_listen" or _step > 5:
                break
            if action.endswith("_form"):
                is_done = choose.random() < 0.4
                whole.update(ActiveLoop(action))
                whole.update(SlotSet("requested_slot", None if is_done else "order_id"))
                whole.update(ActiveLoop(None) if is_done else SlotSet("order_id", None))
