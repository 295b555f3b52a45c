"""What people want to be told, and when

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "notice_preference",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("muted_in_app", json, nullable=False),
        sa.Column("muted_email", json, nullable=False),
        sa.Column("pace", sa.String(length=20), nullable=False),
        sa.Column("quiet", sa.String(length=20), nullable=False),
        sa.Column("quiet_from_min", sa.Integer(), nullable=False),
        sa.Column("quiet_to_min", sa.Integer(), nullable=False),
        sa.Column("quiet_weekends", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )


def downgrade() -> None:
    op.drop_table("notice_preference")
