"""Messages through a real gateway and a real bot: answered, stored, and given again."""

import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor


def test_a_message_is_answered(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    (item,) = someone.say("Where is my order?", message_id=message_id)
    assert item["text"] == f"heard {message_id} from nobody []"
    assert (item["author"], item["message_id"], item["seq"]) == ("bot", message_id, 3)
    (turn,) = bot.seen("turns", message_id=message_id)
    assert turn["text"] == "Where is my order?"
    assert turn["payload"] is None
    assert turn["channel"] == "web"


def test_history_has_greeting_message_and_answer(shopper):
    someone = shopper()
    someone.say("hello")
    assert [item["author"] for item in someone.history()] == ["bot", "shopper", "bot"]
    assert [item["seq"] for item in someone.history(after=1)] == [2, 3]
    assert someone.open()["items"] == someone.history()


def test_without_wait_it_is_acknowledged_and_answered_later(shopper):
    someone = shopper()
    answer = someone.post("hello", wait=False)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    someone.say("and then")
    assert [item["author"] for item in someone.history(after=1)].count("bot") == 2


def test_a_retry_gets_the_stored_answer(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    first = someone.post("cancel my order", message_id=message_id).json()
    with ThreadPoolExecutor(10) as pool:
        again = list(pool.map(lambda _: someone.post("cancel my order", message_id=message_id).json(), range(20)))
    assert all(answer == first for answer in again)
    assert len(bot.seen("turns", message_id=message_id)) == 1
    assert len(someone.history(after=1)) == 2


def test_fifty_at_once_with_one_id_are_one_message(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: someone.post("hello", message_id=message_id), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(bot.seen("turns", message_id=message_id)) == 1


def test_a_second_request_is_not_acknowledged_before_the_first_is_written(make_gateway, shopper):
    gateway = make_gateway()
    someone, message_id = shopper(gateway.url), str(uuid.uuid4())
    with sqlite3.connect(gateway.folder / "gateway.db", isolation_level=None) as db, ThreadPoolExecutor(2) as pool:
        db.execute("BEGIN IMMEDIATE")  # nobody can write: the first request waits, and fails after 1.5 s
        answers = [pool.submit(someone.post, "hi", message_id=message_id, wait=False) for _ in range(2)]
        statuses = [answer.result().status_code for answer in answers]
        db.execute("ROLLBACK")
    assert statuses == [503, 503]
    assert someone.say("hi", message_id=message_id)


def test_the_same_id_with_another_text_is_a_conflict(shopper):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say("one", message_id=message_id)
    answer = someone.post("two", message_id=message_id)
    assert (answer.status_code, answer.json()["error_type"]) == (409, "conflict")
    assert len(someone.history(after=1)) == 2


def test_the_same_id_in_another_conversation_is_another_message(shopper):
    message_id = str(uuid.uuid4())
    assert shopper().say("one", message_id=message_id)
    assert shopper().say("two", message_id=message_id)


def test_messages_of_one_shopper_are_answered_in_order(shopper, bot):
    someone = shopper()
    ids = [str(uuid.uuid4()) for _ in range(10)]
    for message_id in ids:
        assert someone.post("sleep 0.01", message_id=message_id, wait=False).status_code == 202
    someone.say("last")
    answers = [item["message_id"] for item in someone.history(after=1) if item["author"] == "bot"]
    assert answers[:10] == ids


def test_a_full_queue_says_so_at_once(shopper, make_gateway, bot):
    someone = shopper(make_gateway(queue_limit=5, turn_deadline_s=5).url)
    answers = [someone.post("sleep 4", wait=False) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429] * 3
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert answers[-1].json()["error_type"] == "too_many"


def test_one_slow_conversation_does_not_hold_up_others(shopper):
    slow, quick = shopper(), shopper()
    slow.post("sleep 0.9", wait=False)
    assert quick.say("hello")
    assert len(slow.history(after=1)) == 1, "it still waits for its answer"


def test_feedback_is_kept_and_reaches_the_bot(shopper, bot, eventually):
    someone = shopper()
    (item,) = someone.say("hello")
    assert someone.http.post("/v1/feedback", json={"seq": item["seq"], "value": -1}).status_code == 200
    assert someone.history(after=item["seq"] - 1)[0]["feedback"] == -1
    (event,) = eventually(lambda: bot.seen("heard", kind="feedback", about_message_id=item["message_id"]))
    assert event["value"] == -1


def test_ratings_are_limited_like_messages(make_gateway, shopper):
    someone = shopper(make_gateway(messages_per_minute=3).url)
    someone.say("hello")
    answers = [someone.http.post("/v1/feedback", json={"seq": 3, "value": 1 - 2 * (turn % 2)}) for turn in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2


def test_feedback_to_anything_else_is_refused(shopper):
    someone = shopper()
    someone.say("hello")
    for body, status in (
        ({"seq": 2, "value": 1}, 400),
        ({"seq": 1, "value": 1}, 400),
        ({"seq": 99, "value": 1}, 404),
        ({"seq": 3, "value": 5}, 400),
        ({"seq": "3", "value": 1}, 400),
        ({}, 400),
    ):
        assert someone.http.post("/v1/feedback", json=body).status_code == status, body
