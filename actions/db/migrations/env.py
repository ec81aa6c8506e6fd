"""Run by Alembic, with the connection that ``actions.db.migrate`` hands over. Not a module to import."""

from typing import Literal

from alembic import context

from actions.db.models import Base
from actions.db.models.base import UtcDateTime


def render_item(kind: str, value: object, _autogen_context: object) -> str | Literal[False]:
    """Our own column type as the plain one beneath it, so that a migration needs no import of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
