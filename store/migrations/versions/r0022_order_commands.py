"""Commands to the systems that own orders."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "order_commands",
        *(_key(name) for name in ("brand", "id", "connector", "channel")),
        sa.Column("kind", sa.Text(), nullable=False),
        _key("subject"),
        _key("number", nullable=True),
        _key("document", nullable=True),
        _key("owner"),
        sa.Column("sealed_write", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        *(sa.Column(name, _TIME, nullable=False) for name in ("created_at", "changed_at")),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("leased_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "id"),
    )
    op.create_index("order_commands_due", "order_commands", ["brand", "state", "next_at"])
    op.create_index("order_commands_subject", "order_commands", ["brand", "channel", "subject"])
    op.create_index("order_commands_number", "order_commands", ["brand", "channel", "number"])


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("order_commands")
