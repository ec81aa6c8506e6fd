"""Deleted accounts of whose conversations the gateway must hear; those that were deleted before, too.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_erasures_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_erasures")),
    )
    op.execute("INSERT INTO erasures (customer_id, at) SELECT id, erased_at FROM customers WHERE erased_at IS NOT NULL")


def downgrade() -> None:
    op.drop_table("erasures")
