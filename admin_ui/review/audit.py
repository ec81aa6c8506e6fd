"""Who did what: written in the same transaction as the thing itself, and never changed."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_ui.review.tables import Audit


def note(session: Session, operator: str, action: str, about: str = "", **detail: Any) -> None:
    """Appends a line. ``detail`` must be JSON and hold no personal data of shoppers."""
    session.add(Audit(at=time.time(), operator=operator, action=action, about=about[:255], detail=detail))


def latest(session: Session, *, limit: int = 100) -> list[Audit]:
    """The newest lines first."""
    return list(session.scalars(select(Audit).order_by(Audit.id.desc()).limit(limit)))
