"""Messages in the order they were written

Revision: 0024
After: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index("state", "next_attempt_at", "id")


def downgrade() -> None:
    _index("state", "next_attempt_at")


def _index(*columns: str) -> None:
    not_sent = sa.text("state <> 'sent'")
    op.drop_index("ix_outbox_work", "outbox")
    op.create_index(
        "ix_outbox_work",
        "outbox",
        list(columns),
        sqlite_where=not_sent,
        postgresql_where=not_sent,
    )
