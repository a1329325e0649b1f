"""What webhooks told: each delivery once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY, TIME

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "hook_deliveries",
        sa.Column("brand", KEY, nullable=False),
        sa.Column("connector", KEY, nullable=False),
        sa.Column("delivery", KEY, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("number", KEY, nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "connector", "delivery"),
    )
    for columns in (("brand", "state", "due_at"), ("brand", "connector", "received_at")):
        name = f"hook_deliveries_{'_'.join(columns)}"
        op.create_index(name, "hook_deliveries", list(columns))


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("hook_deliveries")
