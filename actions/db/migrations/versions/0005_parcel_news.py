"""What customers were told about their parcels.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parcel_news",
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_parcel_news_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "kind", name=op.f("pk_parcel_news")),
    )


def downgrade() -> None:
    op.drop_table("parcel_news")
