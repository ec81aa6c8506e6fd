"""Never the same sentence three times in a row."""

from __future__ import annotations

from contract.conversation import Button, Reply
from gateway.repeats import varied
from gateway.store.items import StoredItem


def item(number: int, text: str, *, author: str = "bot", turn: str = "") -> StoredItem:
    return StoredItem("c", number, f"i{number}", author, 0.0, text, {}, turn or f"m{number}")


def test_only_what_both_of_the_last_two_answers_said_is_marked():
    again, new = (
        Reply("Please type the code.", (Button("Send a new code", "/verify_identity"),)),
        Reply("That is wrong."),
    )
    earlier = [
        item(1, "Please type the code."),
        item(2, "xyz", author="shopper"),
        item(3, "Please type the code.", turn="m2"),
        item(4, "Now back to your order.", turn="m2"),
    ]
    first, second = varied((again, new), earlier)
    assert first.text.startswith("I am repeating myself") and first.text.endswith("Please type the code.")
    assert [button.title for button in first.buttons] == ["Send a new code", "Talk to a person"]
    assert second == new


def test_twice_is_fine_and_a_repetition_is_not_marked_twice_in_a_row():
    reply = Reply("Hello.")
    assert varied((reply,), [item(1, "Hello.")]) == (reply,)
    (third,) = varied((reply,), [item(1, "Hello."), item(2, "Hello.")])
    assert varied((reply,), [item(2, "Hello."), item(3, str(third.text))]) == (reply,)


def test_a_person_is_offered_once():
    reply = Reply("Sorry.", (Button("Talk to a person", "/contact_human_agent"),))
    (marked,) = varied((reply,), [item(1, "Sorry."), item(2, "Sorry.")])
    assert marked.buttons == reply.buttons


def test_cards_without_words_stay_as_they_are():
    assert varied((Reply(None),), [item(1, ""), item(2, "")]) == (Reply(None),)


def test_in_a_conversation(shopper):
    someone = shopper()
    said = [[answer["text"] for answer in someone.say("buttons")] for _ in range(4)]
    assert said[:2] == [["Choose"], ["Choose"]] and said[3] == ["Choose"]
    assert said[2][0].endswith("Choose") and said[2] != ["Choose"]
