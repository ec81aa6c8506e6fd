"""Photos in Chatwoot: real gateways, real pictures, forms read by a real parser; and what agents attach."""

import asyncio
import io
import itertools
import time
import uuid
from functools import partial

import pytest
from PIL import Image

from contract.settings import Settings
from gateway.chatwoot import forwarding
from gateway.chatwoot.api import ChatwootApi
from gateway.chatwoot.forwarding import Forwarding
from gateway.chatwoot.messages import GONE, LOST_FILES, REFUSED
from gateway.http_client import HttpClient
from gateway.photos import Photos
from gateway.store import conversations, handoffs, items, photos
from gateway.store.items import NewItem
from tests.gateway.chatwoot_server import Chatwoot, deliver, reply

NUMBERS = itertools.count(70_000)
EARLIER = "Photo that the shopper sent before:"
LINK = "https://chatwoot.example/lamp.jpg"


@pytest.fixture
def handed_over(desk, shopper, chatwoot, eventually):
    """A shopper who asked for a person, and Chatwoot's conversation about it."""
    someone, known = shopper(desk.url), len(chatwoot.conversations)
    someone.say("handoff")
    eventually(lambda: chatwoot.said(known + 1, private=True))
    return someone, known + 1


def picture(colour="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def uploaded(someone, colour="red"):
    """The id of a photo, and the JPEG that the gateway keeps of it."""
    answer = someone.http.post("/v1/photos", content=picture(colour), headers={"Content-Type": "image/jpeg"})
    photo_id = answer.json()["photo_id"]
    return photo_id, someone.http.get(f"/v1/photos/{photo_id}").content


def test_a_photo_goes_there_with_its_words_or_alone(handed_over, chatwoot, eventually):
    someone, chatwoot_id = handed_over
    (red, red_jpeg), (blue, blue_jpeg) = uploaded(someone), uploaded(someone, "blue")
    assert red_jpeg.startswith(b"\xff\xd8") and red_jpeg != blue_jpeg
    someone.post("before")
    someone.post("Größe 38,\nhere it is", photo_id=red)
    someone.post(photo_id=blue)
    someone.post("after")
    eventually(lambda: "after" in chatwoot.said(chatwoot_id))
    assert chatwoot.said(chatwoot_id) == ["before", "Größe 38,\nhere it is", "", "after"]
    assert chatwoot.photos(chatwoot_id) == [("Größe 38,\nhere it is", [red_jpeg]), ("", [blue_jpeg])]
    assert chatwoot.photos(chatwoot_id, private=True) == []


def test_photos_from_before_the_handoff_are_notes_after_the_packet(desk, shopper, chatwoot, eventually):
    someone, chatwoot_id = shopper(desk.url), 1 + len(chatwoot.conversations)
    (red, red_jpeg), (blue, blue_jpeg) = uploaded(someone), uploaded(someone, "blue")
    uploaded(someone, "green")  # never sent
    someone.say("the corner is broken", photo_id=red)
    someone.post(photo_id=blue)
    someone.say("handoff")
    someone.post("hello?")
    eventually(lambda: chatwoot.conversations[chatwoot_id - 1 :] and chatwoot.said(chatwoot_id) == ["hello?"])
    packet, *notes = chatwoot.said(chatwoot_id, private=True)
    assert "\nShopper: the corner is broken (a photo)\n" in packet and "\nShopper: (a photo)\n" in packet
    assert notes == [f"{EARLIER} the corner is broken", EARLIER]
    sent = chatwoot.photos(chatwoot_id, private=True)
    assert sent == [(notes[0], [red_jpeg]), (notes[1], [blue_jpeg])]
    rows = [row for row in chatwoot.messages if row["conversation_id"] == chatwoot_id]
    assert [row["private"] for row in rows] == [True, True, True, False]


@pytest.mark.parametrize("keeps_source_id", [True, False])
def test_a_lost_answer_neither_doubles_nor_loses_a_photo(make_gateway, shopper, eventually, keeps_source_id):
    chatwoot = Chatwoot(keeps_source_id=keeps_source_id)
    someone = shopper(make_gateway(**chatwoot.settings).url)
    kept = [uploaded(someone, colour) for colour in ("red", "blue", "green", "red", "blue")]
    jpegs = [jpeg for _, jpeg in kept]
    chatwoot.fault = "lost"
    someone.post("look", photo_id=kept[0][0])
    someone.say("handoff")
    someone.post(photo_id=kept[1][0])
    someone.post(photo_id=kept[2][0])
    someone.post("look")
    eventually(lambda: chatwoot.messages)
    chatwoot.fault = "none"
    eventually(lambda: "look" in chatwoot.said(1))
    chatwoot.fault = "lost"
    someone.post(photo_id=kept[3][0])
    eventually(lambda: len(chatwoot.photos(1)) == 3)
    chatwoot.fault = "none"
    someone.post(photo_id=kept[4][0])  # without words, as the lost one
    someone.post("bye")
    eventually(lambda: "bye" in chatwoot.said(1))
    assert chatwoot.said(1) == ["", "", "look", "", "", "bye"]
    assert [files for _, files in chatwoot.photos(1)] == [[jpeg] for jpeg in jpegs[1:]]
    assert chatwoot.photos(1, private=True) == [(f"{EARLIER} look", [jpegs[0]])]
    assert len(chatwoot.said(1, private=True)) == 2
    chatwoot.close()


def test_what_an_agent_said_is_never_taken_for_the_shoppers(make_gateway, shopper, eventually):
    """Neither a picture without words, nor the same words."""
    chatwoot = Chatwoot()
    gateway = make_gateway(**chatwoot.settings)
    someone = shopper(gateway.url)
    someone.say("handoff")
    eventually(lambda: chatwoot.conversations and chatwoot.said(1, private=True))
    chatwoot.fault = "down"
    photo_id, jpeg = uploaded(someone)
    someone.post(photo_id=photo_id)
    someone.post("hello?")
    eventually(lambda: "chatwoot_later" in gateway.log)
    chatwoot.agent_says(1, None, files=[("attachments[]", b"of the agent")])
    chatwoot.agent_says(1, "hello?")
    chatwoot.fault = "none"
    eventually(lambda: len(chatwoot.photos(1)) == 2)
    assert [files for _, files in chatwoot.photos(1)] == [[b"of the agent"], [jpeg]]
    eventually(lambda: chatwoot.said(1) == [None, "hello?", "", "hello?"])
    chatwoot.close()


def test_a_photo_that_is_gone_does_not_keep_the_words_back(make_gateway, shopper, eventually):
    chatwoot = Chatwoot()
    gateway = make_gateway(**chatwoot.settings)
    someone = shopper(gateway.url)
    (first, _), (second, _), (third, _) = (uploaded(someone) for _ in range(3))
    chatwoot.fault = "down"
    someone.post("broken", photo_id=first)
    someone.say("handoff")
    someone.post("look", photo_id=second)
    someone.post(photo_id=third)
    someone.post("and?")
    for photo_id in (first, second, third):
        (gateway.folder / "photos" / f"{photo_id}.jpg").unlink()
    chatwoot.fault = "none"
    eventually(lambda: chatwoot.conversations and "and?" in chatwoot.said(1))
    assert chatwoot.said(1) == [f"look\n{GONE}", GONE, "and?"]
    assert chatwoot.said(1, private=True)[1:] == [f"{EARLIER} broken\n{GONE}"]
    chatwoot.close()


@pytest.mark.parametrize("status", [413, 415, 422])
def test_a_photo_that_chatwoot_refuses_does_not_keep_the_words_back(handed_over, chatwoot, eventually, status):
    someone, chatwoot_id = handed_over
    photo_id, _ = uploaded(someone)
    chatwoot.fault = status
    someone.post("look", photo_id=photo_id)
    someone.post("and?")
    eventually(lambda: "and?" in chatwoot.said(chatwoot_id))
    chatwoot.fault = "none"
    assert chatwoot.said(chatwoot_id) == [f"look\n{REFUSED}", "and?"]


def _handoff(db, settings, *, before, after):
    """A handoff with photos from before it and after it, and one from an hour earlier; as it is in the database."""
    now = time.time()
    conversation_id = conversations.create(db, channel="web", now=now)
    for number, age_s in [(0, 7200.0), *((number, 60.0) for number in range(1, 1 + before))]:
        _sent(db, settings, conversation_id, number, now - age_s)
    seq = conversations.get(db, conversation_id).last_seq
    handoffs.begin(db, conversation_id, ticket_id="T-1", reason="asked", seq=seq, now=now)
    for number in range(1 + before, 1 + before + after):
        _sent(db, settings, conversation_id, number, now)


def _sent(db, settings, conversation_id, number, at):
    photo = photos.Photo(str(uuid.uuid4()), conversation_id, at, 1)
    (settings / f"{photo.id}.jpg").write_bytes(b"%d" % number)
    photos.add(db, photo)
    (stored,), _ = items.append(db, conversation_id, [NewItem("shopper", f"{number}", {"photo": photo.id})], now=at)
    photos.mark_sent(db, photo.id, seq=stored.seq, now=at)


@pytest.fixture
async def begun(each_database, tmp_path, monkeypatch):
    """``await begun(chatwoot, before=, after=)``: forwarding on the database alone, that does not wait long."""
    monkeypatch.setattr(forwarding, "LONGEST_PAUSE_S", 0.0)
    http, kept, folder = HttpClient(), [], tmp_path / "photos"
    folder.mkdir()
    await http.start()

    async def begin(chatwoot, **counts):
        settings = Settings(var_dir=str(tmp_path), secret_key="k" * 40, **chatwoot.settings)
        kept.append(Photos(each_database, settings))
        await each_database.write(partial(_handoff, settings=folder, **counts))
        return Forwarding(each_database, ChatwootApi(http, settings), kept[0], settings.secret_key)

    yield begin
    kept[0].stop()
    await http.stop()


async def test_more_photos_than_a_round_can_carry(begun, monkeypatch):
    """A round ends in time, in the middle of an upload, and the next one goes on; only the last hour's come along."""
    chatwoot = Chatwoot(keeps_source_id=False)
    working = await begun(chatwoot, before=12, after=4)
    monkeypatch.setattr(forwarding, "ROUND_S", 1.0)
    monkeypatch.setattr(forwarding, "LONGEST_PAUSE_S", 0.4)  # an upload that was cut off may still be at work there
    chatwoot.slow_s = 0.2
    rounds = 0
    while len(chatwoot.photos(1)) < 4:
        started, rounds = time.monotonic(), rounds + 1
        await working.check()
        assert time.monotonic() - started < 5.0 and rounds < 30
        await asyncio.sleep(0.5)
    await working.check()
    assert rounds > 2
    assert [files for _, files in chatwoot.photos(1)] == [[b"13"], [b"14"], [b"15"], [b"16"]]
    assert [files for _, files in chatwoot.photos(1, private=True)] == [[b"%d" % number] for number in range(3, 13)]
    assert await working.check() == 0
    chatwoot.close()


async def test_words_wait_for_a_photo_only_for_a_while(begun, monkeypatch):
    """Chatwoot takes words, and fails at files each time: its store is full."""
    chatwoot = Chatwoot()
    working = await begun(chatwoot, before=0, after=1)
    chatwoot.fault = 500
    for number in range(forwarding.PATIENCE):
        assert await working.check() == 0, number
    assert chatwoot.said(1) == []
    assert await working.check() == 1
    assert chatwoot.said(1) == [f"1\n{REFUSED}"]
    chatwoot.close()


def of_agents(someone):
    return [item["text"] for item in someone.history() if item["author"] == "agent"]


def test_an_attachment_of_an_agent_is_a_link(handed_over, chatwoot, desk):
    someone, chatwoot_id = handed_over
    files = [{"id": 1, "file_type": "image", "data_url": LINK}]
    assert deliver(desk.url, reply(next(NUMBERS), chatwoot_id, "see", attachments=files)).json() == {"status": "taken"}
    assert of_agents(someone) == [f"see\n{LINK}"]
    assert LOST_FILES not in chatwoot.said(chatwoot_id, private=True)


@pytest.mark.parametrize(
    ("words", "files", "reaches"),
    [
        ("We are here.", [{"id": 1, "file_type": "location", "data_url": None}], ["We are here."]),
        ("see", [{"id": 1, "data_url": LINK}, {"id": 2, "data_url": "javascript:alert(1)"}], [f"see\n{LINK}"]),
        ("w" * 3990, [{"id": 1, "data_url": LINK}], ["w" * 3990]),  # half a link is none
        (None, [{"id": 1, "file_type": "contact", "fallback_title": "+1"}], []),
        ("see", ["?", None], ["see"]),
    ],
)
def test_agents_are_told_once_what_did_not_reach_the_shopper(handed_over, chatwoot, desk, words, files, reaches):
    someone, chatwoot_id = handed_over
    event = reply(chatwoot.agent_says(chatwoot_id, words), chatwoot_id, words, attachments=files)
    for _ in range(3):
        assert deliver(desk.url, event).json() == {"status": "taken"}
    assert of_agents(someone) == reaches
    assert chatwoot.said(chatwoot_id, private=True)[1:] == [LOST_FILES]
    again = reply(chatwoot.agent_says(chatwoot_id, words), chatwoot_id, words, attachments=files)
    assert deliver(desk.url, again).json() == {"status": "taken"}
    assert chatwoot.said(chatwoot_id, private=True)[1:] == [LOST_FILES, LOST_FILES]


def test_a_note_for_agents_that_cannot_be_written_is_an_error_there(handed_over, chatwoot, desk):
    someone, chatwoot_id = handed_over
    event = reply(chatwoot.agent_says(chatwoot_id, "here"), chatwoot_id, "here", attachments=[{"id": 1}])
    chatwoot.fault = "down"
    assert deliver(desk.url, event).status_code == 503
    assert of_agents(someone) == ["here"]
    chatwoot.fault = "none"
    assert deliver(desk.url, event).json() == {"status": "taken"}
    assert (of_agents(someone), chatwoot.said(chatwoot_id, private=True)[1:]) == (["here"], [LOST_FILES])


def test_no_note_about_what_is_none_of_ours(handed_over, chatwoot, desk):
    event = reply(next(NUMBERS), 987_654, "here", attachments=[{"id": 1}])
    known = len(chatwoot.messages)
    assert deliver(desk.url, event).json() == {"status": "ignored"}
    assert deliver(desk.url, {**event, "content": None}).json() == {"status": "ignored"}
    assert len(chatwoot.messages) == known
