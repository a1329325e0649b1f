"""What a change of a membership changes, by name, so that an older one never undoes a newer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("member_commands", sa.Column("fields", ARRAY(sa.Text()), nullable=True))


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_column("member_commands", "fields")
