"""Photos in the page: chosen, seen, sent, refused in a sentence."""

import io

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

REMOVE, ADD = "Remove the photo", "Add a photo"
CHOSEN, SENT = "#photo", ".photo-sent"
PASTE = """([bytes, others]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "photo.png", { type: "image/png" }));
    for (const text of others) data.items.add(text, "text/plain");
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.getElementById("message").dispatchEvent(event);
    return event.defaultPrevented;
}"""

WATCH = """() => {
    const send = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function (blob) { window.sent = blob; return send.call(this, blob); };
}"""


def picture(size=(1200, 900), kind="JPEG", **options):
    image = Image.new("RGB", size, "#c9783c")
    image.paste(Image.new("RGB", (size[0] // 2, size[1] // 2), "#3c5fc9"), (size[0] // 4, size[1] // 4))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def choose(chat, content, *, name="photo.jpg", media="image/jpeg"):
    """As with the paperclip."""
    with chat.page.expect_file_chooser() as chooser:
        chat.button(ADD).click()
    chooser.value.set_files({"name": name, "mimeType": media, "buffer": content})


def chosen(chat):
    """The preview, once the gateway has the photo."""
    expect(chat.page.locator("#photo-state")).to_have_text("The photo is ready to be sent.")
    expect(chat.page.locator(CHOSEN)).to_be_visible()
    return chat.page.locator(CHOSEN)


def is_loaded(image):
    image.wait_for()
    return image.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")


def test_a_photo_is_chosen_sent_and_seen(chat, operator, say_unique):
    choose(chat, picture((5000, 2500)))
    expect(chosen(chat).locator("canvas")).to_have_attribute("width", "144")
    expect(chat.field).to_be_focused()
    text = say_unique("broken")
    chat.say(text, answer="heard")
    expect(chat.page.locator(CHOSEN)).to_be_hidden()
    assert is_loaded(chat.mine(text).locator(SENT)) == [2048, 1024]
    chat.page.reload()
    chat.bot("heard").wait_for()
    assert is_loaded(chat.mine(text).get_by_role("img", name="Photo")) == [2048, 1024]


def test_the_photo_is_small_when_it_is_sent(chat):
    big = picture((4000, 3000), quality=100, comment=b"x" * 60000)
    chat.page.evaluate(WATCH)
    choose(chat, big)
    chosen(chat)
    body = bytes(chat.page.evaluate("sent.arrayBuffer().then((bytes) => [...new Uint8Array(bytes)])"))
    assert len(body) < len(big) / 2 and b"xxxx" not in body
    assert Image.open(io.BytesIO(body)).size == (2048, 1536)


def test_a_photo_without_words_by_keyboard(chat):
    chat.page.on("filechooser", lambda _: None)  # the browser tells of them a moment after somebody has asked
    expect(chat.button("Send")).to_be_disabled()
    chat.field.press("Tab")
    expect(chat.button(ADD)).to_be_focused()
    with chat.page.expect_file_chooser() as chooser:
        chat.page.keyboard.press("Enter")
    chooser.value.set_files({"name": "a.webp", "mimeType": "image/webp", "buffer": picture(kind="WEBP")})
    chosen(chat)
    expect(chat.field).to_be_focused()
    chat.page.keyboard.press("Enter")
    chat.bot("heard").wait_for()
    assert is_loaded(chat.log.locator(SENT)) == [1200, 900]
    assert chat.log.locator(".entry.shopper .bubble").inner_text() == ""


def test_a_removed_photo_is_not_sent(chat, say_unique):
    choose(chat, picture())
    chosen(chat)
    chat.button(REMOVE).click()
    expect(chat.page.locator(CHOSEN)).to_be_hidden()
    expect(chat.button(ADD)).to_be_focused()
    expect(chat.button("Send")).to_be_disabled()
    chat.say(say_unique("hello"), answer="heard")
    expect(chat.log.locator(SENT)).to_have_count(0)
    choose(chat, picture())  # the same file may be chosen again
    chosen(chat)


@pytest.mark.parametrize(
    ("content", "media", "sentence"),
    [
        (b"Dear shop, this is a letter.", "image/jpeg", "This file is no photo that we can read."),
        (b"Dear shop, this is a letter.", "text/plain", "This file is no photo that we can read."),
        (b"\xff\xd8" + b"x" * (8 * 1024 * 1024), "image/jpeg", "This photo is too large: at most 8 MB, please."),
    ],
    ids=["called jpg", "another kind", "too large"],
)
def test_what_is_no_photo_is_refused_in_a_sentence(chat, content, media, sentence):
    choose(chat, content, media=media)
    expect(chat.page.get_by_role("alert")).to_contain_text(sentence)
    expect(chat.page.locator(CHOSEN)).to_be_hidden()
    expect(chat.button("Send")).to_be_disabled()
    choose(chat, picture())
    chosen(chat)
    expect(chat.page.locator("#notice")).to_be_hidden()


def test_while_it_uploads_nothing_is_sent(chat):
    def slowly(route):
        chat.page.wait_for_timeout(400)
        route.continue_()

    chat.page.route("**/v1/photos", slowly)
    chat.field.fill("look at this")
    choose(chat, picture())
    expect(chat.page.get_by_role("progressbar", name="Upload of the photo")).to_be_visible()
    expect(chat.button("Send")).to_be_disabled()
    chat.field.press("Enter")
    chosen(chat)
    expect(chat.button("Send")).to_be_enabled()
    chat.field.press("Enter")
    chat.mine("look at this").locator(SENT).wait_for()


def test_an_upload_that_is_cut_off_is_told(chat):
    chat.page.route("**/v1/photos", lambda route: route.abort())
    choose(chat, picture())
    expect(chat.page.get_by_role("alert")).to_have_text("There is no connection to the shop.")
    expect(chat.page.locator(CHOSEN)).to_be_hidden()


def test_an_upload_outlives_the_session(chat, chat_url):
    cookie = {one["name"]: one["value"] for one in chat.page.context.cookies()}
    token = httpx.post(f"{chat_url}/v1/session", json={}, cookies=cookie).json()["csrf_token"]
    httpx.delete(f"{chat_url}/v1/session", cookies=cookie, headers={"X-CSRF-Token": token})
    choose(chat, picture())
    chosen(chat)
    chat.say("look", answer="heard")
    assert is_loaded(chat.mine("look").locator(SENT)) == [1200, 900]


def test_a_photo_is_pasted_but_a_piece_of_a_document_is_text(chat):
    content = list(picture((60, 40), "PNG"))
    assert chat.page.evaluate(PASTE, [content, ["a cell of a table"]]) is False
    expect(chat.page.locator(CHOSEN)).to_be_hidden()
    assert chat.page.evaluate(PASTE, [content, []]) is True
    chosen(chat)


def refused(chat, text):
    """A message with a photo that the gateway refuses once."""
    refusal = {"status": 400, "json": {"error": "Not like this.", "error_type": "invalid_input"}}
    chat.page.route("**/v1/messages", lambda route: route.fulfill(**refusal))
    choose(chat, picture())
    chosen(chat)
    chat.say(text)
    is_loaded(chat.mine(text).locator(SENT))
    chat.page.unroute("**/v1/messages")


def test_a_refused_message_gives_its_photo_back(chat, say_unique):
    text = say_unique("look")
    refused(chat, text)
    chat.button("Edit").click()
    expect(chosen(chat).locator("canvas")).to_have_attribute("width", "144")
    expect(chat.field).to_have_value(text)
    chat.field.press("Enter")
    chat.bot("heard").wait_for()
    assert is_loaded(chat.mine(text).locator(SENT)) == [1200, 900]


def test_a_photo_given_back_goes_along_before_its_picture_is_there(chat, say_unique):
    text = say_unique("look")
    refused(chat, text)
    asked = []
    chat.page.route("**/v1/photos/*", lambda route: asked.append(route))  # answered after the message is sent
    chat.button("Edit").click()
    chosen(chat)
    chat.field.press("Enter")
    chat.bot("heard").wait_for()
    for route in asked:
        route.continue_()
    chat.page.unroute("**/v1/photos/*")
    assert is_loaded(chat.mine(text).locator(SENT)) == [1200, 900]
    expect(chat.page.locator(CHOSEN)).to_be_hidden()


def test_a_photo_that_is_gone_is_a_sentence(chat, say_unique):
    text = say_unique("look")
    chat.page.route("**/v1/photos/*", lambda route: route.fulfill(status=404))
    choose(chat, picture())
    chosen(chat)
    chat.say(text, answer="heard")
    expect(chat.mine(text).locator(".photo-gone")).to_have_text("This photo is not kept any more.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_a_photo_is_chosen_and_seen(chat, say_unique, scheme):
    chat.page.emulate_media(color_scheme=scheme)
    text = say_unique("look")
    choose(chat, picture())
    chosen(chat)
    chat.say(text, answer="heard")
    choose(chat, picture())
    chosen(chat)
    results = Axe().run(chat.page)
    assert results.violations_count == 0, results.generate_report()
