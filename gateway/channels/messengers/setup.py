"""Which messengers are set up, and the parts that they share, started and stopped together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract.settings import PREFIX, Settings
from contract.wire import InvalidInput
from gateway.channels.messengers import facebook, mail, slack, telegram, wechat, whatsapp
from gateway.channels.messengers.calls import Calls
from gateway.channels.messengers.messages import Channel, WebhookChannel
from gateway.channels.messengers.photos import PhotoDesk
from gateway.channels.messengers.receiving import Receiver
from gateway.channels.messengers.sender import Sender
from gateway.inbox import Inbox
from gateway.metrics import Metrics
from gateway.offers import Offers
from gateway.photos import Photos
from gateway.store.database import Database

_WEBHOOKS: tuple[tuple[str, tuple[str, ...], Callable[[Settings, Calls], WebhookChannel]], ...] = (
    ("Telegram", telegram.NEEDED, telegram.Telegram),
    ("WhatsApp", whatsapp.NEEDED, whatsapp.WhatsApp),
    ("Messenger", facebook.NEEDED, facebook.Facebook),
    ("Slack", slack.NEEDED, slack.Slack),
    ("WeChat", wechat.NEEDED, wechat.WeChat),
)
_OWN_SECRETS = {"telegram_webhook_secret", "wechat_token"}
MIN_SECRET = 16


@dataclass
class Messengers:
    """Off, and without a background task, where no messenger is set up."""

    webhooks: dict[str, WebhookChannel]
    calls: Calls
    receiver: Receiver
    sender: Sender
    mail_reader: mail.MailReader | None

    async def start(self) -> None:
        await self.calls.start()
        self.sender.start()
        if self.mail_reader is not None:
            self.mail_reader.start()

    async def stop(self) -> None:
        if self.mail_reader is not None:
            await self.mail_reader.stop()
        await self.receiver.stop()
        await self.sender.stop()
        await self.calls.stop()


def build(
    settings: Settings, database: Database, inbox: Inbox, offers: Offers, metrics: Metrics, photos: Photos
) -> Messengers:
    """The messengers that are set up.

    Raises:
        InvalidInput: one is set up in part, or with a short secret; the sentence names it.
    """
    calls = Calls()
    made = [make(settings, calls) for name, needed, make in _WEBHOOKS if is_set_up(settings, name, needed)]
    webhooks = {channel.name: channel for channel in made}
    channels: dict[str, Channel] = {**webhooks}
    has_mail = is_set_up(settings, "E-mail", mail.NEEDED, but=("smtp_url",))
    if has_mail:
        channels[mail.NAME] = mail.Mail(settings)
    sender = Sender(database, offers, metrics, channels)
    looks = {name: channel.look for name, channel in channels.items()}
    receiver = Receiver(database, inbox, offers, settings, looks, PhotoDesk(photos, channels), sender.wake)
    mail_reader = mail.MailReader(settings, receiver) if has_mail else None
    return Messengers(webhooks, calls, receiver, sender, mail_reader)


def is_set_up(settings: Settings, name: str, needed: tuple[str, ...], *, but: tuple[str, ...] = ()) -> bool:
    """Whether all that is ``needed`` is there. ``but``: settings that others use too, alone they say nothing.

    Raises:
        InvalidInput: some of the settings are there and some are not, or a secret is short.
    """
    missing = [item for item in needed if not getattr(settings, item)]
    if missing and not set(needed) <= {*missing, *but}:
        names = " and ".join(f"{PREFIX}{item.upper()}" for item in missing)
        raise InvalidInput(f"{name} is set up in part: set {names} too, or none of its settings.")
    if not missing:
        _check_secrets(settings, needed)
    return not missing


def _check_secrets(settings: Settings, needed: tuple[str, ...]) -> None:
    """Secrets that the shop makes up itself: whoever guesses one speaks for every shopper."""
    for item in _OWN_SECRETS.intersection(needed):
        length = len(getattr(settings, item))
        if length < MIN_SECRET:
            raise InvalidInput(
                f"{PREFIX}{item.upper()} has {length} characters: set it to at least {MIN_SECRET} random ones."
            )
