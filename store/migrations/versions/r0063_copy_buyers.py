"""Whose an order copy is that was made under no membership: a keyed hash of its customer.

Its index is built behind the migrations: `store.later_indexes`.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0063"
down_revision: str | None = "0062"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("order_copies", sa.Column("buyer", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Contract it again."""
    op.drop_column("order_copies", "buyer")
