"""Tickets that belong together: merged, linked

Revision: 0021
After: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", KEY, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("other_id", KEY, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", "kind"),
    )
    op.create_index("ix_ticket_link_other", "ticket_link", ["other_id"])
    merged = sa.text("kind = 'merged_into'")
    op.create_index(
        "uq_ticket_link_merged",
        "ticket_link",
        ["ticket_id"],
        unique=True,
        sqlite_where=merged,
        postgresql_where=merged,
    )


def downgrade() -> None:
    op.drop_table("ticket_link")
