"""Clocks that were set

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("heartbeat", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.add_column("heartbeat", sa.Column("jumped_us", big_id, nullable=False, server_default="0"))
    op.add_column("heartbeat", sa.Column("confirmed_hold", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("heartbeat") as heartbeat:
        for name in ("held_until", "jumped_us", "confirmed_hold"):
            heartbeat.drop_column(name)
