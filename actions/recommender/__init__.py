"""Recommendations: fit, recommend, similar; a reason with each, and nothing that is sold out."""

from sqlalchemy.orm import Session, sessionmaker

from actions.recommender.query import Recommendation, RecommendQuery
from actions.recommender.service import Recommender
from contract.settings import Settings

__all__ = ["RecommendQuery", "Recommendation", "Recommender", "fit"]


def fit(sessions: sessionmaker[Session], settings: Settings) -> Recommender:
    """A recommender that has learned from the shop and can answer. Takes a second or less for a small shop."""
    return Recommender.fitted(sessions, settings)
