"""Accounts that are changed in the chat, and promo codes.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("customers") as customers:
        customers.add_column(sa.Column("kind", sa.String(length=16), nullable=False, server_default="private"))
        customers.add_column(sa.Column("newsletter", sa.Boolean(), nullable=False, server_default=sa.false()))
        customers.add_column(sa.Column("erased_at", WHEN, nullable=True))
    with op.batch_alter_table("addresses") as addresses:
        addresses.add_column(sa.Column("is_default", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "account_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_account_changes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
    )
    op.create_index(op.f("ix_account_changes_customer_id"), "account_changes", ["customer_id"], unique=False)
    op.create_table(
        "promo_codes",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("min_total_minor", sa.Integer(), nullable=True),
        sa.Column("valid_from", WHEN, nullable=True),
        sa.Column("valid_until", WHEN, nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("once_per_customer", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_promo_codes")),
    )
    op.create_table(
        "promo_uses",
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["promo_codes.code"], name=op.f("fk_promo_uses_code_promo_codes")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_promo_uses_customer_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_promo_uses_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_promo_uses")),
    )
    op.create_index(op.f("ix_promo_uses_code"), "promo_uses", ["code"], unique=False)
    op.create_index(op.f("ix_promo_uses_customer_id"), "promo_uses", ["customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("promo_uses")
    op.drop_table("promo_codes")
    op.drop_table("account_changes")
    with op.batch_alter_table("addresses") as addresses:
        addresses.drop_column("is_default")
    with op.batch_alter_table("customers") as customers:
        customers.drop_column("erased_at")
        customers.drop_column("newsletter")
        customers.drop_column("kind")
