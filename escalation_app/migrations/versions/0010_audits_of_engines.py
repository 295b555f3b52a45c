"""Audits of engines

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("heartbeat") as table:
        for column in (
            sa.Column("audited_total", BIG_ID, nullable=False, server_default="0"),
            sa.Column("repaired_total", sa.Integer(), nullable=False, server_default="0"),
        ):
            table.add_column(column)


def downgrade() -> None:
    with op.batch_alter_table("heartbeat") as table:
        for name in ("repaired_total", "audited_total"):
            table.drop_column(name)
