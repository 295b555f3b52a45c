"""Clocks that do not follow a change of their calendar at once

Revision: 0022
After: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("calendar_day") as table:
        table.add_column(sa.Column("left_out", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("retry_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("calendar_day") as table:
        table.drop_column("retry_at")
        table.drop_column("left_out")
