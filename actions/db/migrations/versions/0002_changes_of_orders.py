"""Changes of orders in the chat: exchanges, and what was agreed about a return's money.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD = ["pending", "processed", "shipped", "delivered", "cancelled", "return_requested", "returned", "refunded"]
NEW = [*OLD[:5], "exchange_requested", *OLD[5:]]
CHECK = "ck_orders_status"


def upgrade() -> None:
    _allow(NEW)
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("state", sa.String(length=8), nullable=False, server_default="paid"))
    with op.batch_alter_table("returns") as returns:
        returns.add_column(sa.Column("refund_minor", sa.Integer(), nullable=True))
        returns.add_column(sa.Column("payment_method_id", sa.String(length=64), nullable=True))
        returns.create_foreign_key(
            op.f("fk_returns_payment_method_id_payment_methods"), "payment_methods", ["payment_method_id"], ["id"]
        )
    op.create_table(
        "order_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("status_before", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_changes_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_changes")),
    )
    op.create_index(op.f("ix_order_changes_order_id"), "order_changes", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_order_changes_order_id"), table_name="order_changes")
    op.drop_table("order_changes")
    with op.batch_alter_table("returns") as returns:
        returns.drop_constraint(op.f("fk_returns_payment_method_id_payment_methods"), type_="foreignkey")
        returns.drop_column("payment_method_id")
        returns.drop_column("refund_minor")
    with op.batch_alter_table("payments") as payments:
        payments.drop_column("state")
    op.execute("UPDATE orders SET status = 'delivered' WHERE status = 'exchange_requested'")
    _allow(OLD)


def _allow(statuses: list[str]) -> None:
    with op.batch_alter_table("orders") as orders:
        orders.drop_constraint(op.f(CHECK), type_="check")
        orders.create_check_constraint(op.f(CHECK), f"status IN ({', '.join(repr(status) for status in statuses)})")
