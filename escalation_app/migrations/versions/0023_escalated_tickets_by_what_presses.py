"""Escalated tickets by what presses most

Revision: 0023
After: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_escalated",
        "ticket",
        ["sort_at", "id", "pressing_state"],
        sqlite_where=sa.text("is_escalated IS 1"),
        postgresql_where=sa.text("is_escalated IS TRUE"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_escalated", "ticket")
