"""The page, the widget and the headers that protect them."""

import httpx
import pytest
from fastapi.testclient import TestClient

from contract.settings import Settings
from gateway.app import create_app

SECRET = "a secret key for tests, long enough"


@pytest.fixture
def page(tmp_path):
    """Makes a client of an application that has a page, a widget and a script."""

    def make(**settings):
        (tmp_path / "static").mkdir(exist_ok=True)
        for name in ("index.html", "widget.js", "static/chat.js"):
            (tmp_path / name).write_text(name, encoding="utf-8")
        settings = Settings(secret_key=SECRET, var_dir=str(tmp_path / "var"), **settings)
        return TestClient(create_app(settings, web_dir=tmp_path))

    return make


def test_files_are_served(page):
    client = page()
    assert client.get("/").text == "index.html"
    assert client.get("/widget.js").headers["Content-Type"].startswith("text/javascript")
    assert client.get("/static/chat.js").text == "static/chat.js"
    assert client.get("/static/%2e%2e/index.html").status_code == 404
    assert client.get("/static/%2e%2e/%2e%2e/etc/passwd").status_code == 404


def test_the_page_may_run_only_our_scripts_and_stay_in_our_frame(page):
    headers = page().get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'self'")
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_shops_pages_may_frame_it(page):
    client = page(allowed_origins="https://shop.example, https://www.shop.example/")
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"].endswith(
        "frame-ancestors 'self' https://shop.example https://www.shop.example"
    )
    assert "X-Frame-Options" not in headers
    assert client.get("/widget.js").headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_answers_of_the_api_are_not_kept_or_framed(gateway):
    headers = httpx.get(f"{gateway.url}/v1/config").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "Server" not in headers


def test_the_configuration_is_public(gateway):
    body = httpx.get(f"{gateway.url}/v1/config").json()
    assert (body["shop_name"], body["max_text_length"]) == ("Shopclerk Demo", 2000)


def test_a_missing_page_is_a_sentence(tmp_path):
    app = create_app(Settings(secret_key=SECRET, var_dir=str(tmp_path)), web_dir=tmp_path)
    answer = TestClient(app).get("/widget.js")
    assert (answer.status_code, answer.json()["error"]) == (404, "widget.js is not part of this installation.")


def test_an_error_of_ours_is_a_sentence_with_the_same_headers(page, monkeypatch):
    client = page()
    monkeypatch.setattr("gateway.channels.web_session._public", lambda gateway: 1 / 0)
    answer = TestClient(client.app, raise_server_exceptions=False).get("/v1/config")
    assert (answer.status_code, answer.json()["error_type"]) == (500, "internal")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
