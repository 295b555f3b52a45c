"""Messages to channels that many read, and messages that are forced

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.BigInteger(), nullable=True)
        batch_op.alter_column(
            "channel",
            existing_type=sa.String(length=20),
            type_=sa.String(length=60),
            existing_nullable=False,
        )
        batch_op.add_column(
            sa.Column("is_forced", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE person_id IS NULL")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("is_forced")
        batch_op.alter_column(
            "channel",
            existing_type=sa.String(length=60),
            type_=sa.String(length=20),
            existing_nullable=False,
        )
        batch_op.alter_column("person_id", existing_type=sa.BigInteger(), nullable=False)
