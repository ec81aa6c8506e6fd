"""What works beside the actions: mails leave the outbox, the gateway hears of deleted accounts, customers hear of their
parcels where the shop wants it, the recommender is fitted, the encoder reads the articles."""

from __future__ import annotations

import logging
import threading

from actions.runtime import Runtime
from actions.services.chats import Chats
from actions.services.erasure_news import ErasureNewsWorker
from actions.services.outbox import OutboxWorker
from actions.services.parcel_news import ParcelNewsWorker
from contract.wire import ShopclerkError

logger = logging.getLogger(__name__)
STOP_WITHIN_S = 5.0


class Background:
    """Threads that end when ``stop`` is called."""

    def __init__(self, shop: Runtime, stopping: threading.Event) -> None:
        self._shop, self._stopping = shop, stopping
        worker = OutboxWorker(shop.writing, shop.settings)
        self._outbox = threading.Thread(target=worker.run_forever, args=(stopping,), name="outbox", daemon=True)
        self._fitting = threading.Thread(target=self._learn, name="learning", daemon=True)
        erasures = ErasureNewsWorker(shop.writing, shop.settings)
        self._erasures = threading.Thread(target=erasures.run_forever, args=(stopping,), name="erasures", daemon=True)
        chats = Chats(shop.settings) if shop.settings.parcel_news_in_chat else None
        news = ParcelNewsWorker(shop.writing, shop.settings, chats)
        self._news = threading.Thread(target=news.run_forever, args=(stopping,), name="parcel news", daemon=True)

    def start(self) -> None:
        self._outbox.start()
        self._erasures.start()
        self._fitting.start()
        if self._shop.settings.parcel_news:
            self._news.start()

    def stop(self) -> None:
        """Waits for a mail that is being sent and a fit that is under way, for a few seconds each."""
        self._stopping.set()
        for thread in (self._outbox, self._erasures, self._news, self._fitting):
            if thread.is_alive():
                thread.join(STOP_WITHIN_S)

    def _learn(self) -> None:
        """One after the other: each may need a core for half a minute at the first start."""
        self._fit()
        self._read()

    def _fit(self) -> None:
        try:
            self._shop.fit_recommender()
        except (ImportError, AttributeError):
            logger.info("There is no recommender in this installation.")
        except ShopclerkError as error:
            logger.warning("Recommendations are by rating only: %s", error.message)
        except Exception as error:
            logger.error("Recommendations are by rating only: %s", type(error).__name__)

    def _read(self) -> None:
        try:
            self._shop.knowledge.prepare()
        except ImportError:
            logger.info("There is no knowledge base in this installation.")
        except ShopclerkError as error:
            logger.warning("There are no answers from articles: %s", error.message)
