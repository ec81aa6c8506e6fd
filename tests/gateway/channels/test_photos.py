"""Photos that people send on messengers, over real HTTP (and IMAP): fetched, checked, kept once, told to the bot."""

import io
import os
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from contract.conversation import PHOTO_TEXT
from gateway.channels.messengers.downloads import is_providers
from gateway.channels.messengers.mail_reading import LOGO_BYTES, read_mail
from tests.gateway.channels.people import ON_WEBHOOKS, ByMail, OnFacebook, OnSlack, OnTelegram, OnWhatsApp
from tests.gateway.channels.provider import Provider

NOT_FETCHED = "Sorry, I could not get this photo. Please send it again, or write what it shows."
NO_IMAGE = "This file is no photo that we can read. Please send a JPEG, PNG or WebP picture."
TOO_LARGE = "This photo is too large: at most 1 MB, please."
SECRET = b"the maker of the phone"


def picture(kind="JPEG"):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(buffer, kind, **({"comment": SECRET} if kind == "JPEG" else {}))
    return buffer.getvalue()


def words():
    return f"broken {uuid.uuid4()}"


def turns_of_the_last(bot):
    """What the bot heard from whoever spoke last."""
    return bot.seen("turns", conversation_id=bot.seen("turns")[-1]["conversation_id"])


def kept(messengers):
    """The ids of all photos: rows and files say the same."""
    with sqlite3.connect(messengers.folder / "gateway.db") as db:
        rows = {row[0] for row in db.execute("SELECT id FROM photos")}
    assert rows == {path.stem for path in (messengers.folder / "photos").glob("*")}
    return rows


@pytest.fixture(params=ON_WEBHOOKS, ids=lambda kind: kind.channel)
def caller(request, someone):
    """Somebody new, on each messenger whose provider calls us."""
    return someone(request.param)


@pytest.fixture
def stranger():
    """A server that is no provider's."""
    server = Provider(lambda call: {})
    server.start()
    yield server
    server.stop()


def test_a_photo_with_words_reaches_bot_and_operator(person, bot, operators, eventually):
    said = words()
    person.deliver(person.photo(picture(), said))
    eventually(lambda: person.got)
    (turn,) = turns_of_the_last(bot)
    (photo_id,) = turn["photos"]
    items = operators.get(f"/conversations/{turn['conversation_id']}/items").json()["items"]
    assert (items[0]["author"], items[0]["text"]) == ("shopper", said if person.captions else None)
    assert items[0]["image_url"] == f"/v1/operator/photos/{photo_id}"
    content = operators.get(f"/photos/{photo_id}").content
    assert Image.open(io.BytesIO(content)).size == (64, 48)
    assert SECRET not in content


def test_a_photo_needs_no_words(person, bot, operators, eventually):
    person.deliver(person.photo(picture("PNG")))
    eventually(lambda: person.got)
    turn = bot.seen("turns")[-1]
    assert (turn["text"], len(turn["photos"]), turn["channel"]) == (PHOTO_TEXT, 1, person.channel)
    items = operators.get(f"/conversations/{turn['conversation_id']}/items").json()["items"]
    assert (items[0]["text"], items[0]["author"]) == (None, "shopper")


def test_the_providers_retry_is_one_photo(person, bot, messengers, eventually):
    before, request = kept(messengers), person.photo(picture(), words())
    person.deliver(request)
    eventually(lambda: person.got)
    fetched = len(person.provider.fetched)
    assert [person.post(request).status_code for _ in range(2)] == [200, 200]
    person.write("the end")
    eventually(lambda: len(person.got) == 2)
    assert [len(turn["photos"]) for turn in turns_of_the_last(bot)] == [1, 1]
    assert len(kept(messengers) - before) == 1
    assert len(person.provider.fetched) == fetched


def test_copies_at_the_same_moment_are_one_photo(caller, bot, messengers, eventually):
    before, fetched = kept(messengers), len(caller.provider.fetched)
    request = caller.photo(picture(), words())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(caller.deliver, [request] * 6))
    eventually(lambda: caller.got)
    caller.write("the end")
    eventually(lambda: len(caller.got) == 2)
    assert [len(turn["photos"]) for turn in turns_of_the_last(bot)] == [1, 1]
    assert len(kept(messengers) - before) == 1
    assert len(caller.provider.fetched) - fetched == (2 if isinstance(caller, OnWhatsApp) else 1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [(lambda: os.urandom(1024 * 1024 + 1), TOO_LARGE), (lambda: b"%PDF-1.7 " * 5000, NO_IMAGE)],
    ids=["too large", "no image"],
)
def test_what_is_no_photo_is_told_and_the_words_count_all_the_same(person, bot, messengers, make, sentence, eventually):
    said, before = words(), kept(messengers)
    person.deliver(person.photo(make(), said))
    eventually(lambda: sentence in "\n".join(person.texts))
    if person.captions:
        eventually(lambda: "heard" in "\n".join(person.texts))
        assert [turn["photos"] for turn in bot.seen("turns", text=said)] == [[]]
    assert kept(messengers) == before


def test_what_is_no_photo_and_has_no_words_is_told_once(caller, bot, eventually):
    request = caller.photo(b"%PDF-1.7")
    turns = len(bot.seen("turns"))
    for _ in range(2):
        caller.deliver(request)
    caller.write("the end")
    eventually(lambda: len(caller.got) == 2)
    assert caller.texts[0] == NO_IMAGE
    assert len(bot.seen("turns")) == turns + 1


def test_a_download_that_fails_for_now_is_tried_again_with_the_providers_retry(caller, bot, messengers, eventually):
    before, request = kept(messengers), caller.photo(picture(), words())
    caller.provider.next_files.append((503, b"", {"Retry-After": "7"}))
    answer = caller.post(request)
    assert (answer.status_code, answer.json()["error_type"], answer.headers["retry-after"]) == (503, "unavailable", "7")
    assert kept(messengers) == before
    caller.deliver(request)
    eventually(lambda: caller.got)
    (turn,) = turns_of_the_last(bot)
    assert len(turn["photos"]) == 1
    assert len(caller.got) == 1


def test_a_photo_that_is_gone_is_told(caller, eventually):
    request = caller.photo(picture())
    caller.provider.files.clear()
    caller.deliver(request)
    assert eventually(lambda: caller.texts) == [NOT_FETCHED]


def test_a_photo_that_fails_does_not_keep_the_rest_of_its_request_out(someone, bot, eventually):
    one, other, said = someone(OnFacebook), someone(OnFacebook), words()
    batch = one.said(attachments=[{"type": "image", "payload": {"url": one.put(picture())}}])
    batch["entry"] += other.said(text=said)["entry"]
    request = one.signed(batch)
    one.provider.next_files.append((502, b"", {}))
    assert one.post(request).status_code == 503
    eventually(lambda: other.got)
    assert one.got == []
    one.deliver(request)
    eventually(lambda: one.got)
    assert (len(other.got), len(bot.seen("turns", text=said))) == (1, 1)


def test_a_slow_photo_arrives_although_its_provider_was_told_to_wait(someone, bot, eventually):
    person, said = someone(OnTelegram), words()
    request, begun = person.photo(picture(), said), time.monotonic()
    person.provider.next_files.append(3.2)
    assert person.post(request).status_code == 503
    assert time.monotonic() - begun < 3
    eventually(lambda: person.got)
    person.deliver(request)
    person.write("the end")
    eventually(lambda: len(person.got) == 2)
    assert len(bot.seen("turns", text=said)[0]["photos"]) == 1


def test_who_has_sent_enough_is_told(someone, bot, messengers, eventually):
    person, said = someone(OnTelegram), words()
    person.write(said)
    eventually(lambda: person.got)
    (turn,) = bot.seen("turns", text=said)
    with sqlite3.connect(messengers.folder / "gateway.db") as db:
        rows = [(str(uuid.uuid4()), turn["conversation_id"], time.time(), 1) for _ in range(10)]
        db.executemany("INSERT INTO photos (id, conversation_id, made_at, bytes) VALUES (?, ?, ?, ?)", rows)
    person.deliver(person.photo(picture()))
    eventually(lambda: len(person.got) == 2)
    assert "10 photos within the last hour" in person.texts[1]
    with sqlite3.connect(messengers.folder / "gateway.db") as db:
        db.executemany("DELETE FROM photos WHERE id = ?", [row[:1] for row in rows])


def _several(person, said):
    if isinstance(person, OnFacebook):
        return person.attached(*(person.put(picture()) for _ in range(3)), text=said)
    if isinstance(person, OnSlack):
        return person.shared(*(person.put(picture()) for _ in range(3)), text=said)
    request, mail = person.photo(picture(), said), person.mail(said)
    for name in "123":
        mail.add_attachment(picture(), maintype="image", subtype="jpeg", filename=f"{name}.jpg")
    request.body = mail.as_bytes()
    return request


@pytest.mark.parametrize("kind", [OnFacebook, OnSlack, ByMail], ids=lambda kind: kind.channel)
def test_each_of_several_photos_is_a_message_the_first_with_the_words(kind, someone, bot, eventually):
    person, said = someone(kind), words()
    request = _several(person, said)
    person.deliver(request)
    person.deliver(request)
    (first,) = eventually(lambda: bot.seen("turns", text=said))
    conversation = first["conversation_id"]
    turns = eventually(lambda: len(found := bot.seen("turns", conversation_id=conversation)) == 3 and found)
    assert [(turn["text"], len(turn["photos"])) for turn in turns] == [(said, 1), (PHOTO_TEXT, 2), (PHOTO_TEXT, 3)]


# Whose address it is


def _from(person, url):
    """A photo whose file is said to be at ``url``."""
    if isinstance(person, OnFacebook):
        return person.attached(url)
    if isinstance(person, OnSlack):
        return person.shared(url)
    request = person.photo(picture())
    for end in [end for end in person.provider.files if "phone_number_id" in end]:
        person.provider.files[end] = b'{"url": "%s"}' % url.encode()
    return request


@pytest.mark.parametrize("kind", [OnFacebook, OnSlack, OnWhatsApp], ids=lambda kind: kind.channel)
def test_nothing_is_fetched_from_a_foreign_host(kind, someone, stranger, eventually):
    person = someone(kind)
    person.deliver(_from(person, f"{stranger.url}/1.jpg"))
    assert eventually(lambda: person.texts) == [NOT_FETCHED]
    assert stranger.fetched == []


def test_no_redirect_is_followed(caller, stranger, eventually):
    request = caller.photo(picture())
    if isinstance(caller, OnWhatsApp):
        caller.provider.next_files.append(0.0)
    caller.provider.next_files.append((302, b"", {"Location": f"{stranger.url}/1.jpg"}))
    caller.deliver(request)
    assert eventually(lambda: caller.texts) == [NOT_FETCHED]
    assert stranger.fetched == []


def test_the_token_goes_where_it_has_to_and_never_into_the_log(someone, messengers, eventually):
    for kind, setting in ((OnWhatsApp, "whatsapp_token"), (OnSlack, "slack_token"), (OnFacebook, "")):
        person = someone(kind)
        before = len(person.provider.fetched)
        person.deliver(person.photo(picture()))
        eventually(lambda person=person: person.got)
        sent = {call.headers.get("authorization") for call in person.provider.fetched[before:]}
        assert sent == {f"Bearer {kind.settings[setting]}" if setting else None}
    for kind in ON_WEBHOOKS:
        assert not [
            value for name, value in kind.settings.items() if name.endswith("token") and value in messengers.log
        ]


def test_slacks_page_for_an_app_that_may_not_read_files_is_no_photo(someone, eventually):
    person = someone(OnSlack)
    person.deliver(person.photo(b"\n<!DOCTYPE html><html><title>Sign in</title></html>"))
    assert eventually(lambda: person.texts) == [NOT_FETCHED]


SLACK = ("files.slack.com",)


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.jpg?x=1#y", True),
        ("https://FILES.slack.com:443/a", True),
        ("https://eu.files.slack.com/a", True),
        ("http://127.0.0.1:8000/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://evilfiles.slack.com/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://files.slack.com@evil.example/a", False),
        ("https://evil.example\\@files.slack.com/a", False),
        ("https://evil.example#@files.slack.com/a", False),
        ("https://files.slack.com\t/a", False),
        ("https://files.slack.com/a\r\nX: y", False),
        ("http://127.0.0.1:8001/a", False),
        ("https://127.0.0.1:8000/a", False),
        ("http://localhost:8000/a", False),
        ("http://169.254.169.254/latest/meta-data/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_an_address_is_the_providers_or_it_is_not(url, is_good):
    assert is_providers(url, base="http://127.0.0.1:8000/api", hosts=SLACK) is is_good


# What is each channel's own


def test_telegram_gives_the_largest_size_and_pictures_that_were_sent_as_files(someone, bot, eventually):
    person, said = someone(OnTelegram), words()
    person.provider.files["/photos/as-file.jpg"] = picture()
    file = {"file_id": "as-file", "mime_type": "image/png", "file_name": "a.png"}
    person.deliver(person.signed(person.update(document=file, caption=said)))
    eventually(lambda: person.got)
    assert len(bot.seen("turns", text=said)[0]["photos"]) == 1
    pdf = {**file, "mime_type": "application/pdf"}
    person.deliver(person.signed(person.update(document=pdf, caption="read this")))
    eventually(lambda: len(person.got) == 2)
    assert "text and photos" in person.texts[1]


def test_a_file_that_telegram_does_not_give_is_too_large(someone, eventually):
    person = someone(OnTelegram)
    too_big = {"ok": False, "error_code": 400, "description": "Bad Request: file is too big"}
    person.provider.next_answers.append((400, too_big))
    person.deliver(person.photo(picture()))
    assert eventually(lambda: person.texts) == [TOO_LARGE]


def test_the_thumb_of_messenger_is_no_photo(someone, eventually):
    person = someone(OnFacebook)
    thumb = {"type": "image", "payload": {"url": person.put(picture()), "sticker_id": 369239263222822}}
    person.deliver(person.signed(person.said(attachments=[thumb])))
    assert "text and photos" in eventually(lambda: person.texts)[0]


def _read(mail, **options):
    return read_mail(mail.as_bytes(), own_address="help@shop.example", key="k" * 40, **options)


def test_a_logo_inside_of_a_mail_is_no_photo():
    mail = ByMail(None, Provider(None)).mail("hello")
    logo, photo = (os.urandom(size) for size in (LOGO_BYTES - 1, LOGO_BYTES))
    mail.add_alternative('<p>hello</p><img src="cid:a"><img src="cid:b">', "html")
    for data in (logo, photo):
        mail.get_payload()[1].add_related(data, "image", "png", cid="<a>")
    (message,) = _read(mail)
    assert (message.text, message.photo.data) == ("hello", photo)


def test_what_a_long_mail_was_cut_off_of_is_told(someone, bot, eventually):
    person, said = someone(ByMail), words()
    mail = person.mail(said)
    mail.add_attachment(picture(), maintype="image", subtype="jpeg", filename="1.jpg")
    mail.add_attachment(os.urandom(700_000), maintype="application", subtype="zip", filename="2.zip")
    mail.add_attachment(os.urandom(900_000), maintype="image", subtype="jpeg", filename="3.jpg")
    person.provider.deposit(mail.as_bytes())
    eventually(lambda: "too large together" in "\n".join(person.texts))
    assert len(bot.seen("turns", text=said)[0]["photos"]) == 1
