"""One-time codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.db.clock import utc_now
from actions.db.models import Attempt, OneTimeCode, OutboxMail
from actions.services import identity
from actions.services.views import CodeSent
from contract.wire import InvalidInput, TooMany

MIA = "mia.hansen@example.com"


def ask(shop, people, email=MIA, conversation="t", message="m-1") -> CodeSent:
    with shop.sessions.begin() as session:
        key = people.key(message, "request_code", conversation)
        return identity.request_code(session, conversation, email, key)


def check(shop, code, conversation="t") -> str:
    with shop.sessions.begin() as session:
        return identity.check_code(session, conversation, code)


def mails(shop) -> list[OutboxMail]:
    with shop.reading.begin() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def code_in(mail: OutboxMail) -> str:
    found = re.search(r"\b\d{6}\b", mail.body)
    assert found
    return found[0]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_code_in_the_mail_proves_the_customer_once(shop, people):
    sent = ask(shop, people)
    assert sent == CodeSent("m***@example.com", 10)
    (mail,) = mails(shop)
    assert mail.recipient == MIA
    code = code_in(mail)
    assert check(shop, f" {code[:3]} {code[3:]}. ") == "demo-mia"
    with pytest.raises(identity.WrongCode):
        check(shop, code)


def test_the_code_is_stored_only_as_a_hash(shop, people):
    ask(shop, people)
    code = code_in(mails(shop)[0])
    with shop.reading.begin() as session:
        row = session.scalars(select(OneTimeCode)).one()
    assert code not in (row.code_hash, row.salt, row.email_digest) and len(row.code_hash) == 64
    assert MIA not in str(vars(row))


def test_an_unknown_address_gets_the_same_answer_and_no_mail(shop, people):
    assert ask(shop, people, "nobody@example.com") == CodeSent("n***@example.com", 10)
    assert mails(shop) == []
    with pytest.raises(identity.WrongCode, match="4 tries left"):
        check(shop, "123456")


def test_a_code_works_only_in_its_conversation(shop, people):
    ask(shop, people)
    with pytest.raises(identity.WrongCode, match="no code"):
        check(shop, code_in(mails(shop)[0]), conversation="another")


def test_five_tries(shop, people):
    ask(shop, people)
    code = code_in(mails(shop)[0])
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "last try"):
        with pytest.raises(identity.WrongCode, match=left):
            check(shop, other_than(code))
    with pytest.raises(identity.WrongCode, match="no code"):
        check(shop, code)


def test_parallel_tries_are_counted_one_by_one(shop, people, at_once):
    ask(shop, people)
    wrong = other_than(code_in(mails(shop)[0]))
    results = at_once(12, lambda _number: check(shop, wrong))
    assert all(isinstance(result, identity.WrongCode) for result in results)
    assert sum("no code" in result.message for result in results) == 7


def test_a_code_is_over_after_ten_minutes(shop, people):
    ask(shop, people)
    with shop.sessions.begin() as session:
        session.execute(update(OneTimeCode).values(expires_at=utc_now() - timedelta(seconds=1)))
    with pytest.raises(identity.WrongCode, match="no code"):
        check(shop, code_in(mails(shop)[0]))


def test_a_new_code_makes_the_old_one_void(shop, people):
    ask(shop, people, message="m-1")
    ask(shop, people, message="m-2")
    old, new = (code_in(mail) for mail in mails(shop))
    if old != new:
        with pytest.raises(identity.WrongCode):
            check(shop, old)
    assert check(shop, new) == "demo-mia"


def test_the_same_message_sends_one_code(shop, people, at_once):
    results = at_once(8, lambda _number: ask(shop, people))
    assert results == [CodeSent("m***@example.com", 10)] * 8
    assert len(mails(shop)) == 1


@pytest.mark.parametrize("email", [MIA, "nobody@example.com"])
def test_three_codes_an_hour_for_an_address(shop, people, email):
    for number in range(3):
        ask(shop, people, email, conversation=f"t-{number}", message=f"m-{number}")
    with pytest.raises(TooMany):
        ask(shop, people, email, conversation="t-9", message="m-9")
    with shop.sessions.begin() as session:
        session.execute(update(Attempt).values(at=utc_now() - timedelta(minutes=61)))
    ask(shop, people, email, conversation="t-9", message="m-9")


def test_five_codes_an_hour_for_a_conversation(shop, people):
    for number in range(5):
        ask(shop, people, f"someone{number}@example.com", message=f"m-{number}")
    with pytest.raises(TooMany):
        ask(shop, people, message="m-9")


@pytest.mark.parametrize("email", ["", "mia", "mia@", "a@b", "x@y.z\nBcc: all@example.com", "a" * 300 + "@example.com"])
def test_what_is_no_address_is_refused(shop, people, email):
    with pytest.raises(InvalidInput, match="not an e-mail address"):
        ask(shop, people, email)


@pytest.mark.parametrize("code", ["", "abc", "12345", "1234567", "０００００００", "' OR 1=1 --"])
def test_nonsense_is_a_wrong_code(shop, people, code):
    ask(shop, people)
    with pytest.raises(identity.WrongCode):
        check(shop, code)
