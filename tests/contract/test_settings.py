"""Settings come from the environment, and a wrong one is a sentence."""

import pytest

from contract.settings import documented, load
from contract.wire import InvalidInput

KEY = {"SHOPCLERK_SECRET_KEY": "k" * 40}


def test_defaults_need_only_a_key():
    settings = load(KEY)
    assert settings.gateway_port == 8000
    assert settings.ports() == (5005, 5006)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GATEWAY_PORT", "eight", "SHOPCLERK_GATEWAY_PORT must be int, not 'eight'"),
        ("COOKIE_SECURE", "perhaps", "SHOPCLERK_COOKIE_SECURE must be true or false"),
        ("NLU_DEADLINE_S", "soon", "SHOPCLERK_NLU_DEADLINE_S must be float"),
    ],
)
def test_wrong_value_is_named(name, value, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        load({**KEY, f"SHOPCLERK_{name}": value})


@pytest.mark.parametrize("ports", ["5005", "5005,5005", "a,b", ""])
def test_two_different_rasa_ports(ports):
    settings = load({**KEY, "SHOPCLERK_BOT_PORTS": ports})
    if ports == "":
        assert settings.ports() == (5005, 5006)
    else:
        with pytest.raises(InvalidInput, match="two different ports"):
            settings.ports()


def test_missing_key_says_what_to_do(tmp_path):
    with pytest.raises(InvalidInput, match="make run"):
        load({"SHOPCLERK_VAR_DIR": str(tmp_path)})


def test_stored_key_is_read(tmp_path):
    (tmp_path / "secret_key").write_text("s" * 40 + "\n")
    assert load({"SHOPCLERK_VAR_DIR": str(tmp_path)}).secret_key == "s" * 40


@pytest.mark.parametrize("key", ["short", "k" * 31])
def test_short_key_is_refused(key):
    with pytest.raises(InvalidInput, match="32"):
        load({"SHOPCLERK_SECRET_KEY": key})


def test_database_urls():
    settings = load({**KEY, "SHOPCLERK_SHOP_DATABASE_URL": "postgres://u:p@host/db", "SHOPCLERK_VAR_DIR": "/v"})
    assert settings.database_url("shop", driver="psycopg") == "postgresql+psycopg://u:p@host/db"
    assert settings.database_url("review") == "sqlite:////v/review.db"


def test_every_setting_is_documented():
    assert all(doc.strip() for _, _, doc, _ in documented())
