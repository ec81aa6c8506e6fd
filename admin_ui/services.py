"""Everything that the pages need, made once for the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from admin_ui.review.accounts import Accounts
from admin_ui.review.clients import ControlClient, GatewayClient, NluClient
from admin_ui.review.corrections import Corrections
from admin_ui.review.database import SYNC_DRIVER, Database, open_database
from admin_ui.review.decisions import Decisions
from admin_ui.review.masking import Masker
from admin_ui.review.projection import Projector
from admin_ui.review.tracker import TrackerReader
from contract.settings import Settings, load


@dataclass(frozen=True)
class Services:
    """All parts are safe to use from several threads."""

    settings: Settings
    database: Database
    accounts: Accounts
    tracker: TrackerReader
    projector: Projector
    decisions: Decisions
    corrections: Corrections
    control: ControlClient
    nlu: NluClient
    gateway: GatewayClient


def build(settings: Settings | None = None) -> Services:
    """Opens what the settings name.

    Raises:
        InvalidInput: a setting has a wrong value.
        ShopclerkError: the review database is newer than this program.
    """
    settings = settings or load()
    database = open_database(settings)
    database.migrate()
    masker = Masker(settings.secret_key)
    tracker = TrackerReader(settings.database_url("tracker", driver=SYNC_DRIVER))
    decisions = Decisions(database, masker=masker, nlu_dir=Path(settings.data_dir) / "nlu")
    nlu = NluClient(settings)
    return Services(
        settings=settings,
        database=database,
        accounts=Accounts(database),
        tracker=tracker,
        projector=Projector(database, tracker, masker=masker, secret_key=settings.secret_key),
        decisions=decisions,
        corrections=Corrections(database, decisions.files, nlu),
        control=ControlClient(settings),
        nlu=nlu,
        gateway=GatewayClient(settings),
    )
