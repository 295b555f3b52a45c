"""What people know

Revision: 0013
After: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("person", sa.Column("skills", json, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.drop_column("skills")
