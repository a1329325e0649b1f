"""How late the sync's passes bring what changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0052"
down_revision: str | None = "0055"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("sync_streams", sa.Column("previous_at", sa.DateTime(timezone=True)))
    op.add_column("sync_streams", sa.Column("lags", sa.ARRAY(sa.Float())))


def downgrade() -> None:
    """Contract it again."""
    op.drop_column("sync_streams", "lags")
    op.drop_column("sync_streams", "previous_at")
