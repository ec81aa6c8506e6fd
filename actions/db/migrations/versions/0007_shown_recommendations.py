"""What was recommended, and whether it was taken up.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "shown_recommendations"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False),
        sa.Column("is_learned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f(f"fk_{TABLE}_customer_id_customers")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f(f"fk_{TABLE}_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "conversation_id", "message_id", "place", name=op.f(f"uq_{TABLE}_conversation_id_message_id_place")
        ),
    )
    op.create_index(op.f(f"ix_{TABLE}_customer_id_product_id"), TABLE, ["customer_id", "product_id"])
    op.create_index(op.f(f"ix_{TABLE}_product_id"), TABLE, ["product_id"])
    op.create_index(op.f(f"ix_{TABLE}_shown_at"), TABLE, ["shown_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
