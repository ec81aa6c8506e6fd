"""Who may see and say what: cookies, CSRF tokens, foreign sessions, verified shoppers."""

import sqlite3
import time
import uuid

import httpx
import jwt
import pytest
from starlette.requests import Request

from contract.settings import Settings
from contract.wire import InvalidInput
from gateway.security import check_trusted_proxies, client_of

SHOP_KEY = "the shop's own key for tests, long enough"
COOKIE = "shopclerk_session"


def _shop_token(customer="C-1", *, key=SHOP_KEY, lasts=600, **claims):
    return jwt.encode({"sub": customer, "exp": time.time() + lasts, **claims}, key, algorithm="HS256")


def _with_cookie(someone, token):
    return httpx.Client(base_url=someone.http.base_url, headers={**someone.http.headers}, cookies={COOKIE: token})


def test_a_new_session_greets(shopper):
    opened = shopper().opened
    assert opened["shop_name"] == "Shopclerk Demo"
    assert opened["max_text_length"] == 2000
    assert len(opened["csrf_token"]) >= 43
    (greeting,) = opened["items"]
    assert (greeting["author"], greeting["text"]) == ("bot", opened["greeting"])
    assert all(button["token"] for button in greeting["buttons"])


def test_the_cookie_is_closed_to_scripts_and_kept_as_a_hash(shopper, gateway):
    answer = httpx.post(f"{gateway.url}/v1/session")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    token = answer.cookies[COOKIE]
    assert len(token) >= 43
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        assert token not in "\n".join(db.iterdump())


def test_no_client_ever_sees_the_conversation_id(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    answer = someone.post("hello", message_id=message_id)
    conversation_id = bot.seen("turns", message_id=message_id)[0]["conversation_id"]
    assert conversation_id not in answer.text + str(answer.headers) + str(someone.open())


def test_the_session_goes_on_after_a_reload(shopper):
    someone = shopper()
    someone.say("hello")
    again = someone.open()
    assert again["csrf_token"] == someone.opened["csrf_token"]
    assert len(again["items"]) == 3


@pytest.mark.parametrize("cookie", ["", "A" * 43, "A" * 5000, "' OR 1=1 --"])
def test_a_foreign_session_id_opens_nothing(shopper, cookie):
    someone = shopper()
    with _with_cookie(someone, cookie) as thief:
        for answer in (
            thief.get("/v1/messages"),
            thief.get("/v1/events"),
            thief.post("/v1/messages", json={"message_id": str(uuid.uuid4()), "text": "hi"}),
            thief.delete("/v1/session"),
        ):
            assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")


def test_each_session_sees_only_its_own_conversation(shopper):
    one, other = shopper(), shopper()
    one.say("my secret")
    assert "my secret" not in str(other.history())


@pytest.mark.parametrize("csrf", [None, "", "wrong", "é"])
def test_a_change_needs_the_csrf_token_of_this_session(shopper, csrf):
    someone = shopper()
    del someone.http.headers["X-CSRF-Token"]
    headers = {} if csrf is None else {"X-CSRF-Token": csrf.encode()}
    body = {"message_id": str(uuid.uuid4()), "text": "hi"}
    for answer in (
        someone.http.post("/v1/messages", json=body, headers=headers),
        someone.http.post("/v1/feedback", json={"seq": 1, "value": 1}, headers=headers),
        someone.http.post("/v1/handoff/end", headers=headers),
        someone.http.delete("/v1/session", headers=headers),
    ):
        assert (answer.status_code, answer.json()["error_type"]) == (403, "forbidden")
    assert len(someone.history()) == 1


def test_the_csrf_token_of_another_session_is_refused(shopper):
    one, other = shopper(), shopper()
    one.http.headers["X-CSRF-Token"] = other.opened["csrf_token"]
    assert one.post("hi").status_code == 403


def test_another_page_may_not_send(shopper):
    someone = shopper()
    own = str(someone.http.base_url).rstrip("/").removeprefix("http://")
    for origin in (
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:1",
        "http://[",
        f"http://{own}.evil.example",
        own,
    ):
        someone.http.headers["Origin"] = origin
        assert someone.post("hi").status_code == 403
        assert someone.http.post("/v1/session").status_code == 403
    someone.http.headers["Origin"] = str(someone.http.base_url).rstrip("/")
    assert someone.post("hi").status_code == 200


def test_an_ended_session_is_over(shopper):
    someone = shopper()
    token = someone.http.cookies[COOKIE]
    someone.say("hello")
    answer = someone.http.delete("/v1/session")
    assert (answer.status_code, "Max-Age=0" in answer.headers["Set-Cookie"]) == (204, True)
    with _with_cookie(someone, token) as again:
        assert again.get("/v1/messages").status_code == 401
    assert len(someone.open()["items"]) == 1


def test_an_identified_order_reaches_the_next_turn(shopper, bot):
    someone = shopper()
    someone.say("identify W1234")
    assert someone.say("hello")[0]["text"].endswith("['W1234']")


def test_verification_changes_the_cookie(shopper):
    someone = shopper()
    before = someone.http.cookies[COOKIE]
    someone.say("verify C-7")
    after = someone.http.cookies[COOKIE]
    assert after != before
    with _with_cookie(someone, before) as thief:
        assert thief.get("/v1/messages").status_code == 401
    assert "from C-7" in someone.say("hello")[0]["text"]
    assert someone.open()["is_verified"] is True


def test_the_answer_that_verified_can_be_fetched_again(shopper):
    """The response with the new cookie may be lost: the same request gets the same new cookie."""
    someone, message_id = shopper(), str(uuid.uuid4())
    before = someone.http.cookies[COOKIE]
    first = someone.post("verify C-7", message_id=message_id)
    body = {"message_id": message_id, "text": "verify C-7"}
    with _with_cookie(someone, before) as retry:
        second = retry.post("/v1/messages?wait=1", json=body)
    assert second.json() == first.json()
    assert second.cookies[COOKIE] == first.cookies[COOKIE]


def test_without_waiting_the_next_request_changes_the_cookie(shopper, eventually):
    someone = shopper()
    before = someone.http.cookies[COOKIE]
    someone.post("verify C-7", wait=False)
    eventually(lambda: len(someone.history()) == 3)
    someone.history()
    assert someone.http.cookies[COOKIE] != before
    assert "from C-7" in someone.say("hello")[0]["text"]


@pytest.mark.parametrize("text", ["forge", "foreign"])
def test_a_forged_effect_changes_nothing(shopper, gateway, text):
    someone = shopper()
    before = someone.http.cookies[COOKIE]
    someone.say(text)
    assert someone.http.cookies[COOKIE] == before
    assert "from nobody" in someone.say("hello")[0]["text"]
    assert "effect_refused" in gateway.log


def test_the_shops_login_vouches_for_a_customer(shopper):
    someone = shopper(shop_token=_shop_token("C-42"))
    assert someone.opened["is_verified"] is True
    assert "from C-42" in someone.say("hello")[0]["text"]


def test_a_login_in_the_middle_keeps_the_conversation_and_changes_the_cookie(shopper):
    someone = shopper()
    someone.say("hello")
    before = someone.http.cookies[COOKIE]
    assert len(someone.open(shop_token=_shop_token("C-42"))["items"]) == 3
    assert someone.http.cookies[COOKIE] != before
    now = someone.http.cookies[COOKIE]
    someone.open(shop_token=_shop_token("C-42"))
    assert someone.http.cookies[COOKIE] == now


def test_another_customer_gets_another_conversation(shopper):
    someone = shopper(shop_token=_shop_token("C-1"))
    someone.say("my secret")
    assert len(someone.open(shop_token=_shop_token("C-2"))["items"]) == 1
    assert "from C-2" in someone.say("hello")[0]["text"]


@pytest.mark.parametrize(
    "token",
    [
        _shop_token(key="another key of another shop, also long"),
        _shop_token(lasts=-10),
        _shop_token(lasts=7200),
        _shop_token(customer="'; DROP TABLE"),
        jwt.encode({"sub": "C-1"}, SHOP_KEY, algorithm="HS256"),
        jwt.encode({"exp": time.time() + 60}, SHOP_KEY, algorithm="HS256"),
        jwt.encode({"sub": "C-1", "exp": time.time() + 60}, None, algorithm="none"),
        "garbage",
        "a.b.c",
    ],
    ids=["key", "expired", "too long", "customer", "no expiry", "nobody", "unsigned", "garbage", "dots"],
)
def test_a_bad_shop_token_is_refused(gateway, token):
    answer = httpx.post(f"{gateway.url}/v1/session", json={"shop_token": token})
    assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")
    assert "Set-Cookie" not in answer.headers


def test_an_idle_verified_session_becomes_anonymous_and_hides_what_was_said(shopper, gateway):
    someone = shopper(shop_token=_shop_token("C-1"))
    someone.say("my secret")
    with sqlite3.connect(gateway.folder / "gateway.db", timeout=5) as db:
        db.execute("UPDATE conversations SET active_at = active_at - 3600 WHERE customer_id = 'C-1'")
    opened = someone.open()
    assert (opened["is_verified"], opened["items"]) == (False, [])
    assert "from nobody" in someone.say("hello")[0]["text"]


def test_a_session_ends_after_its_longest_time(shopper, gateway):
    someone = shopper()
    with sqlite3.connect(gateway.folder / "gateway.db", timeout=5) as db:
        db.execute("UPDATE sessions SET created_at = created_at - 90000")
    assert someone.http.get("/v1/messages").status_code == 401
    assert someone.post("hi").status_code == 401


def test_the_embedding_shop_may_call_with_credentials(make_gateway, shopper):
    gateway = make_gateway(allowed_origins="https://shop.example, https://www.shop.example", cookie_secure="true")
    origin = {"Origin": "https://shop.example"}
    answer = httpx.post(f"{gateway.url}/v1/session", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-shopclerk_session=")
    assert all(part in cookie for part in ("Secure", "SameSite=None", "Partitioned", "HttpOnly"))
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-CSRF-Token"}
    assert httpx.options(f"{gateway.url}/v1/messages", headers=asked).status_code == 200
    evil = {**asked, "Origin": "https://evil.example"}
    assert httpx.options(f"{gateway.url}/v1/messages", headers=evil).status_code == 400
    assert httpx.post(f"{gateway.url}/v1/session", headers={"Origin": "https://evil.example"}).status_code == 403
    assert "Strict-Transport-Security" in answer.headers


def test_rate_limits(make_gateway, shopper):
    gateway = make_gateway(messages_per_minute=3, new_sessions_per_minute=2)
    someone = shopper(gateway.url)
    assert [someone.post("hi").status_code for _ in range(5)] == [200] * 3 + [429] * 2
    answers = [httpx.post(f"{gateway.url}/v1/session") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    with _with_cookie(someone, "guess") as thief:
        statuses = [thief.get("/v1/messages").status_code for _ in range(35)]
    assert statuses == [401] * 30 + [429] * 5


def test_shoppers_behind_a_trusted_proxy_are_told_apart(make_gateway):
    gateway = make_gateway(new_sessions_per_minute=1)

    def open_from(said: str) -> int:
        return httpx.post(f"{gateway.url}/v1/session", headers={"X-Forwarded-For": said}).status_code

    assert [open_from(f"203.0.113.{number}") for number in (1, 2, 1)] == [200, 200, 429]
    assert open_from("203.0.113.77, 203.0.113.1") == 429, "what the shopper wrote before the proxy does not count"
    assert [open_from(f"2001:db8:0:{part}") for part in ("1::5", "1:8000::6", "2::5")] == [200, 429, 200]


def test_who_is_no_trusted_proxy_is_not_believed(make_gateway):
    gateway = make_gateway(new_sessions_per_minute=1, trusted_proxies="10.0.0.0/8, 192.0.2.1")
    answers = [
        httpx.post(f"{gateway.url}/v1/session", headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in (1, 2)
    ]
    assert [answer.status_code for answer in answers] == [200, 429]


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one_customer(host, client):
    assert client_of(Request({"type": "http", "client": (host, 1), "headers": []})) == client


def test_a_wrong_trusted_proxy_is_said():
    for written in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(InvalidInput, match="SHOPCLERK_TRUSTED_PROXIES holds"):
            check_trusted_proxies(Settings(secret_key="k" * 40, trusted_proxies=f"127.0.0.1,{written}"))


def test_logs_hold_no_text_token_or_customer(shopper, gateway):
    someone = shopper(shop_token=_shop_token("C-secret"))
    someone.say("my very private words")
    someone.say("empty")
    someone.post("x" * 3000)
    for private in ("private words", "C-secret", someone.http.cookies[COOKIE], someone.opened["csrf_token"]):
        assert private not in gateway.log


def test_whose_account_was_deleted_is_nobody_and_sees_nothing_of_before(shopper):
    someone = shopper()
    someone.say("verify C-8")
    someone.say("my secret")
    someone.say("forget C-8")
    opened = someone.open()
    assert opened["is_verified"] is False
    assert [item["text"] for item in opened["items"]] == ["forget C-8", "Done."]
    assert "from nobody" in someone.say("hello")[0]["text"]
