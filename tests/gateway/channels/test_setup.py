"""A messenger is off, on, or refused with the names of what is missing."""

import pytest

from contract.settings import Settings
from contract.wire import InvalidInput
from gateway.app import create_app
from tests.gateway.channels.people import PEOPLE, ByMail, OnTelegram, OnWeChat


def _app(tmp_path, **settings):
    return create_app(Settings(secret_key="k" * 40, var_dir=str(tmp_path), **settings))


def test_nothing_is_on_by_default(tmp_path):
    assert _app(tmp_path).state.gateway.messengers.sender.channels == {}


@pytest.mark.parametrize("kind", PEOPLE, ids=lambda kind: kind.channel)
def test_all_its_settings_turn_a_messenger_on(tmp_path, kind):
    assert list(_app(tmp_path, **kind.settings).state.gateway.messengers.sender.channels) == [kind.channel]


@pytest.mark.parametrize(
    ("kind", "missing"), [(kind, name) for kind in PEOPLE for name in kind.settings], ids=lambda value: str(value)
)
def test_half_a_set_up_names_what_is_missing(tmp_path, kind, missing):
    with pytest.raises(InvalidInput, match=f"is set up in part: set SHOPCLERK_{missing.upper()} too"):
        _app(tmp_path, **{**kind.settings, missing: ""})


@pytest.mark.parametrize(("kind", "name"), [(OnTelegram, "telegram_webhook_secret"), (OnWeChat, "wechat_token")])
def test_a_short_secret_is_refused(tmp_path, kind, name):
    with pytest.raises(InvalidInput, match=f"SHOPCLERK_{name.upper()} has 5 characters: set it to at least 16"):
        _app(tmp_path, **{**kind.settings, name: "short"})


@pytest.mark.parametrize("name", ["email_imap_url", "smtp_url"])
@pytest.mark.parametrize("url", ["https://mail.example", "imaps://", "smtp://host:port", "nothing"])
def test_an_address_of_another_kind_is_refused(tmp_path, name, url):
    with pytest.raises(InvalidInput, match="must look like"):
        _app(tmp_path, **{**ByMail.settings, name: url})


def test_outgoing_mail_alone_reads_no_mailbox(tmp_path):
    gateway = _app(tmp_path, smtp_url="smtp://127.0.0.1:1").state.gateway
    assert (gateway.messengers.mail_reader, gateway.messengers.sender.channels) == (None, {})
