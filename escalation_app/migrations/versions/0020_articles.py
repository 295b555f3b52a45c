"""What people have learned from cases

Revision: 0020
After: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", BIG_ID, primary_key=True, nullable=False),
        sa.Column("ticket_id", BIG_ID, sa.ForeignKey("ticket.id"), nullable=False, unique=True),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("symptoms", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_at", AT, nullable=False),
        sa.Column("written_by", BIG_ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("changed_at", AT, nullable=False),
        sa.Column("published_at", AT, nullable=True),
        sa.Column("published_by", BIG_ID, sa.ForeignKey("person.id"), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("article")
