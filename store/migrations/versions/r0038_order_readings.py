"""Orders as they were read last: when their system was asked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import TIME

revision: str = "0038"
down_revision: str | None = "0042"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("order_facts", sa.Column("read_at", TIME, nullable=True))


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_column("order_facts", "read_at")
