"""Flash sales have shadows, in which they are rehearsed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY

revision: str = "0046"
down_revision: str | None = "0033"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("flash_sales", sa.Column("shadow_of", KEY, nullable=True))


def downgrade() -> None:
    """Contract it again."""
    op.drop_column("flash_sales", "shadow_of")
