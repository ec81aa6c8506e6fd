"""What a shopper really wrote: for an administrator, and never without a line in the audit log."""

from __future__ import annotations

from admin_ui.review import audit
from admin_ui.review.accounts import Account
from admin_ui.review.database import Database
from admin_ui.review.tracker import TrackerReader
from contract.wire import Unauthorised


def reveal(database: Database, tracker: TrackerReader, turn_id: int, *, by: Account) -> str:
    """The message as it was written, with its personal data.

    Raises:
        Unauthorised: ``by`` is no administrator.
        NotFound: the tracker store no longer has the message.
        Unavailable: the tracker store, or the database of the audit log, does not answer.
    """
    if not by.is_administrator:
        raise Unauthorised("Only an administrator can see personal data.")
    with database.session() as session:  # before the look, so that none is missing in the log
        audit.note(session, by.name, "reveal", f"message {turn_id}")
    return tracker.raw_text(turn_id)
