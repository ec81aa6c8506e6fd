from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_ui import reset_password
from admin_ui.review import audit
from admin_ui.review.accounts import IDLE_S, LOCKED_S, MAX_FAILURES, SESSION_S, Accounts
from admin_ui.review.tables import LoginSession, Operator, SetupCode
from contract.wire import Conflict, InvalidInput, NotFound, TooMany, Unauthorised

PASSWORD = "correct horse battery"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def office(database, cheap_hasher, clock):
    return Accounts(database, hasher=cheap_hasher, clock=clock)


@pytest.fixture
def boss(office):
    return office.make_first(code=office.new_setup_code(), name="Boss", password=PASSWORD)


def test_the_first_administrator_needs_the_code(office, database):
    assert office.needs_setup()
    code = office.new_setup_code()
    with database.session() as session:
        assert code not in session.scalars(select(SetupCode.code_hash)).one()
    with pytest.raises(Unauthorised, match="set-up code"):
        office.make_first(code="0000-0000-0000-0000", name="boss", password=PASSWORD)
    boss = office.make_first(code=code, name=" Boss ", password=PASSWORD)
    assert (boss.name, boss.role) == ("boss", "administrator")
    assert not office.needs_setup()
    with pytest.raises(Conflict):
        office.make_first(code=code, name="other", password=PASSWORD)
    with pytest.raises(Conflict):
        office.new_setup_code()


def test_the_code_cannot_be_guessed_for_long_and_a_new_one_replaces_it(office):
    old = office.new_setup_code()
    for _ in range(MAX_FAILURES):
        with pytest.raises(Unauthorised):
            office.make_first(code="wrong", name="boss", password=PASSWORD)
    with pytest.raises(Unauthorised):
        office.make_first(code=old, name="boss", password=PASSWORD)
    new = office.new_setup_code()
    with pytest.raises(Unauthorised):
        office.make_first(code=old, name="boss", password=PASSWORD)
    assert office.make_first(code=new, name="boss", password=PASSWORD).is_administrator


def test_passwords_and_tokens_are_only_stored_as_hashes(office, boss, database):
    _, token = office.log_in("boss", PASSWORD)
    with database.session() as session:
        assert session.scalars(select(Operator.password_hash)).one().startswith("$argon2id$")
        assert token not in session.scalars(select(LoginSession.token_hash)).one()


@pytest.mark.parametrize(("name", "password"), [("boss", "wrong password"), ("nobody", PASSWORD), ("", "")])
def test_wrong_name_and_wrong_password_say_the_same(office, boss, name, password):
    with pytest.raises(Unauthorised, match="The name or the password is wrong"):
        office.log_in(name, password)


def test_five_failures_lock_the_account_for_a_while(office, boss, clock):
    for _ in range(MAX_FAILURES - 1):
        with pytest.raises(Unauthorised):
            office.log_in("boss", "wrong password")
    with pytest.raises(TooMany, match="locked for 15 more minutes"):
        office.log_in("boss", "wrong password")
    with pytest.raises(TooMany):
        office.log_in("boss", PASSWORD)
    clock.now += LOCKED_S + 1
    assert office.log_in("boss", PASSWORD)[0].name == "boss"


def test_sessions_end_by_logging_out_idling_and_age(office, boss, clock):
    for age, idle in ((0.0, False), (IDLE_S + 1, True)):
        _, token = office.log_in("boss", PASSWORD)
        clock.now += age
        assert (office.of_token(token) is None) is idle
    _, token = office.log_in("boss", PASSWORD)
    for _ in range(int(SESSION_S / IDLE_S) + 1):
        clock.now += IDLE_S - 1
        alive = office.of_token(token)
    assert alive is None
    _, token = office.log_in("boss", PASSWORD)
    office.log_out(token)
    assert office.of_token(token) is None
    assert office.of_token("made up") is None


def test_adding_and_closing_accounts(office, boss):
    kim = office.add(name="kim", password=PASSWORD, role="operator", by=boss)
    _, token = office.log_in("kim", PASSWORD)
    with pytest.raises(Conflict, match="named kim"):
        office.add(name="KIM", password=PASSWORD, role="operator", by=boss)
    with pytest.raises(Unauthorised, match="Only an administrator"):
        office.add(name="lee", password=PASSWORD, role="operator", by=kim)
    with pytest.raises(Conflict, match="your own account"):
        office.set_active("boss", active=False, by=boss)
    with pytest.raises(NotFound):
        office.set_active("nobody", active=False, by=boss)
    office.set_active("kim", active=False, by=boss)
    assert office.of_token(token) is None
    with pytest.raises(Unauthorised):
        office.log_in("kim", PASSWORD)
    assert [account.name for account in office.every()] == ["boss", "kim"]


def test_a_forgotten_password_is_reset_by_an_administrator(office, boss, clock):
    kim = office.add(name="kim", password=PASSWORD, role="operator", by=boss)
    _, token = office.log_in("kim", PASSWORD)
    for _ in range(MAX_FAILURES):
        with pytest.raises((Unauthorised, TooMany)):
            office.log_in("kim", "I do not remember")
    with pytest.raises(TooMany):
        office.log_in("kim", PASSWORD)
    with pytest.raises(Unauthorised, match="Only an administrator"):
        office.reset_password("boss", password="another good password", by=kim)
    with pytest.raises(Conflict, match="your own password"):
        office.reset_password("boss", password="another good password", by=boss)
    with pytest.raises(InvalidInput, match="12 to 256"):
        office.reset_password("kim", password="short", by=boss)
    with pytest.raises(NotFound, match="'nobody'"):
        office.reset_password("nobody", password="another good password", by=boss)
    office.reset_password("kim", password="another good password", by=boss)
    assert office.of_token(token) is None, "whoever was in is out"
    assert office.log_in("kim", "another good password"), "the lock is gone"
    with pytest.raises(Unauthorised):
        office.log_in("kim", PASSWORD)
    office.set_active("kim", active=False, by=boss)
    office.reset_password("kim", password=PASSWORD, by=boss)
    with pytest.raises(Unauthorised):
        office.log_in("kim", PASSWORD)


def test_whoever_has_the_machine_resets_the_only_administrators_password(
    office, boss, database, settings, monkeypatch, capsys
):
    monkeypatch.setattr(reset_password, "load", lambda: settings)
    assert reset_password.main(["Boss"]) == 0
    (password,) = re.findall(r"^boss logs in with (\S{16}) ", capsys.readouterr().out)
    assert office.log_in("boss", password)
    with database.session() as session:
        assert [(row.operator, row.about) for row in audit.latest(session) if row.action == "reset password"] == [
            ("(command line)", "boss")
        ]
    assert reset_password.main(["nobody"]) == 1
    assert capsys.readouterr().err == "There is no account named 'nobody'.\n"


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("x", PASSWORD, "2 to 64"),
        ("kim lee", PASSWORD, "2 to 64"),
        ("kim", "short", "12 to 256"),
        ("kim", "aaaaaaaaaaaaaaaa", "too easy"),
        ("kim", "my name is kim!!", "too easy"),
    ],
)
def test_names_and_passwords_that_cannot_be_used(office, boss, name, password, says):
    with pytest.raises(InvalidInput, match=says):
        office.add(name=name, password=password, role="operator", by=boss)
    assert len(office.every()) == 1


def test_a_role_that_does_not_exist(office, boss):
    with pytest.raises(InvalidInput, match="not 'king'"):
        office.add(name="kim", password=PASSWORD, role="king", by=boss)


def test_changing_ones_password_ends_the_other_sessions(office, boss):
    _, here = office.log_in("boss", PASSWORD)
    _, elsewhere = office.log_in("boss", PASSWORD)
    with pytest.raises(Unauthorised):
        office.change_password(boss, old="wrong one", new="another good one", keep=here)
    with pytest.raises(InvalidInput, match="is the old one"):
        office.change_password(boss, old=PASSWORD, new=PASSWORD, keep=here)
    office.change_password(boss, old=PASSWORD, new="another good one", keep=here)
    assert office.of_token(here) is not None
    assert office.of_token(elsewhere) is None
    assert office.log_in("boss", "another good one")
