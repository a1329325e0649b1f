"""Flash sales: a stock's version, by which a late "sold out" is told from a new one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column(
        "flash_stock", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.alter_column("flash_stock", "version", server_default=None)


def downgrade() -> None:
    """Undo it; only for development."""
    op.drop_column("flash_stock", "version")
