"""Mails: files, a real SMTP conversation, retries, leases, at least once."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions.db.clock import utc_now
from actions.db.models import Attempt, IdempotencyRow, OutboxMail
from actions.services.janitor import prune
from actions.services.mails import enqueue
from actions.services.outbox import MAX_TRIES, OutboxWorker
from actions.services.transport import SmtpTransport
from contract.settings import Settings
from contract.wire import InvalidInput


class SmtpHandler(socketserver.StreamRequestHandler):
    """Speaks just enough SMTP (RFC 5321). Refuses recipients that begin with ``refused``."""

    def handle(self) -> None:
        self.reply("220 test")
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            if command.startswith("EHLO"):
                self.reply("250 test")
            elif command.startswith("RCPT TO:<REFUSED"):
                self.reply("550 no such person")
            elif command == "DATA":
                self.reply("354 go on")
                self.take()
            elif command == "QUIT":
                self.reply("221 bye")
                return
            else:
                self.reply("250 ok")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.received.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        self.reply("250 taken")

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def smtp():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), SmtpHandler)
    server.daemon_threads = True
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def put(shop, recipient="you@example.com", key=None, subject="Grüße", body="Hallo\n.\nEnde") -> None:
    with shop.sessions.begin() as session:
        enqueue(session, recipient, subject, body, key)


def rows(shop) -> list[OutboxMail]:
    with shop.reading.begin() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def due_now(shop) -> None:
    with shop.sessions.begin() as session:
        session.execute(update(OutboxMail).values(next_try_at=utc_now() - timedelta(seconds=1)))


def smtp_settings(tmp_path, server, user="") -> Settings:
    url = f"smtp://{user}127.0.0.1:{server.server_address[1]}"
    return Settings(secret_key="k" * 40, var_dir=str(tmp_path), smtp_url=url, shop_name="Test\nShop")


def test_mails_become_files(empty_shop, shop_settings, people):
    put(empty_shop, key=people.key())
    assert OutboxWorker(empty_shop.sessions, shop_settings).run_once() == 1
    (path,) = (Path(shop_settings.var_dir) / "mail").iterdir()
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (message["To"], message["Subject"]) == ("you@example.com", "Grüße")
    assert message["Message-ID"] == f"<{path.stem}@example.com>" and "Hallo" in message.get_content()
    (row,) = rows(empty_shop)
    assert row.state == "sent" and row.sent_at is not None and row.tries == 1
    assert OutboxWorker(empty_shop.sessions, shop_settings).run_once() == 0


def test_a_mail_sent_twice_has_one_message_id_and_one_file(empty_shop, shop_settings, people):
    put(empty_shop, key=people.key())
    worker = OutboxWorker(empty_shop.sessions, shop_settings)
    worker.run_once()
    with empty_shop.sessions.begin() as session:  # as if the worker had died before it noted that
        session.execute(update(OutboxMail).values(state="pending", sent_at=None))
    assert worker.run_once() == 1
    assert len(list((Path(shop_settings.var_dir) / "mail").iterdir())) == 1


def test_mails_go_over_smtp(empty_shop, tmp_path, smtp):
    put(empty_shop)
    assert OutboxWorker(empty_shop.sessions, smtp_settings(tmp_path, smtp)).run_once() == 1
    (message,) = smtp.received
    assert message["To"] == "you@example.com" and message["Subject"] == "Grüße"
    assert "shop@example.com" in message["From"] and "\n" not in message["From"]
    assert message.get_content().splitlines()[:3] == ["Hallo", ".", "Ende"]


def test_a_refused_mail_waits_longer_each_time_and_stops_none_of_the_others(empty_shop, tmp_path, smtp):
    put(empty_shop, "refused@example.com")
    put(empty_shop, "you@example.com")
    worker = OutboxWorker(empty_shop.sessions, smtp_settings(tmp_path, smtp))
    assert worker.run_once() == 1
    waits = []
    for _ in range(3):
        row = rows(empty_shop)[0]
        waits.append(row.next_try_at - utc_now())
        assert row.state == "pending" and "550" in row.last_error and row.lease is None
        due_now(empty_shop)
        worker.run_once()
    assert waits == sorted(waits) and waits[0] > timedelta(seconds=20)


def test_a_mail_is_given_up_after_ten_tries(empty_shop, tmp_path, smtp):
    put(empty_shop, "refused@example.com")
    worker = OutboxWorker(empty_shop.sessions, smtp_settings(tmp_path, smtp))
    for _ in range(MAX_TRIES + 2):
        due_now(empty_shop)
        worker.run_once()
    (row,) = rows(empty_shop)
    assert (row.state, row.tries) == ("failed", MAX_TRIES)


def test_a_server_that_is_down_loses_nothing(empty_shop, tmp_path, smtp):
    put(empty_shop)
    down = Settings(secret_key="k" * 40, var_dir=str(tmp_path), smtp_url="smtp://127.0.0.1:1")
    assert OutboxWorker(empty_shop.sessions, down).run_once() == 0
    due_now(empty_shop)
    assert OutboxWorker(empty_shop.sessions, smtp_settings(tmp_path, smtp)).run_once() == 1


def test_a_password_does_not_leave_this_machine_unencrypted(tmp_path, smtp, monkeypatch):
    from actions.services import transport

    monkeypatch.setattr(transport, "LOOPBACK", ())
    sender = SmtpTransport(f"smtp://me:secret@127.0.0.1:{smtp.server_address[1]}")
    with pytest.raises(OSError, match="offers no encryption"):
        sender.send(email.message.EmailMessage())
    assert smtp.received == []


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25"])
def test_a_wrong_smtp_url_is_one_sentence(empty_shop, tmp_path, url):
    settings = Settings(secret_key="k" * 40, var_dir=str(tmp_path), smtp_url=url)
    with pytest.raises(InvalidInput, match="SHOPCLERK_SMTP_URL"):
        OutboxWorker(empty_shop.sessions, settings)


def test_two_workers_send_each_mail_once(empty_shop, tmp_path, smtp, at_once):
    for number in range(30):
        put(empty_shop, f"you{number}@example.com")
    workers = [OutboxWorker(empty_shop.sessions, smtp_settings(tmp_path, smtp)) for _ in range(3)]
    sent = at_once(3, lambda number: workers[number].run_once())
    assert sum(sent) == 30
    assert sorted(message["To"] for message in smtp.received) == sorted(f"you{n}@example.com" for n in range(30))


def test_a_lease_of_a_dead_worker_runs_out(empty_shop, shop_settings):
    put(empty_shop)
    worker = OutboxWorker(empty_shop.sessions, shop_settings)
    assert len(worker._claim()) == 1
    assert worker.run_once() == 0
    with empty_shop.sessions.begin() as session:
        session.execute(update(OutboxMail).values(leased_until=utc_now() - timedelta(seconds=1)))
    assert worker.run_once() == 1


def test_the_worker_runs_until_it_is_stopped(empty_shop, shop_settings):
    stop = threading.Event()
    worker = OutboxWorker(empty_shop.sessions, shop_settings)
    thread = threading.Thread(target=worker.run_forever, args=(stop,), kwargs={"every_s": 0.05})
    thread.start()
    put(empty_shop)
    for _ in range(100):
        if rows(empty_shop)[0].state == "sent":
            break
        stop.wait(0.05)
    stop.set()
    thread.join(10)
    assert not thread.is_alive() and rows(empty_shop)[0].state == "sent"


def test_a_mail_of_a_change_that_is_rolled_back_is_never_sent(empty_shop, shop_settings):
    with pytest.raises(RuntimeError), empty_shop.sessions.begin() as session:
        enqueue(session, "you@example.com", "x", "y")
        raise RuntimeError
    assert OutboxWorker(empty_shop.sessions, shop_settings).run_once() == 0


def test_a_subject_cannot_smuggle_headers(empty_shop, shop_settings):
    put(empty_shop, subject="Hello\r\nBcc: all@example.com")
    assert OutboxWorker(empty_shop.sessions, shop_settings).run_once() == 1
    (path,) = (Path(shop_settings.var_dir) / "mail").iterdir()
    assert email.message_from_bytes(path.read_bytes())["Bcc"] is None


def test_the_janitor_forgets_what_is_old(empty_shop, people):
    old = utc_now() - timedelta(days=40)
    with empty_shop.sessions.begin() as session:
        session.add(Attempt(kind="x", subject="y", at=old))
        session.add(Attempt(kind="x", subject="y", at=utc_now()))
        session.add(IdempotencyRow(conversation_id="a", message_id="b", action="c", request_digest="d", created_at=old))
        enqueue(session, "you@example.com", "Your code", "123456")
        session.flush()
        session.execute(update(OutboxMail).values(state="sent", sent_at=utc_now() - timedelta(hours=2)))
        prune(session, 180)
    with empty_shop.reading.begin() as session:
        assert len(session.scalars(select(Attempt)).all()) == 1
        assert session.scalars(select(IdempotencyRow)).all() == []
        assert session.scalars(select(OutboxMail.body)).one() == ""
