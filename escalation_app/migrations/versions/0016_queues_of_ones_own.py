"""Queues of one's own: views, columns, what is put off and what was seen, and tags of tickets

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FILTERED = (
    "tier",
    "severity",
    "status",
    "pressing_state",
    "pressing_soon_at",
    "assignee_id",
    "team",
    "plan",
    "created_at",
    "last_contact_at",
    "organisation_id",
    "tags",
)


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "saved_view",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("owner_id", _KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("shared_with", sa.String(length=60), nullable=False),
        sa.Column("query", json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    stands = sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_saved_view_name",
        "saved_view",
        ["owner_id", "name"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_table(
        "queue_preference",
        sa.Column("person_id", _KEY, nullable=False),
        sa.Column("columns", json, nullable=False),
        sa.Column("default_view_id", _KEY, nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["default_view_id"], ["saved_view.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "ticket_seen",
        sa.Column("person_id", _KEY, nullable=False),
        sa.Column("ticket_id", _KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("person_id", "ticket_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snooze",
        sa.Column("person_id", _KEY, nullable=False),
        sa.Column("ticket_id", _KEY, nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("person_id", "ticket_id"),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "ticket", sa.Column("tags", sa.String(length=400), nullable=False, server_default="")
    )
    op.drop_index("ix_ticket_queue", "ticket")
    op.create_index("ix_ticket_queue", "ticket", ["is_open", "sort_at", *_FILTERED])
    tagged = sa.text("tags <> ''")
    op.create_index(
        "ix_ticket_tags",
        "ticket",
        ["is_open", "tags"],
        sqlite_where=tagged,
        postgresql_where=tagged,
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_tags", "ticket")
    op.drop_index("ix_ticket_queue", "ticket")
    op.create_index("ix_ticket_queue", "ticket", ["is_open", "sort_at"])
    op.drop_column("ticket", "tags")
    for table in ("snooze", "ticket_seen", "queue_preference"):
        op.drop_table(table)
    op.drop_index("uq_saved_view_name", "saved_view")
    op.drop_table("saved_view")
