"""What a turn reads of a long conversation, and that the policies decide the same with it."""

from __future__ import annotations

import itertools
import random
import uuid

import pytest
from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, AllSlotsReset, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.recent import MESSAGES
from bot.serving.model_loading import load_model
from bot.tracker_store import ShopclerkTrackerStore, messages_before

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


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'tracker.db'}"
    else:
        url = "postgresql+psycopg2://" + request.getfixturevalue("postgres").partition("://")[2]
    made = ShopclerkTrackerStore(DOMAIN, host=url)
    yield made
    made.close()


@pytest.fixture
def again(store):
    """``await again(*events)``: what a turn reads of a conversation in which these were stored."""

    async def read(*events) -> DialogueStateTracker:
        sender = f"c-{uuid.uuid4().hex}"
        await store.save(DialogueStateTracker.from_events(sender, list(events), store.domain.slots))
        return await store.retrieve(sender)

    return read


def texts(conversation: DialogueStateTracker) -> list[str]:
    return [event.text for event in conversation.events if isinstance(event, UserUttered)]


def messages(count: int, first: int = 0) -> list:
    return [event for number in range(first, first + count) for event in said(f"m{number}")]


async def test_a_short_conversation_is_read_whole(again):
    whole = messages(MESSAGES)
    found = await again(*whole)
    assert (list(found.events), messages_before(found)) == (whole, 0)


async def test_of_a_long_one_the_end_is_read_and_what_was_set_before(again):
    found = await again(*messages(3), SlotSet("order_id", "#W0"), SlotSet("order_id", "#W1"), *messages(20, first=3))
    assert texts(found) == [f"m{number}" for number in range(23 - MESSAGES, 23)]
    assert found.get_slot("order_id") == "#W1"
    assert (messages_before(found), found.latest_action_name) == (23 - MESSAGES, "action_listen")


async def test_what_an_earlier_session_set_is_gone(again):
    found = await again(SlotSet("order_id", "#W1"), *messages(3), SessionStarted(), *messages(20))
    assert (found.get_slot("order_id"), messages_before(found)) == (None, 20 - MESSAGES)
    found = await again(*messages(3), SlotSet("order_id", "#W1"), AllSlotsReset(), *messages(20))
    assert found.get_slot("order_id") is None


async def test_the_part_never_begins_inside_a_form(again):
    inside = [event for number in range(30) for event in said(f"f{number}", action="order_form")]
    start = [UserUttered("start"), ActionExecuted("order_form"), ActiveLoop("order_form")]
    found = await again(*messages(20), *start, *inside)
    assert texts(found)[:MESSAGES] == [*(f"m{number}" for number in range(21 - MESSAGES, 20)), "start"]
    assert (len(texts(found)), found.active_loop_name) == (MESSAGES + 30, "order_form")


async def test_what_is_said_after_a_part_was_read_is_appended(store):
    sender = f"c-{uuid.uuid4().hex}"
    await store.save(DialogueStateTracker.from_events(sender, messages(20), store.domain.slots))
    part = await store.retrieve(sender)
    part.update(UserUttered("one more"))
    await store.save(part)
    await store.save(part)
    assert texts(await store.retrieve_full_tracker(sender)) == [*(f"m{number}" for number in range(20)), "one more"]


@pytest.mark.parametrize("seed", range(4))
async def test_the_policies_decide_the_same(rig, tmp_path, seed):
    """Of the real policies of a trained bot, over a conversation that they lead themselves."""
    metadata, runner = load_model(rig.archive)
    domain, choose = metadata.domain, random.Random(seed)
    whole = DialogueStateTracker.from_events("c-1", [ActionExecuted("action_listen")], domain.slots)
    store = ShopclerkTrackerStore(domain, host=f"sqlite:///{tmp_path / 'tracker.db'}")

    def next_action(seen: DialogueStateTracker) -> str:
        found = runner.run(inputs={PLACEHOLDER_TRACKER: seen}, targets=[metadata.core_target])[metadata.core_target]
        return domain.action_names_or_texts[found.max_confidence_index]

    for number in range(25):
        intent = choose.choice(["greet", "goodbye", "track_order", "cancel_order", "inform", "out_of_scope"])
        whole.update(UserUttered(f"m{number}", {"name": intent, "confidence": 1.0}))
        for _step in itertools.count():
            action = next_action(whole)
            await store.save(whole)
            assert next_action(await store.retrieve("c-1")) == action
            whole.update(ActionExecuted(action))
            if action == "action_listen" or _step > 5:
                break
            if action.endswith("_form"):
                is_done = choose.random() < 0.4
                whole.update(ActiveLoop(action))
                whole.update(SlotSet("requested_slot", None if is_done else "order_id"))
                whole.update(ActiveLoop(None) if is_done else SlotSet("order_id", None))
    store.close()
