"""Lanes of timers: of many that are due, each organisation's are fired in turn

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_index("ix_timer_due", "timer")
    _remake(sqlite_with_rowid=False)
    with op.batch_alter_table("timer") as table:
        table.add_column(sa.Column("lane", BIG_ID, nullable=False, server_default="0"))
    op.execute(
        "UPDATE timer SET lane = coalesce("
        "(SELECT organisation_id FROM ticket WHERE ticket.id = timer.subject_id), 0)"
    )
    op.create_index("ix_timer_due", "timer", ["due_at", "lane"])


def downgrade() -> None:
    op.drop_index("ix_timer_due", "timer")
    with op.batch_alter_table("timer") as table:
        table.drop_column("lane")
    _remake(sqlite_with_rowid=True)
    op.create_index("ix_timer_due", "timer", ["due_at"])


def _remake(*, sqlite_with_rowid: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        options = {"sqlite_with_rowid": sqlite_with_rowid}
        with op.batch_alter_table("timer", recreate="always", table_kwargs=options):
            pass
