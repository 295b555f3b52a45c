"""Preventions that are followed: what became of them, and when their owners are reminded

Revision: 0019
After: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
INDEX = "ix_resolution_prevention_wakes_at"


def upgrade() -> None:
    with op.batch_alter_table("resolution") as table:
        table.add_column(
            sa.Column("prevention_state", sa.String(20), nullable=False, server_default="open")
        )
        table.add_column(
            sa.Column("prevention_reason", sa.String(), nullable=False, server_default="")
        )
        table.add_column(sa.Column("prevention_ended_at", AT, nullable=True))
        table.add_column(sa.Column("prevention_reminded_at", AT, nullable=True))
        table.add_column(sa.Column("prevention_wakes_at", AT, nullable=True))
        table.create_index(INDEX, ["prevention_wakes_at"])
    op.execute("UPDATE resolution SET prevention_wakes_at = prevention_due_at")


def downgrade() -> None:
    with op.batch_alter_table("resolution") as table:
        table.drop_index(INDEX)
        table.drop_column("prevention_wakes_at")
        table.drop_column("prevention_reminded_at")
        table.drop_column("prevention_ended_at")
        table.drop_column("prevention_reason")
        table.drop_column("prevention_state")
