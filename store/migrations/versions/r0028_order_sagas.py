"""Sagas: changes of several systems that end done everywhere or undone everywhere."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "order_sagas",
        _key("brand"),
        _key("id"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "id"),
    )
    op.create_index("order_sagas_state", "order_sagas", ["brand", "state", "changed_at"])
    op.create_table(
        "order_saga_steps",
        _key("brand"),
        _key("saga"),
        sa.Column("place", sa.Integer(), nullable=False),
        _key("command"),
        _key("undo", nullable=True),
        _key("owner"),
        sa.Column("sealed_do", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_undo", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "saga", "place"),
    )
    op.create_index("order_saga_steps_command", "order_saga_steps", ["brand", "command"])
    op.create_index("order_saga_steps_undo", "order_saga_steps", ["brand", "undo"])


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("order_saga_steps")
    op.drop_table("order_sagas")
