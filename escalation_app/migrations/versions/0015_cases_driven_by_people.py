"""Cases driven by people: reminders, places taken, and what a promise was made in spite of

Revision: 0015
After: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("obligation") as table:
        table.add_column(sa.Column("instead_of", BIG_ID, nullable=True))
        table.add_column(sa.Column("nudged_at", AT, nullable=True))
        table.create_foreign_key("fk_obligation_instead_of", "person", ["instead_of"], ["id"])
    with op.batch_alter_table("promise") as table:
        table.add_column(sa.Column("doubts", sa.String(), nullable=False, server_default=""))
        table.add_column(
            sa.Column("override_reason", sa.String(), nullable=False, server_default="")
        )
    with op.batch_alter_table("escalation") as table:
        table.add_column(sa.Column("nudged_at", AT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("escalation") as table:
        table.drop_column("nudged_at")
    with op.batch_alter_table("promise") as table:
        table.drop_column("override_reason")
        table.drop_column("doubts")
    with op.batch_alter_table("obligation") as table:
        table.drop_constraint("fk_obligation_instead_of", type_="foreignkey")
        table.drop_column("nudged_at")
        table.drop_column("instead_of")
