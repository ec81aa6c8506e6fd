"""The recommender of the action server: fitted at the first question, and again in the background as the shop grows."""

from __future__ import annotations

import logging
import threading
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from actions.db.clock import utc_now
from actions.db.engine import session_factory, transaction
from actions.recommender.arms import Asked
from actions.recommender.choosing import Chooser, Limits, bought_kinds
from actions.recommender.fitted import Fitted, Kinds, fit
from actions.recommender.places import Bandit, Place, fill
from actions.recommender.query import Recommendation, RecommendQuery
from actions.recommender.reasons import reason
from actions.recommender.rewards import read_lessons
from actions.recommender.signals import History, histories, read_signals
from actions.recommender.texts import ProductText
from actions.recommender.vectors import VectorStore
from actions.services.recommended import Origin
from contract.settings import Settings
from contract.wire import InvalidInput, NotFound, ShopclerkError

logger = logging.getLogger(__name__)
CHECK_EVERY_S = 60.0
MOST = 50


class Recommender:
    """``fit``, ``recommend``, ``similar``. One for the whole process; threads may share it."""

    def __init__(self, store: VectorStore, *, check_every_s: float = CHECK_EVERY_S, learned_share: float = 0.0) -> None:
        """
        Args:
            learned_share: the largest share of the places that the bandit fills; 0: it is off.
        """
        self._store, self._check_every_s, self._share = store, check_every_s, learned_share
        self._fitted: Fitted | None = None
        self._bandit: Bandit | None = None
        self._fitting, self._checking = threading.Lock(), threading.Lock()
        self._checked_at = float("-inf")
        self._tried: tuple[ProductText, ...] | None = None

    @classmethod
    def of(cls, settings: Settings) -> Recommender:
        """Opens nothing yet."""
        store = VectorStore(Path(settings.var_dir) / "recommender", settings.encoder)
        is_logged = settings.recommendation_days > 0
        return cls(store, learned_share=settings.recommendation_learned_share if is_logged else 0.0)

    @classmethod
    def fitted(cls, sessions: sessionmaker[Session], settings: Settings) -> Recommender:
        """One that can answer at once; missing vectors of the products are made in the background."""
        made = cls.of(settings)
        with transaction(sessions) as session:
            made.fit(session)
            made.learn(session)
            made._check_soon(session)
        return made

    def fit(self, session: Session) -> Fitted:
        """Learns from the shop as it is now (products, interactions, orders); answers go on from the former state."""
        fitted = fit(session, self._store)
        self._fitted = fitted
        return fitted

    def learn(self, session: Session) -> None:
        """Learns from the whole log which signals are taken up; nothing where the bandit is off."""
        if self._share <= 0:
            return
        try:
            bandit = import_module("actions.recommender.bandit")
        except ImportError:
            logger.warning("The library of the bandit is not installed: recommendations stay in their usual order.")
            self._share = 0.0
            return
        self._bandit = bandit.Bandit(read_lessons(session))

    def recommend(self, session: Session, query: RecommendQuery, limit: int = 3) -> list[Recommendation]:
        """Up to ``limit`` products that can be had now, best first, each with its reason.

        Never what the customer has bought, sent back or disliked, nor another of a kind of which one is enough. Fewer,
        or none, where the filters leave no more.

        Raises:
            InvalidInput: ``limit`` is not between 1 and 50.
        """
        fitted = self._current(session, limit)
        history = self._history(session, query.customer_id)
        asked = _asked(fitted, history, query)
        limits = Limits(
            category=query.category,
            filters=query.filters,
            without=frozenset(
                {*history.bought, *history.unwanted, *query.beside, *query.without, query.like_product_id or ""}
            ),
            without_kinds=_without_kinds(fitted, history, asked),
            varied=asked.like is None,
        )
        places = fill(
            Chooser(session, fitted, limits),
            fitted,
            asked,
            limit,
            is_narrowed=query.is_narrowed,
            bandit=self._bandit,
            share=self._share,
            seed=query.seed,
        )
        return [_recommendation(fitted, place, history, asked) for place in places]

    def similar(self, session: Session, product_id: str, limit: int = 3) -> list[Recommendation]:
        """Up to ``limit`` products near to one, that can be had now, best first.

        Raises:
            NotFound: no such product.
            InvalidInput: ``limit`` is not between 1 and 50.
        """
        fitted = self._current(session, limit)
        if product_id not in fitted.number:
            raise NotFound("We don't have this product (any more).")
        return self.recommend(session, RecommendQuery(like_product_id=product_id), limit)

    def prepare(self, engine: Engine) -> Fitted:
        """Makes the vectors of the products where they are missing, and fits. Takes seconds: not for a turn.

        Raises:
            Unavailable: the encoder does not load; then it is fitted without content.
        """
        reading = session_factory(engine, read_only=True)
        with transaction(reading) as session:
            fitted = self.fit(session)
        if fitted.has_content or not fitted.texts:
            return fitted
        self._store.make(fitted.texts)
        with transaction(reading) as session:
            return self.fit(session)

    def close(self) -> None:
        """Ends an encoding that is under way."""
        self._store.close()

    def _current(self, session: Session, limit: int) -> Fitted:
        if not 1 <= limit <= MOST:
            raise InvalidInput(f"The number of recommendations must be between 1 and {MOST}, not {limit}.")
        fitted = self._fitted
        if fitted is None:
            with self._fitting:
                fitted = self._fitted or self.fit(session)
        self._check_soon(session)
        return fitted

    def _history(self, session: Session, customer_id: str | None) -> History:
        """Read afresh: what was bought a minute ago counts."""
        if customer_id is None:
            return History()
        return histories(read_signals(session, customer_id)).get(customer_id, History())

    def _check_soon(self, session: Session) -> None:
        """Starts a look at the shop in the background, at most once in ``check_every_s`` seconds."""
        bind = session.get_bind()
        if time.monotonic() - self._checked_at < self._check_every_s or not isinstance(bind, Engine):
            return
        self._checked_at = time.monotonic()
        threading.Thread(target=self._check, args=(bind,), name="recommender", daemon=True).start()

    def _check(self, engine: Engine) -> None:
        """Fits again where the shop has grown or changed; makes vectors that are missing."""
        if not self._checking.acquire(blocking=False):
            return
        try:
            with transaction(session_factory(engine, read_only=True)) as session:
                fitted = self._fitted
                if fitted is None or fitted.is_outdated(session):
                    fitted = self.fit(session)
                self.learn(session)
            if not fitted.has_content and self._tried != fitted.texts:
                self._tried = fitted.texts  # tried once for each state of the catalogue
                self.prepare(engine)
        except ShopclerkError as error:
            logger.warning("%s", error.message)
        except Exception as error:
            logger.error("The recommender could not look at the shop again: %s", type(error).__name__)
        finally:
            self._checking.release()


def _asked(fitted: Fitted, history: History, query: RecommendQuery) -> Asked:
    """What it starts from; a product that is not known any more is no start."""
    like = fitted.number.get(query.like_product_id or "")
    beside = tuple(fitted.number[product] for product in query.beside if product in fitted.number)
    if like is None and not beside:
        return Asked(fitted.history(history))
    basis = np.zeros(len(fitted.items), dtype=np.float32)
    basis[list(beside) if like is None else like] = 1.0
    return Asked(basis, like, () if like is not None else beside)


def _without_kinds(fitted: Fitted, history: History, asked: Asked) -> Kinds:
    """Who asks what goes with a thing wants no other of its kind; who asks for something similar does."""
    if asked.like is not None:
        return frozenset()
    at_hand = frozenset(kind for number in asked.beside for kind in fitted.items[number].kinds)
    return bought_kinds(fitted, history, utc_now()) | at_hand


def _recommendation(fitted: Fitted, place: Place, history: History, asked: Asked) -> Recommendation:
    why = reason(fitted, place.product, history, asked)
    return Recommendation(place.product, why.text, Origin(place.arm, place.is_learned, why.kind, place.context))
