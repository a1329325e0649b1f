"""What is wanting in a row that was taken in, for the report of the data's quality."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("sync_rows", sa.Column("fault", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_column("sync_rows", "fault")
