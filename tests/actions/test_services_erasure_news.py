"""The gateway hears of every deleted account, on SQLite and PostgreSQL: once is enough, and a gateway that is away is
waited for. What the shop's own database still knows of the conversations goes with it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Base, Erasure, IdempotencyRow, Order, OutboxMail, Ticket
from actions.services import accounts, erasure, tickets
from actions.services.erasure_news import TELL_AFTER, ErasureNewsWorker
from actions.services.idempotency import IdempotencyKey
from actions.services.janitor import prune
from contract.settings import Settings
from contract.wire import Unavailable

MIA = "demo-mia"
SECRET = "a secret of this installation, long enough"
VIEWER = Viewer("talk", "m", customer_id=MIA, verified=True)
EARLIER = Viewer("earlier", "m")


class GatewayDouble:
    """Notes what it is told; ``status`` is what it answers, ``knows`` the conversations that it found."""

    def __init__(self) -> None:
        self.status, self.knows, self.told = 202, ["talk", "earlier"], list[dict[str, Any]]()
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                double.told.append({"path": self.path, "key": self.headers["Authorization"], **body})
                self.send_response(double.status)
                self.end_headers()
                self.wfile.write(json.dumps({"conversations": double.knows}).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.settings = Settings(secret_key=SECRET, gateway_url=f"http://127.0.0.1:{self.server.server_address[1]}/")

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gateway() -> Iterator[GatewayDouble]:
    made = GatewayDouble()
    yield made
    made.close()


def key(message: str, conversation: str = "talk") -> IdempotencyKey:
    return IdempotencyKey(conversation, message, "change")


def erase(shop) -> None:
    with shop.sessions.begin() as session:
        for order in session.scalars(select(Order).where(Order.customer_id == MIA)):
            order.status = "delivered"
        erasure.erase(session, VIEWER, key("erase"))


def worker(shop, gateway, after: timedelta = TELL_AFTER) -> ErasureNewsWorker:
    return ErasureNewsWorker(shop.sessions, gateway.settings, clock=lambda: utc_now() + after)


def waiting(shop) -> list[str]:
    with shop.reading.begin() as session:
        return list(session.scalars(select(Erasure.customer_id)))


def test_the_gateway_is_told_once_with_the_orders(shop, gateway):
    erase(shop)
    assert worker(shop, gateway, TELL_AFTER - timedelta(seconds=10)).run_once() == 0, "it may be repeated still"
    assert worker(shop, gateway).run_once() == 1
    assert worker(shop, gateway).run_once() == 0
    (told,) = gateway.told
    with shop.reading.begin() as session:
        orders = set(session.scalars(select(Order.id).where(Order.customer_id == MIA)))
    assert (told["path"], told["key"], told["customer_id"]) == ("/v1/erasures", f"Bearer {SECRET}", MIA)
    assert set(told["order_ids"]) == orders and orders
    assert waiting(shop) == []


@pytest.mark.parametrize("fault", [401, 404, 500, "garbage", "away"])
def test_what_it_does_not_take_waits(shop, gateway, fault):
    erase(shop)
    if fault == "away":
        gateway.close()
    elif fault == "garbage":
        gateway.knows = 7
    else:
        gateway.status = fault
    with pytest.raises(Unavailable):
        worker(shop, gateway).run_once()
    assert waiting(shop) == [MIA]


def test_a_failure_of_the_erasure_tells_nobody(shop, gateway):
    with pytest.raises(RuntimeError), shop.sessions.begin() as session:
        for order in session.scalars(select(Order).where(Order.customer_id == MIA)):
            order.status = "delivered"
        erasure.erase(session, VIEWER, key("erase"))
        raise RuntimeError
    assert worker(shop, gateway).run_once() == 0


def test_many_orders_are_told_in_parts(shop, gateway, monkeypatch):
    monkeypatch.setattr("actions.services.erasure_news.ORDERS_AT_ONCE", 2)
    erase(shop)
    worker(shop, gateway).run_once()
    with shop.reading.begin() as session:
        orders = set(session.scalars(select(Order.id).where(Order.customer_id == MIA)))
    parts = [told["order_ids"] for told in gateway.told]
    assert len(parts) > 1 and max(map(len, parts)) <= 2
    assert {each for part in parts for each in part} == orders


def test_nothing_personal_is_left_in_any_table(shop, gateway):
    """Name, addresses, e-mail and the shopper's own words, wherever they were written before."""
    words = "my zeppelin is torn, call Noah"
    with shop.sessions.begin() as session:
        accounts.rename(session, VIEWER, "Mia", "Zimtstern", key("1"))
        tickets.open_ticket(session, VIEWER, "", words, None, key("2"))
        tickets.open_ticket(session, EARLIER, "", words, "elsewhere@zeppelin.example", key("3", "earlier"))
        lines = [address.line1 for address in accounts.own_account(session, VIEWER).addresses]
        of_others = IdempotencyRow(**vars(key("4", "of others")), request_digest="", created_at=utc_now())
        of_others.result = {"a": 1}
        session.add(of_others)
    personal = ["Zimtstern", "Hansen", "mia.hansen@example.com", "zeppelin", *lines]
    assert lines and all(where(shop, word) for word in personal)
    erase(shop)
    worker(shop, gateway).run_once()
    with shop.sessions.begin() as session:
        for mail in session.scalars(select(OutboxMail)):  # the outbox was at work, an hour ago
            mail.state, mail.sent_at = "sent", utc_now() - timedelta(days=31)
        prune(session, 180)
        gone = session.scalars(select(Ticket).where(Ticket.text == erasure.GONE)).all()
        assert {ticket.status for ticket in gone} == {"closed"} and len(gone) >= 2
        assert session.get_one(IdempotencyRow, ("of others", "4", "change")).result == {"a": 1}
    left = {word: found for word in personal if (found := where(shop, word))}
    assert set().union(*left.values()) == {"orders"}, "where parcels went to, as tax law wants it"
    assert left.keys() <= set(lines)


def where(shop, word: str) -> set[str]:
    """The tables in which a word stands."""
    found = set()
    with shop.reading.begin() as session:
        for table in Base.metadata.sorted_tables:
            if any(word in str(tuple(row)) for row in session.execute(select(table))):
                found.add(table.name)
    return found


def test_the_farewell_mail_is_forgotten_within_hours(shop):
    erase(shop)
    with shop.sessions.begin() as session:
        mails = session.scalars(select(OutboxMail).where(OutboxMail.recipient == "mia.hansen@example.com")).all()
        assert "Your account is deleted" in {mail.subject for mail in mails}
        for mail in mails:
            mail.state, mail.sent_at = "sent", utc_now() - timedelta(hours=2)
        prune(session, 180)
    with shop.reading.begin() as session:
        left = session.scalars(select(OutboxMail).where(OutboxMail.recipient == "mia.hansen@example.com")).all()
        assert "Your account is deleted" not in {mail.subject for mail in left}


def test_it_goes_on_until_it_is_stopped(shop, gateway):
    erase(shop)
    stop = threading.Event()
    thread = threading.Thread(target=worker(shop, gateway).run_forever, args=(stop,))
    thread.start()
    end = time.monotonic() + 20
    while waiting(shop):
        assert time.monotonic() < end
        time.sleep(0.05)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
