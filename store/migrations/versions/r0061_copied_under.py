"""Under which definition of its connector the copy of a channel is made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0061"
down_revision: str | None = "0052"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("copied_channels", sa.Column("version", sa.Text()))


def downgrade() -> None:
    """Contract it again."""
    op.drop_column("copied_channels", "version")
