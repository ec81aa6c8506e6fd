"""Every part of the gateway, wired once per application."""

from __future__ import annotations

from dataclasses import dataclass

from contract.settings import MIN_KEY_LENGTH, Settings
from contract.wire import InvalidInput
from gateway import business_hours
from gateway.answering import Answering
from gateway.api_keys import ApiKeys
from gateway.background import Repeating
from gateway.bot_client import BotClient
from gateway.breaker import Breaker
from gateway.channels.messengers import setup as messengers_setup
from gateway.channels.messengers.setup import Messengers
from gateway.chatwoot.api import ChatwootApi, check_settings
from gateway.chatwoot.forwarding import Forwarding
from gateway.chatwoot.replies import Replies
from gateway.clicks import Clicks
from gateway.deployment import DeploymentWatcher
from gateway.erasures import Erasures
from gateway.feedback import Feedback
from gateway.handoff import Handoffs
from gateway.handoff_timeouts import HandoffTimeouts
from gateway.http_client import HttpClient
from gateway.hub import Hub
from gateway.inbox import Inbox
from gateway.janitor import Janitor
from gateway.metrics import Metrics
from gateway.news import NewsDesk
from gateway.notes import Notes
from gateway.offers import Offers
from gateway.outbox import Outbox
from gateway.photos import Photos
from gateway.queueing import Lanes
from gateway.ratelimits import RateLimit
from gateway.reception import Reception
from gateway.satisfaction import Satisfaction
from gateway.security import check_allowed_origins, check_trusted_proxies
from gateway.sessions import Sessions
from gateway.silence import Silence
from gateway.store.database import Database
from gateway.tickets import Tickets
from gateway.turn import TurnRunner

GUESSES_PER_MINUTE = 30
_SLOW_DOWN = "Too many requests from you. Please wait a moment."


@dataclass
class Gateway:
    settings: Settings
    http: HttpClient
    database: Database
    metrics: Metrics
    bot: BotClient
    deployment: DeploymentWatcher
    offers: Offers
    hub: Hub
    lanes: Lanes
    inbox: Inbox
    sessions: Sessions
    handoffs: Handoffs
    forwarding: Forwarding | None
    replies: Replies
    notes: Notes
    news: NewsDesk
    photos: Photos
    clicks: Clicks
    feedback: Feedback
    erasures: Erasures
    api_keys: ApiKeys
    messengers: Messengers
    background: tuple[Repeating, ...]
    new_sessions: RateLimit
    guesses: RateLimit
    ratings: RateLimit

    async def start(self) -> None:
        """Opens the database, follows the deployment and takes up what had no answer yet."""
        await self.database.start()
        await self.http.start()
        self.deployment.start()
        for work in self.background:
            work.start()
        await self.inbox.recover()
        await self.messengers.start()

    async def stop(self) -> None:
        """Stops in the order in which nothing is lost: unanswered messages stay in the inbox."""
        self.hub.close_all()
        await self.messengers.stop()
        await self.lanes.stop()
        for work in self.background:
            await work.stop()
        self.photos.stop()
        await self.deployment.stop()
        await self.http.stop()
        await self.database.stop()


def build(settings: Settings) -> Gateway:
    """The parts of one gateway, not started.

    Raises:
        InvalidInput: a key is too short to be safe, a messenger is set up in part, or the allowed origins, the trusted
            proxies, the business hours or the settings of Chatwoot cannot be used.
    """
    _check_keys(settings)
    check_allowed_origins(settings)
    check_trusted_proxies(settings)
    http = HttpClient()
    database = Database(settings.database_url("gateway", driver="psycopg"))
    photos = Photos(database, settings)
    metrics, offers, breaker, bot = Metrics(), Offers(key=settings.secret_key), Breaker(), BotClient(http)
    hub = Hub(metrics)
    satisfaction = Satisfaction(offers, settings.satisfaction)
    handoffs = Handoffs(database, hub, offers, satisfaction)
    deployment = DeploymentWatcher(http, settings, on_change=breaker.reset)
    turns = TurnRunner(bot, deployment, breaker, metrics, settings)
    reception = Reception(business_hours.from_settings(settings), settings.handoff_wait_minutes * 60)
    answering = Answering(database, turns, offers, hub, metrics, settings, reception, satisfaction)
    lanes = Lanes(answering.answer, limit=settings.queue_limit, metrics=metrics)
    limit = RateLimit(settings.messages_per_minute, sentence=_SLOW_DOWN)
    inbox = Inbox(database, lanes, offers, hub, settings, limit)
    forwarding, silence = _forwarding(settings, database, http, photos), Silence(database, hub, satisfaction, settings)
    erasures = Erasures(database, bot, deployment, hub, photos, settings)
    parts = (
        Outbox(database, bot, deployment, settings),
        erasures,
        Janitor(database, photos, erasures, Tickets(http, settings), settings),
        HandoffTimeouts(database, handoffs, settings),
        *((silence,) if silence.is_on else ()),
        *((forwarding,) if forwarding else ()),
    )
    messengers = messengers_setup.build(settings, database, inbox, offers, metrics, photos)
    return Gateway(
        settings=settings,
        http=http,
        database=database,
        metrics=metrics,
        bot=bot,
        deployment=deployment,
        offers=offers,
        hub=hub,
        lanes=lanes,
        inbox=inbox,
        sessions=Sessions(database, settings, offers),
        handoffs=handoffs,
        forwarding=forwarding,
        replies=Replies(database, handoffs),
        notes=Notes(database),
        news=NewsDesk(database, hub, offers, settings, messengers.sender.channels, messengers.sender.wake),
        photos=photos,
        clicks=Clicks(http, settings),
        feedback=Feedback(database),
        erasures=erasures,
        api_keys=ApiKeys(database),
        background=tuple(part.background() for part in parts),
        messengers=messengers,
        new_sessions=RateLimit(settings.new_sessions_per_minute, sentence=_SLOW_DOWN),
        guesses=RateLimit(GUESSES_PER_MINUTE, sentence=_SLOW_DOWN),
        ratings=RateLimit(settings.messages_per_minute, sentence=_SLOW_DOWN),
    )


def _forwarding(settings: Settings, database: Database, http: HttpClient, photos: Photos) -> Forwarding | None:
    if not check_settings(settings):
        return None
    return Forwarding(database, ChatwootApi(http, settings), photos, settings.secret_key)


def _check_keys(settings: Settings) -> None:
    for name, key in (("SECRET_KEY", settings.secret_key), ("SHOP_TOKEN_KEY", settings.shop_token_key)):
        if (name == "SECRET_KEY" or key) and len(key) < MIN_KEY_LENGTH:
            raise InvalidInput(f"SHOPCLERK_{name} must have at least {MIN_KEY_LENGTH} characters, not {len(key)}.")
