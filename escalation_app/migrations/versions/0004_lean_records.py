"""Lean records: a message cites its event, a decision and what happens once have keys

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NAMES = {
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
}
"""As PostgreSQL names constraints by itself; SQLite has not named them."""
WITHOUT_ROWID = {"sqlite_with_rowid": False}
NOT_SENT = sa.text("state <> 'sent'")
HAS_DEDUPE_KEY = sa.text("dedupe_key IS NOT NULL")
HAPPENS_ONCE = sa.text("once IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("event") as table:
        table.add_column(sa.Column("revision", sa.Integer(), nullable=True))
        table.add_column(sa.Column("number", sa.Integer(), nullable=True))
        table.add_column(sa.Column("once", sa.String(length=120), nullable=True))
    op.drop_index("ix_event_ticket_id", "event")
    op.create_index("uq_event_decision", "event", ["ticket_id", "revision", "number"], unique=True)
    _create_partial("uq_event_once", "event", ["once"], HAPPENS_ONCE, unique=True)

    for name in ("ix_outbox_work", "ix_outbox_ticket_id", "ix_outbox_bell"):
        op.drop_index(name, "outbox")
    with op.batch_alter_table("outbox", naming_convention=NAMES) as table:
        table.drop_constraint("outbox_dedupe_key_key", type_="unique")
        table.drop_constraint("outbox_ticket_id_fkey", type_="foreignkey")
        table.alter_column("dedupe_key", existing_type=sa.String(length=200), nullable=True)
        table.alter_column("data", existing_type=JSON, nullable=True)
        table.add_column(sa.Column("event_id", BIG_ID, nullable=True))
        table.create_foreign_key("outbox_event_id_fkey", "event", ["event_id"], ["id"])
    op.create_index("uq_outbox_event", "outbox", ["event_id", "person_id", "channel"], unique=True)
    op.create_index("ix_outbox_bell", "outbox", ["person_id", "channel", "read_at"])
    _create_partial("uq_outbox_dedupe", "outbox", ["dedupe_key"], HAS_DEDUPE_KEY, unique=True)
    _create_partial("ix_outbox_work", "outbox", ["state", "next_attempt_at"], NOT_SENT)

    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("path_step", recreate="always", table_kwargs=WITHOUT_ROWID):
            pass


def _create_partial(
    name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False
) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Messages keep the data of their events, and get keys of the old form."""
    op.execute(
        "UPDATE outbox SET"
        " data = coalesce(data, (SELECT event.data FROM event WHERE event.id = event_id)),"
        " dedupe_key = coalesce("
        "dedupe_key, 'event:' || event_id || ':' || person_id || ':' || channel)"
    )
    for name in ("uq_outbox_event", "uq_outbox_dedupe", "ix_outbox_work", "ix_outbox_bell"):
        op.drop_index(name, "outbox")
    with op.batch_alter_table("outbox", naming_convention=NAMES) as table:
        table.drop_constraint("outbox_event_id_fkey", type_="foreignkey")
        table.drop_column("event_id")
        table.alter_column("data", existing_type=JSON, nullable=False)
        table.alter_column("dedupe_key", existing_type=sa.String(length=200), nullable=False)
        table.create_unique_constraint("outbox_dedupe_key_key", ["dedupe_key"])
        table.create_foreign_key("outbox_ticket_id_fkey", "ticket", ["ticket_id"], ["id"])
    op.create_index("ix_outbox_bell", "outbox", ["person_id", "channel", "read_at"])
    op.create_index("ix_outbox_ticket_id", "outbox", ["ticket_id"])
    op.create_index("ix_outbox_work", "outbox", ["state", "next_attempt_at"])
    op.drop_index("uq_event_once", "event")
    op.drop_index("uq_event_decision", "event")
    op.create_index("ix_event_ticket_id", "event", ["ticket_id"])
    with op.batch_alter_table("event") as table:
        for name in ("once", "number", "revision"):
            table.drop_column(name)
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("path_step", recreate="always"):
            pass
