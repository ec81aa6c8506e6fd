"""Photos that shoppers send: real pictures through a real gateway, and everything that is none."""

import asyncio
import io
import os
import sqlite3
import time
import uuid
from functools import partial

import pytest
from PIL import Image

from contract.settings import Settings
from contract.wire import TooMany
from gateway.photos import PER_HOUR, Photos
from gateway.store import conversations
from gateway.store.database import Database
from tests.gateway.conftest import janitor_of

PHOTO_TEXT = "I am sending a photo."
BROKEN, PLACE = "the corner is broken", 34853


def picture(kind="JPEG", *, size=(640, 480), mode="RGB", **options):
    """A picture whose upper half is red and whose lower half is blue."""
    drawn = "1" if mode == "1" else "RGB"  # a bomb is small here, too
    image = Image.new(drawn, size, "red")
    image.paste(Image.new(drawn, (size[0], size[1] // 2), "blue"), (0, size[1] // 2))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def turned_jpeg():
    """As a phone makes it: lying on its side, with an orientation, its place, and a comment."""
    exif = Image.Exif()
    exif[274] = 6  # turn by 90 degrees clockwise
    exif[271] = "Maker of phones"
    exif.get_ifd(PLACE)[1], exif.get_ifd(PLACE)[2] = "N", (52.0, 31.0, 12.0)
    return picture(size=(4000, 3000), exif=exif, comment=b"made at home", icc_profile=b"x" * 200)


def upload(someone, content, media="image/jpeg", **headers):
    return someone.http.post("/v1/photos", content=content, headers={"Content-Type": media, **headers})


def uploaded(someone, content=None, media="image/jpeg"):
    answer = upload(someone, picture() if content is None else content, media)
    assert answer.status_code == 201, answer.text
    return answer.json()["photo_id"]


def shown(someone, photo_id):
    answer = someone.http.get(f"/v1/photos/{photo_id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    return answer.content


def refused(answer, status, words):
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"], answer.text
    return True


def colour(image, x, y):
    """Red or blue, whatever the compression did."""
    red, _, blue = image.convert("RGB").getpixel((x, y))
    return "red" if red > blue else "blue"


def test_what_a_phone_knows_is_gone_and_the_picture_is_upright(shopper, gateway):
    someone = shopper()
    before = turned_jpeg()
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(PLACE)[1] == "N"
    photo_id = uploaded(someone, before)
    after = shown(someone, photo_id)
    for secret in (b"Exif", b"Maker", b"made at home", b"ICC_PROFILE"):
        assert secret in before and secret not in after
    image = Image.open(io.BytesIO(after))
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (1536, 2048), {})
    assert (colour(image, 10, 1000), colour(image, 1500, 1000)) == ("blue", "red")
    path = gateway.folder / "photos" / f"{photo_id}.jpg"
    assert path.read_bytes() == after
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
def test_other_formats_become_jpeg_too(shopper, kind, mode):
    someone = shopper()
    image = Image.open(io.BytesIO(shown(someone, uploaded(someone, picture(kind, mode=mode), f"image/{kind.lower()}"))))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (640, 480))


@pytest.mark.parametrize("what", ["PNG RGB", "PNG P", "WEBP RGB"])
def test_other_formats_are_turned_upright_too(shopper, what):
    someone, (kind, mode), exif = shopper(), what.split(), Image.Exif()
    exif[274] = 3  # on its head
    content = picture(kind, size=(3000, 400), mode=mode, exif=exif)
    after = shown(someone, uploaded(someone, content, f"image/{kind.lower()}"))
    image = Image.open(io.BytesIO(after))
    assert b"Exif" not in after and image.size == (2048, 273)
    assert (colour(image, 1000, 10), colour(image, 1000, 260)) == ("blue", "red")


def test_what_is_transparent_becomes_white(shopper):
    buffer = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(buffer, "PNG")
    someone = shopper()
    image = Image.open(io.BytesIO(shown(someone, uploaded(someone, buffer.getvalue(), "image/png"))))
    assert image.getpixel((50, 50)) == (255, 255, 255)


def test_two_stills_in_one_jpeg_are_a_photo(shopper):
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))])
    someone = shopper()
    assert Image.open(io.BytesIO(shown(someone, uploaded(someone, buffer.getvalue())))).size == (80, 60)


def animated(kind):
    frames = [Image.new("RGB", (20, 20), name) for name in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"", "no photo"),
        (lambda: b"This is a letter, not a picture.", "no photo"),
        (lambda: SVG, "no photo"),
        (lambda: picture("GIF"), "no photo"),
        (lambda: picture("BMP"), "no photo"),
        (lambda: b"%PDF-1.7\n" + picture(), "no photo"),
        (lambda: picture()[:-2000], "no photo"),
        (lambda: picture("PNG")[:100], "no photo"),
        (lambda: picture("WEBP")[:60], "no photo"),
        (lambda: animated("PNG"), "moves"),
        (lambda: animated("WEBP"), "moves"),
        (lambda: picture("PNG", size=(20000, 20000), mode="1"), "pixels"),
        (lambda: picture("PNG", size=(9000, 9000), mode="1"), "pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photo_is_refused_in_a_sentence(shopper, gateway, make, words):
    assert refused(upload(shopper(), make()), 400, words)
    assert "Traceback" not in gateway.log


def test_too_large_a_body_is_not_read(shopper, make_gateway):
    gateway = make_gateway(photo_max_mb=1)
    someone = shopper(gateway.url)
    assert someone.opened["max_photo_bytes"] == 1024 * 1024
    assert refused(upload(someone, os.urandom(1024 * 1024 + 1)), 413, "at most 1 MB")
    chunks = (os.urandom(64 * 1024) for _ in range(17))
    assert refused(upload(someone, chunks), 413, "at most 1 MB")
    assert not list(gateway.folder.glob("photos/*"))


def test_only_our_own_page_may_upload_and_only_pictures(shopper):
    someone = shopper()
    assert refused(upload(someone, picture(), "image/svg+xml"), 415, "JPEG, PNG or WebP")
    assert refused(upload(someone, picture(), **{"Content-Encoding": "gzip"}), 415, "JPEG, PNG or WebP")
    assert refused(upload(someone, picture(), **{"X-CSRF-Token": "wrong"}), 403, "CSRF")
    assert refused(upload(someone, picture(), Origin="https://evil.example"), 403, "origin")
    del someone.http.headers["X-CSRF-Token"]
    assert refused(upload(someone, picture()), 403, "CSRF")
    someone.http.cookies.clear()
    assert upload(someone, picture()).status_code == 401


def test_a_conversation_sends_a_few_in_an_hour(shopper):
    someone = shopper()
    for _ in range(10):
        uploaded(someone, picture(size=(8, 8)))
    answer = upload(someone, picture())
    assert refused(answer, 429, "within the last hour") and int(answer.headers["retry-after"]) > 0
    uploaded(shopper())


def test_a_message_carries_a_photo(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    photo_id = uploaded(someone)
    someone.say(BROKEN, photo_id=photo_id, message_id=message_id)
    (turn,) = bot.seen("turns", message_id=message_id)
    assert (turn["text"], turn["photos"]) == (BROKEN, [photo_id])
    mine = next(item for item in someone.history() if item["author"] == "shopper")
    assert (mine["text"], mine["image_url"]) == (BROKEN, f"/v1/photos/{photo_id}")
    assert Image.open(io.BytesIO(someone.http.get(mine["image_url"]).content)).size == (640, 480)
    assert {item["image_url"] for item in someone.history() if item["author"] == "bot"} == {None}


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  \n"}])
def test_a_photo_needs_no_words(shopper, bot, body):
    someone, message_id = shopper(), str(uuid.uuid4())
    photo_id = uploaded(someone)
    assert someone.post(photo_id=photo_id, message_id=message_id, **body).status_code == 200
    assert bot.seen("turns", message_id=message_id)[0]["text"] == PHOTO_TEXT
    mine = next(item for item in someone.history() if item["author"] == "shopper")
    assert (mine["text"], mine["image_url"]) == (None, f"/v1/photos/{photo_id}")


def test_the_bot_hears_of_the_photos_that_were_sent_and_of_no_other(shopper, bot):
    someone = shopper()
    kept, first, second = (uploaded(someone) for _ in range(3))
    someone.say("look", photo_id=first)
    someone.say("and this", photo_id=second)
    someone.say("what now", message_id=(asked := str(uuid.uuid4())))
    assert bot.seen("turns", message_id=asked)[0]["photos"] == [first, second]
    shown(someone, kept)


def test_a_photo_of_an_hour_ago_is_not_told_again(make_gateway, shopper, bot):
    gateway = make_gateway()
    someone = shopper(gateway.url)
    someone.say("look", photo_id=uploaded(someone))
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        db.execute("UPDATE photos SET sent_at = ?", (time.time() - 3700,))
    someone.say("what now", message_id=(asked := str(uuid.uuid4())))
    assert bot.seen("turns", message_id=asked)[0]["photos"] == []


def test_a_retry_is_one_message_and_another_photo_is_a_conflict(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    one, other = uploaded(someone), uploaded(someone)
    first = someone.post("look", message_id=message_id, photo_id=one)
    assert someone.post("look", message_id=message_id, photo_id=one).json() == first.json()
    assert someone.post("look", message_id=message_id, photo_id=other).status_code == 409
    assert someone.post("look", message_id=message_id).status_code == 409
    assert len(bot.seen("turns", message_id=message_id)) == 1


def test_a_photo_belongs_to_its_conversation(shopper, operator):
    owner, thief = shopper(), shopper()
    photo_id = uploaded(owner)
    assert refused(thief.post("mine", photo_id=photo_id), 404, "no such photo")
    assert refused(thief.http.get(f"/v1/photos/{photo_id}"), 404, "not kept")
    assert refused(thief.http.get(f"/v1/photos/{uuid.uuid4()}"), 404, "not kept")
    assert refused(owner.http.get("/v1/photos/..%2f..%2fgateway.db"), 404, "")
    assert operator.get(f"/photos/{photo_id}").content == shown(owner, photo_id)
    assert operator.get(f"/photos/{photo_id}", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    owner.http.cookies.clear()
    assert owner.http.get(f"/v1/photos/{photo_id}").status_code == 401
    assert len(thief.history()) == 1


@pytest.mark.parametrize("photo_id", [None, 7, "", "x", "../secret", "0d3f2b9c5f0e4c1b9a536f2a7e1c8b44"])
def test_a_photo_id_of_another_form_is_refused(shopper, photo_id):
    assert shopper().post("hello", photo_id=photo_id).status_code == 400


def test_a_button_takes_no_photo(shopper):
    someone = shopper()
    token = someone.opened["items"][0]["buttons"][0]["token"]
    assert someone.post(token=token, photo_id=uploaded(someone)).status_code == 400


def test_what_was_shown_to_somebody_else_before_is_not_shown(shopper):
    someone = shopper()
    someone.say("look", photo_id=(photo_id := uploaded(someone)))
    shown(someone, photo_id)
    someone.say("forget C-1")
    assert someone.http.get(f"/v1/photos/{photo_id}").status_code == 404


def test_operators_see_the_photos_of_a_conversation(shopper, operator, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    photo_id = uploaded(someone)
    someone.say("look", photo_id=photo_id, message_id=message_id)
    (turn,) = bot.seen("turns", message_id=message_id)
    lines = operator.get(f"/conversations/{turn['conversation_id']}/items").json()["items"]
    (url,) = [line["image_url"] for line in lines if line["image_url"]]
    assert url == f"/v1/operator/photos/{photo_id}"
    assert operator.get(f"/photos/{photo_id}").content[:3] == b"\xff\xd8\xff"


async def test_old_photos_and_those_that_were_never_sent_are_deleted(make_gateway, shopper):
    gateway = make_gateway()
    someone = shopper(gateway.url)
    old, young, unsent, fresh = (uploaded(someone, picture(size=(8, 8))) for _ in range(4))
    for photo_id in (old, young):
        someone.say("look", photo_id=photo_id)
    folder, day = gateway.folder / "photos", 24 * 3600
    stray = folder / f"{uuid.uuid4()}.jpg"  # as a gateway leaves it that was killed before it wrote the row
    stray.write_bytes(b"x")
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        for photo_id, age in ((old, 31 * day), (young, 29 * day), (unsent, 2 * day)):
            db.execute("UPDATE photos SET made_at = ? WHERE id = ?", (time.time() - age, photo_id))
    for path in (folder / f"{old}.jpg", folder / f"{unsent}.jpg", stray):
        os.utime(path, (time.time() - 2 * day,) * 2)
    database = Database(f"sqlite:///{gateway.folder / 'gateway.db'}")
    await database.start()
    settings = Settings(var_dir=str(gateway.folder), photo_days=30)
    await janitor_of(database, settings).clean()
    await database.stop()
    assert {path.stem for path in folder.iterdir()} == {young, fresh}
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        assert {row[0] for row in db.execute("SELECT id FROM photos")} == {young, fresh}
    assert someone.http.get(f"/v1/photos/{old}").status_code == 404
    assert next(item["image_url"] for item in someone.history() if item["image_url"]).endswith(old)


async def test_the_same_photo_again_is_kept_once(each_database, tmp_path):
    """As several gateways do with copies of one message: each has a service of its own."""
    services = [Photos(each_database, Settings(var_dir=str(tmp_path))) for _ in range(3)]
    make = partial(conversations.create, channel="telegram", now=time.time())
    conversation_id, photo_id = await each_database.write(make), str(uuid.uuid4())
    assert not await services[0].is_kept(photo_id)
    kept = [photos.store(conversation_id, picture(), photo_id=photo_id) for photos in services for _ in range(5)]
    assert set(await asyncio.gather(*kept)) == {photo_id}
    assert await services[0].is_kept(photo_id)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == [f"{photo_id}.jpg"]
    for _ in range(PER_HOUR - 1):
        await services[0].store(conversation_id, picture(size=(8, 8)))
    with pytest.raises(TooMany, match="within the last hour"):
        await services[0].store(conversation_id, picture(size=(8, 8)))
    assert await services[0].store(conversation_id, picture(), photo_id=photo_id) == photo_id
    assert len(list((tmp_path / "photos").iterdir())) == PER_HOUR
    for photos in services:
        photos.stop()


def test_a_full_disk_is_a_sentence(make_gateway, shopper):
    gateway = make_gateway()
    (gateway.folder / "photos").write_text("a file where the folder should be")
    someone = shopper(gateway.url)
    assert refused(upload(someone, picture()), 503, "could not be kept")
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        assert db.execute("SELECT count(*) FROM photos").fetchone() == (0,)
