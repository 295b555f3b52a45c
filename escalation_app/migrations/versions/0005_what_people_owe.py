"""What people owe to a case, who is away, and how far a clock's thresholds are handled

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add_commitments()
    _add_absences()
    op.add_column("clock", sa.Column("mark_us", KEY, nullable=False, server_default="0"))
    op.execute("UPDATE clock SET mark_us = target_us * mark / 100")
    op.drop_column("clock", "mark")
    op.add_column("path_run", sa.Column("cycle", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("path_run", sa.Column("ask", JSON, nullable=False, server_default="{}"))
    op.add_column("path_run", sa.Column("held_us", KEY, nullable=False, server_default="0"))
    op.add_column(
        "ticket",
        sa.Column("has_commitments", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _add_commitments() -> None:
    op.create_table(
        "obligation",
        sa.Column("ticket_id", KEY, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("person_id", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("created_by", KEY, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("role", sa.String(120), nullable=False),
        sa.Column("is_priority", sa.Boolean(), nullable=False),
        sa.Column("is_call", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
    )
    op.create_index("ix_obligation_person", "obligation", ["person_id", "state"])
    op.create_table(
        "promise",
        sa.Column("ticket_id", KEY, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("owner_id", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("made_by", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
    )
    op.create_index("ix_promise_owner", "promise", ["owner_id", "state"])
    op.create_table(
        "escalation_request",
        sa.Column("ticket_id", KEY, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("requested_by", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_at", AT, nullable=False),
        sa.Column("triaged_at", AT, nullable=True),
        sa.Column("triaged_by", KEY, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("outcome", sa.String(300), nullable=False),
    )


def _add_absences() -> None:
    op.create_table(
        "absence",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("person_id", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("from_at", AT, nullable=False),
        sa.Column("until_at", AT, nullable=False),
        sa.Column("substitute_id", KEY, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
    )
    op.create_index("ix_absence_now", "absence", ["until_at", "from_at"])
    op.create_index("ix_absence_person_id", "absence", ["person_id"])


def downgrade() -> None:
    op.add_column("clock", sa.Column("mark", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE clock SET mark = 100 * mark_us / target_us WHERE target_us > 0")
    for table, column in (
        ("clock", "mark_us"),
        ("path_run", "cycle"),
        ("path_run", "ask"),
        ("path_run", "held_us"),
        ("ticket", "has_commitments"),
    ):
        op.drop_column(table, column)
    for table in ("obligation", "promise", "escalation_request", "absence"):
        op.drop_table(table)
