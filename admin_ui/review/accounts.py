"""Local accounts: the first administrator, logins that can be locked, sessions that end."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from admin_ui.review import audit
from admin_ui.review.database import Database
from admin_ui.review.passwords import Passwords, check_password, checked_name
from admin_ui.review.tables import LoginSession, Operator, SetupCode
from contract.wire import Conflict, InvalidInput, NotFound, TooMany, Unauthorised

ADMINISTRATOR, OPERATOR = "administrator", "operator"
MAX_FAILURES = 5
LOCKED_S = 15 * 60.0
SESSION_S = 12 * 3600.0
IDLE_S = 2 * 3600.0
MACHINE = "(command line)"  # no name of an account
WRONG = "The name or the password is wrong."


@dataclass(frozen=True)
class Account:
    """An operator as pages see one."""

    id: int
    name: str
    role: str
    is_active: bool
    created_at: float

    @property
    def is_administrator(self) -> bool:
        return self.role == ADMINISTRATOR


class Accounts:
    """Every method is one transaction. Passwords and codes are stored as argon2id hashes only."""

    def __init__(
        self, database: Database, *, clock: Callable[[], float] = time.time, hasher: PasswordHasher | None = None
    ) -> None:
        self._database, self._clock = database, clock
        self._passwords = Passwords(hasher or PasswordHasher())

    def needs_setup(self) -> bool:
        """Whether nobody has an account yet."""
        with self._database.session() as session:
            return not session.scalar(select(func.count(Operator.id)))

    def new_setup_code(self) -> str:
        """A one-time code for making the first administrator; former codes stop working.

        Raises:
            Conflict: there is an account already.
        """
        code = "-".join(secrets.token_hex(2) for _ in range(4))
        with self._database.session() as session:
            _refuse_second_setup(session)
            session.execute(delete(SetupCode))
            session.add(SetupCode(code_hash=self._passwords.hash(code), created_at=self._clock(), failures=0))
        return code

    def make_first(self, *, code: str, name: str, password: str) -> Account:
        """The first administrator.

        Raises:
            Unauthorised: the code is wrong, used, or was tried too often.
            InvalidInput: the name or the password cannot be used.
            Conflict: there is an account already.
        """
        name = checked_name(name)
        check_password(password, name)
        with self._database.session() as session:
            _refuse_second_setup(session)
        self._use_code(code)
        with self._database.session() as session:
            _refuse_second_setup(session)
            account = self._add(session, name, password, ADMINISTRATOR)
            audit.note(session, name, "set up")
            return account

    def _use_code(self, code: str) -> None:
        with self._database.session() as session:
            found = session.scalars(select(SetupCode).where(SetupCode.used_at.is_(None)).with_for_update()).first()
            usable = found is not None and found.failures < MAX_FAILURES
            right = self._passwords.match(found.code_hash if found and usable else None, code.strip().lower())
            if found is not None and usable and right:
                found.used_at = self._clock()
            elif found is not None:
                found.failures += 1
        if not (usable and right):
            raise Unauthorised(
                "The set-up code is wrong or used up. Restart the admin UI: it prints a new one while nobody has an "
                "account."
            )

    def add(self, *, name: str, password: str, role: str, by: Account) -> Account:
        """A new account.

        Raises:
            Unauthorised: ``by`` is no administrator.
            InvalidInput: the name, the role or the password cannot be used.
            Conflict: the name is taken.
        """
        _need_administrator(by)
        name = checked_name(name)
        check_password(password, name)
        if role not in (ADMINISTRATOR, OPERATOR):
            raise InvalidInput(f"A role is {ADMINISTRATOR} or {OPERATOR}, not {role!r}.")
        with self._database.session() as session:
            if session.scalar(select(Operator.id).where(Operator.name == name)) is not None:
                raise Conflict(f"There is an account named {name} already.")
            account = self._add(session, name, password, role)
            audit.note(session, by.name, "add account", name, role=role)
            return account

    def every(self) -> list[Account]:
        """All accounts by name."""
        with self._database.session() as session:
            return [_account(row) for row in session.scalars(select(Operator).order_by(Operator.name))]

    def set_active(self, name: str, *, active: bool, by: Account) -> None:
        """Lets an account in or keeps it out; keeping it out ends its sessions.

        Raises:
            Unauthorised: ``by`` is no administrator.
            Conflict: an administrator would keep himself out.
        """
        _need_administrator(by)
        if name == by.name:
            raise Conflict("You cannot close your own account.")
        with self._database.session() as session:
            row = _by_name(session, name)
            row.is_active, row.failures, row.locked_until = active, 0, 0.0
            if not active:
                session.execute(delete(LoginSession).where(LoginSession.operator_id == row.id))
            audit.note(session, by.name, "open account" if active else "close account", name)

    def change_password(self, account: Account, *, old: str, new: str, keep: str | None = None) -> None:
        """Changes one's own password and ends every other session; ``keep`` is the token of this one.

        Raises:
            Unauthorised: the old password is wrong.
            InvalidInput: the new one is too weak or the same.
        """
        check_password(new, account.name)
        if old == new:
            raise InvalidInput("The new password is the old one.")
        self._check_login(account.name, old)
        with self._database.session() as session:
            _by_name(session, account.name).password_hash = self._passwords.hash(new)
            others = delete(LoginSession).where(LoginSession.operator_id == account.id)
            session.execute(others.where(LoginSession.token_hash != _digest(keep or "")))
            audit.note(session, account.name, "change password")

    def reset_password(self, name: str, *, password: str, by: Account | None) -> None:
        """A new password for who has forgotten it: ends the account's sessions and its lock. A closed one stays closed.

        Args:
            by: None where whoever has the machine does it.

        Raises:
            Unauthorised: ``by`` is no administrator.
            Conflict: it is the account of ``by``, whose old password is asked for.
            InvalidInput: the new one is too weak.
            NotFound: there is no such account.
        """
        if by is not None:
            _need_administrator(by)
            if name == by.name:
                raise Conflict("You change your own password with the one that you have.")
        check_password(password, name)
        with self._database.session() as session:
            row = _by_name(session, name)
            row.password_hash, row.failures, row.locked_until = self._passwords.hash(password), 0, 0.0
            session.execute(delete(LoginSession).where(LoginSession.operator_id == row.id))
            audit.note(session, by.name if by else MACHINE, "reset password", name)

    def log_in(self, name: str, password: str) -> tuple[Account, str]:
        """The account and the token of a new session.

        Raises:
            Unauthorised: the name or the password is wrong, or the account is closed.
            TooMany: too many wrong passwords; the account is locked for a while.
        """
        account = self._check_login(name.strip().lower(), password)
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._database.session() as session:
            session.execute(delete(LoginSession).where(LoginSession.created_at < now - SESSION_S))
            session.add(LoginSession(token_hash=_digest(token), operator_id=account.id, created_at=now, seen_at=now))
            audit.note(session, account.name, "log in")
        return account, token

    def of_token(self, token: str) -> Account | None:
        """Whose session this is, None where it has ended."""
        now = self._clock()
        with self._database.session() as session:
            login = session.get(LoginSession, _digest(token))
            if login is None or now - login.created_at > SESSION_S or now - login.seen_at > IDLE_S:
                return None
            row = session.get_one(Operator, login.operator_id)
            if now - login.seen_at > 60.0:
                login.seen_at = now
            return _account(row) if row.is_active else None

    def log_out(self, token: str) -> None:
        """Ends a session."""
        with self._database.session() as session:
            session.execute(delete(LoginSession).where(LoginSession.token_hash == _digest(token)))

    def _check_login(self, name: str, password: str) -> Account:
        now = self._clock()
        with self._database.session() as session:
            row = session.scalars(select(Operator).where(Operator.name == name).with_for_update()).first()
            locked = row is not None and row.locked_until > now
            right = self._passwords.match(row.password_hash if row and not locked else None, password)
            if row is not None and not locked:
                _count_try(row, right=right, now=now)
                if not right:
                    audit.note(session, name, "wrong password")
            account = _account(row) if row is not None and right and row.is_active and not locked else None
            until = row.locked_until if row is not None else 0.0
        if account is None and until > now:
            minutes = max(1, round((until - now) / 60))
            raise TooMany(f"Too many wrong passwords: this account is locked for {minutes} more minutes.")
        if account is None:
            raise Unauthorised(WRONG)
        return account

    def _add(self, session: Session, name: str, password: str, role: str) -> Account:
        row = Operator(
            name=name,
            password_hash=self._passwords.hash(password),
            role=role,
            is_active=True,
            failures=0,
            locked_until=0.0,
            created_at=self._clock(),
        )
        session.add(row)
        session.flush()
        return _account(row)


def _count_try(row: Operator, *, right: bool, now: float) -> None:
    row.failures = 0 if right else row.failures + 1
    if row.failures >= MAX_FAILURES:
        row.failures, row.locked_until = 0, now + LOCKED_S


def _refuse_second_setup(session: Session) -> None:
    if session.scalar(select(func.count(Operator.id))):
        raise Conflict("There is an account already: log in, or ask an administrator for one.")


def _need_administrator(account: Account) -> None:
    if not account.is_administrator:
        raise Unauthorised("Only an administrator can change accounts.")


def _by_name(session: Session, name: str) -> Operator:
    row = session.scalars(select(Operator).where(Operator.name == name)).first()
    if row is None:
        raise NotFound(f"There is no account named {name!r}.")
    return row


def _account(row: Operator) -> Account:
    return Account(row.id, row.name, row.role, row.is_active, row.created_at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
