"""What is e-mail's own: threads, quotes, robots, and a From that proves nothing."""

import uuid

import pytest

from contract.settings import Settings
from contract.wire import InvalidInput
from gateway.channels.messengers.mail import written
from gateway.channels.messengers.mail_reading import new_part, read_mail
from gateway.channels.messengers.messages import Bubble
from gateway.channels.messengers.rich import Span
from tests.gateway.channels.people import ByMail, numbered


@pytest.fixture
def person(someone):
    return someone(ByMail)


def _flags(person, mail, eventually):
    """What the mailbox says of a mail once it was looked at."""
    place = person.provider.deposit(mail if isinstance(mail, bytes) else mail.as_bytes())
    return eventually(lambda: "\\Seen" in person.provider.mails[place][1] and person.provider.mails[place][1])


def test_one_mail_says_everything_and_a_number_chooses(person, bot, all_sent, eventually):
    person.write("buttons")
    (shown,) = eventually(lambda: person.got)
    assert shown.text == (
        "Choose\n\nSource: Policy (https://shop.example/policy)\n\n"
        "Order A1\nTotal: 9.99\n\nReply with a number:\n1. Cancel it\n\nReply with a number:\n2. Yes\n3. No"
    )
    all_sent()
    person.write(
        f"{numbered(shown.text)['Yes']}\n\nOn Mon, 1 Dec 2025 at 10:00, Shop <help@shop.example>\nwrote:\n> Choose"
    )
    eventually(lambda: len(person.got) == 2)
    assert bot.seen("turns")[-1]["payload"] == "/affirm"


def test_the_answer_stands_in_its_thread_and_says_that_it_is_automatic(person, eventually):
    asked = person.mail("markup <b>")
    person.provider.deposit(asked.as_bytes())
    (call,) = eventually(lambda: person.calls(person.provider.calls))
    assert call.headers["from"] == "Shopclerk Demo <help@shop.example>"
    assert (call.headers["subject"], call.headers["in-reply-to"]) == ("Re: My order", asked["Message-ID"])
    assert call.headers["references"] == asked["Message-ID"]
    assert call.headers["auto-submitted"] == "auto-replied"
    assert "&lt;script&gt;alert(1)&lt;/script&gt; evil <b>bold</b>" in call.body["html"]


def test_a_reply_goes_on_with_the_conversation_and_another_mail_begins_one(person, bot, eventually):
    words = [str(uuid.uuid4()) for _ in range(3)]
    person.write(words[0])
    eventually(lambda: person.got)
    person.write(words[1])
    eventually(lambda: len(person.got) == 2)
    person.provider.deposit(person.mail(words[2], In_Reply_To="", References="").as_bytes())
    eventually(lambda: len(person.got) == 3)
    first, second, third = (bot.seen("turns", text=word)[0]["conversation_id"] for word in words)
    assert first == second != third


@pytest.mark.parametrize("reference", ["", "<made-up@shop.example>", f"<{'A' * 43}.0123456789abcdef@shop.example>"])
def test_a_forged_sender_does_not_get_into_a_strangers_conversation(person, bot, reference, eventually):
    person.write("verify C-7")
    eventually(lambda: person.got)
    person.write("hello")
    eventually(lambda: "from C-7" in person.texts[-1])
    forged = person.mail("hello", In_Reply_To=reference, References=reference)
    person.provider.deposit(forged.as_bytes())
    eventually(lambda: len(person.got) == 3)
    assert "from nobody" in person.texts[-1]


def test_who_was_only_copied_does_not_get_in_either(person, someone, bot, eventually):
    person.write("verify C-8")
    eventually(lambda: person.got)
    other = someone(ByMail)
    known = person.calls(person.provider.calls)[0].headers["message-id"]
    other.provider.deposit(other.mail("hello", References=known).as_bytes())
    assert "from nobody" in eventually(lambda: other.texts)[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated; owner=x"},
        {"Precedence": "bulk"},
        {"Return-Path": "<>"},
        {"List-Id": "<news.example>"},
        {"X-Autoreply": "yes"},
        {"From": "MAILER-DAEMON@mail.example"},
        {"From": "no-reply@mail.example"},
        {"From": "help@shop.example"},
    ],
    ids=str,
)
def test_robots_are_not_answered(person, bot, headers, eventually):
    words = str(uuid.uuid4())
    assert _flags(person, person.mail(words, **headers), eventually) == {"\\Seen"}
    assert not bot.seen("turns", text=words)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe" * 100,
        b"From: nobody\n\nhello",
        b"From: =?utf-8?q?=00?= <\x00@x>\n\nhello",
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 2000,
    ],
    ids=range(5),
)
def test_a_mail_that_cannot_be_read_is_left_to_a_person(person, raw, eventually):
    assert _flags(person, raw, eventually) == {"\\Seen", "\\Flagged"}


def test_a_huge_mail_is_read_as_far_as_its_text(person, bot, eventually):
    words = str(uuid.uuid4())
    mail = person.mail(words)
    mail.add_attachment(b"x" * 2_000_000, maintype="video", subtype="mp4", filename="big.mp4")
    person.provider.deposit(mail.as_bytes())
    eventually(lambda: person.got)
    assert bot.seen("turns", text=words)


def test_a_subject_alone_is_what_was_said(person, bot, eventually):
    words = str(uuid.uuid4())
    person.provider.deposit(person.mail("", Subject=words).as_bytes())
    eventually(lambda: person.got)
    assert bot.seen("turns", text=words)


def test_html_without_a_text_part_is_read(person, bot, eventually):
    words, mail = str(uuid.uuid4()), person.mail(None)
    mail.set_content(
        f"<head><style>p {{}}</style></head><p>{words} &amp; more</p><blockquote>old</blockquote>", subtype="html"
    )
    person.provider.deposit(mail.as_bytes())
    eventually(lambda: person.got)
    assert bot.seen("turns", text=f"{words} & more")


def test_a_letter_that_comes_back_does_not_stop_what_follows(person, eventually):
    person.provider.next_answers.append((403, {}))
    person.write("first")
    eventually(lambda: person.calls(person.provider.refused))
    person.write("second")
    eventually(lambda: len(person.got) == 1)


def test_two_robots_do_not_talk_for_long(person, bot, eventually):
    words = str(uuid.uuid4())
    for _ in range(32):
        person.provider.deposit(person.mail(words, References="", In_Reply_To="").as_bytes())
    flagged = eventually(lambda: [mail for mail in person.provider.mails[-32:] if "\\Flagged" in mail[1]])
    eventually(lambda: all("\\Seen" in flags for _, flags in person.provider.mails[-32:]))
    assert 1 <= len(flagged) <= 2
    assert len(bot.seen("turns", text=words)) <= 31


def test_a_mailbox_that_does_not_open_is_logged_without_the_password(make_gateway, eventually):
    settings = {**ByMail.settings, "email_imap_url": "imap://bot:hidden-word@127.0.0.1:1/INBOX"}
    gateway = make_gateway(**settings, email_poll_s=0.1)
    eventually(lambda: "mailbox_failed" in gateway.log)
    assert "hidden-word" not in gateway.log


QUOTED = {
    "nothing quoted": ("Where is it?\nThanks", "Where is it?\nThanks"),
    "gmail": ("Yes.\n\nOn Tue, Jan 2, 2026 at 3:04 PM Shop <help@shop.example> wrote:\n\n> old\n> older", "Yes."),
    "wrapped": ("Yes.\n\nOn Tue, Jan 2, 2026 at 3:04 PM Shop\n<help@shop.example> wrote:\n> old", "Yes."),
    "outlook": ("Yes.\n\nFrom: Shop <help@shop.example>\nSent: Monday\nTo: Ana\nSubject: Re\n\nold", "Yes."),
    "outlook line": ("Yes.\n\n________________________________\nFrom: Shop\n\nold", "Yes."),
    "original message": ("Yes.\n-----Original Message-----\nold", "Yes."),
    "german": ("Ja.\n\nAm 02.01.2026 um 15:04 schrieb Shop <help@shop.example>:\n> alt", "Ja."),
    "french": ("Oui.\n\nLe 2 janv. 2026 à 15:04, Shop <help@shop.example> a écrit :\n> vieux", "Oui."),
    "signature": ("Yes.\n-- \nAna\nCEO", "Yes."),
    "between quotes": ("> one?\nYes.\n> two?\nNo.", "Yes.\nNo."),
    "windows lines": ("Yes.\r\n\r\n> old\r\n", "Yes."),
    "no false end": ("On Monday I ordered boots.\nFrom: my phone", "On Monday I ordered boots.\nFrom: my phone"),
}


@pytest.mark.parametrize(("text", "new"), QUOTED.values(), ids=QUOTED)
def test_only_what_is_new_counts(text, new):
    assert new_part(text) == new


def test_a_mail_without_an_id_is_the_same_at_each_look():
    raw = b"From: ana@mail.example\nSubject: x\n\nhello"
    (first,), second = (read_mail(raw, own_address="help@shop.example", key="k" * 40) for _ in range(2))
    assert (first,) == second
    assert (first.text, first.address["to"]) == ("hello", "ana@mail.example")


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8"])
def test_bytes_that_are_no_text_are_replaced(charset):
    raw = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n\n".encode() + b"caf\xe9 \xff"
    (message,) = read_mail(raw, own_address="x@y.example", key="k" * 40)
    assert message.text.startswith("caf")


def test_no_address_smuggles_a_header_in():
    raw = (
        b"From: =?utf-8?q?x=0D=0ABcc=3A_evil=40x=2Eexample?= <a@b.example>\nSubject: =?utf-8?q?a=0D=0ABcc=3A_b?=\n\nhi"
    )
    try:
        (message,) = read_mail(raw, own_address="x@y.example", key="k" * 40)
    except InvalidInput:
        return
    assert message.address["to"] == "a@b.example"
    assert "\n" not in message.address["subject"] and "\r" not in message.address["subject"]


def test_the_same_words_twice_are_two_mails_and_one_sent_again_is_one():
    settings = Settings(secret_key="k" * 40, email_address="help@shop.example")
    address = {"to": "a@b.example", "thread": "t" * 43, "subject": "x", "references": "<1@b.example>"}
    first, again, second = (
        written(address, Bubble((Span("Ok."),), key=key), settings) for key in ("4.1", "4.1", "5.1")
    )
    assert first["Message-ID"] == again["Message-ID"] != second["Message-ID"]
