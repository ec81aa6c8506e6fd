"""Approved labels in force at once: the transformer service is told what stands in ``data/nlu/reviewed/``.

The files say what should hold and the service says what does; the difference is sent. So nothing is lost where the
service is down, a label was changed by hand, or the service's memory was.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import select

from admin_ui.review.clients import NluClient
from admin_ui.review.database import Database
from admin_ui.review.tables import Annotation
from admin_ui.review.training.markup import plain
from admin_ui.review.training.reviewed import ReviewedFiles
from contract.nlu import Correction, CorrectionRequest
from contract.wire import ShopclerkError, Unavailable

OURS = "review-"
CHECK_EVERY_S, RETRY_AFTER_S = 60.0, 10.0
BUDGET_S = 3.0  # of one pass: a page waits for it; what is left is sent by the next
IN_FORCE = ("live", "learned")
SAYS = {
    "live": "It is in force: this message and close paraphrases of it are understood so from now on.",
    "learned": "It is in force: the model has learned it.",
    "unknown_intent": "It is not in force yet: the model does not know this intent. Train, then promote.",
    "waiting": "It is not in force yet: the transformer service has no model loaded.",
}
NOT_SENT = "It is not in force yet: it is sent to the transformer service as soon as that answers."


@dataclass(frozen=True)
class Standing:
    """What the service said last: ``states`` by id of our corrections; ``problem`` why some are missing there."""

    states: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def in_force(self) -> int:
        """How many labels hold."""
        return sum(state in IN_FORCE for state in self.states.values())


class Corrections:
    """Safe to use from several threads."""

    def __init__(self, database: Database, files: ReviewedFiles, nlu: NluClient) -> None:
        self._database, self._files, self._nlu = database, files, nlu
        self._lock = threading.Lock()
        self._next, self._sent = float("-inf"), dict[str, CorrectionRequest]()
        self.standing = Standing()

    def says(self, text: str) -> str:
        """A sentence for a person: whether the label approved for ``text`` is in force."""
        return SAYS.get(self.standing.states.get(id_of(text), ""), NOT_SENT)

    def keep_up(self) -> None:
        """Sends what has changed, if anything has or it is time to look again. Never raises."""
        with self._lock:
            try:
                wanted = self._wanted()
                if wanted != self._sent or time.monotonic() >= self._next:
                    self._reconcile(wanted, first="")
            except ShopclerkError as error:
                self._fail(error)

    def send_now(self, text: str) -> None:
        """Sends what has changed, the label of ``text`` before all others. Never raises: ``says`` tells."""
        with self._lock:
            try:
                self._reconcile(self._wanted(), first=id_of(text))
            except ShopclerkError as error:
                self._fail(error)

    def _wanted(self) -> dict[str, CorrectionRequest]:
        return {id_of(e.text): CorrectionRequest(e.text, e.intent, e.entities) for e in self._files.examples()}

    def _reconcile(self, wanted: dict[str, CorrectionRequest], *, first: str) -> None:
        # What fails is tried again after a while, not at every page.
        self._sent, self._next = wanted, time.monotonic() + RETRY_AFTER_S
        end, problem = time.monotonic() + BUDGET_S, None
        held = {c.id: c for c in self._nlu.corrections().corrections if c.id.startswith(OURS)}
        for name in held.keys() - wanted.keys():
            self._nlu.revoke(name)
            del held[name]
        missing = sorted((name for name in wanted if not _is_same(held.get(name), wanted[name])), key=first.__ne__)
        authors = self._authors() if missing else {}
        for name in missing:
            if time.monotonic() > end:
                problem, self._next = "Some labels are still being sent.", float("-inf")
                break
            try:
                held[name] = self._nlu.put_correction(name, _by(wanted[name], authors.get(name, "")))
            except Unavailable:
                raise
            except ShopclerkError as error:  # this label cannot be used: the others can
                held.pop(name, None)
                problem = error.message
        self.standing = Standing({name: correction.state for name, correction in held.items()}, problem)
        if problem is None:
            self._next = time.monotonic() + CHECK_EVERY_S

    def _fail(self, error: ShopclerkError) -> None:
        self.standing = Standing({}, error.message)

    def _authors(self) -> dict[str, str]:
        """Who approved which label last; those that were written by hand have nobody."""
        query = select(Annotation.text, Annotation.operator).where(Annotation.is_example.is_(True))
        with self._database.session() as session:
            return {id_of(text): operator for text, operator in session.execute(query.order_by(Annotation.id))}


def id_of(text: str) -> str:
    """The id of the correction for a text, the same however its letters and blanks are written."""
    words = " ".join(plain(text).casefold().split())
    return OURS + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def _is_same(held: Correction | None, wanted: CorrectionRequest) -> bool:
    return held is not None and (held.text, held.intent, held.entities) == (wanted.text, wanted.intent, wanted.entities)


def _by(request: CorrectionRequest, operator: str) -> CorrectionRequest:
    return CorrectionRequest(request.text, request.intent, request.entities, operator)
