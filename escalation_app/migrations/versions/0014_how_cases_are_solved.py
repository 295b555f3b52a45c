"""How cases are solved

Revision: 0014
After: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "resolution",
        sa.Column("escalation_id", KEY, sa.ForeignKey("escalation.id"), nullable=False),
        sa.Column("ticket_id", KEY, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("held", json, nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("prevention", sa.String(), nullable=False),
        sa.Column("prevention_owner_id", KEY, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("prevention_due_at", AT, nullable=True),
        sa.Column("noted_at", AT, nullable=False),
        sa.Column("noted_by", KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.PrimaryKeyConstraint("escalation_id"),
    )
    op.create_index("ix_resolution_ticket_id", "resolution", ["ticket_id"])
    op.create_index("ix_resolution_prevention_owner_id", "resolution", ["prevention_owner_id"])


def downgrade() -> None:
    op.drop_table("resolution")
