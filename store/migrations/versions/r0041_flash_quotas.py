"""Quotas of flash sales that channels sell in their own carts, and what their systems are told."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.columns import KEY, TIME

revision: str = "0041"
down_revision: str | None = "0032"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_QUOTAS, _COMMANDS = "flash_quotas", "stock_commands"


def _column(name: str, kind: "sa.types.TypeEngine[Any]") -> "sa.Column[Any]":
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Expand the schema."""
    keys = ("brand", "sale", "channel", "pool", "connector")
    op.create_table(
        _QUOTAS,
        *(_column(name, KEY) for name in keys),
        _column("kind", sa.Text()),
        _column("code", sa.Text()),
        _column("units", sa.BigInteger()),
        _column("sold", sa.BigInteger()),
        sa.Column("left", sa.BigInteger(), nullable=True),
        _column("counted", sa.Boolean()),
        _column("pushed_at", TIME),
        sa.Column("looked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "sale", "channel", name=f"{_QUOTAS}_pkey"),
    )
    op.create_table(
        _COMMANDS,
        *(_column(name, KEY) for name in ("brand", "id", "connector", "channel", "sale")),
        _column("kind", sa.Text()),
        _column("state", sa.Text()),
        _column("unsure", sa.Boolean()),
        _column("attempts", sa.Integer()),
        sa.Column("reason", sa.Text(), nullable=True),
        _column("author", sa.Text()),
        *(_column(name, TIME) for name in ("created_at", "changed_at", "next_at")),
        sa.Column("leased_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "id", name=f"{_COMMANDS}_pkey"),
    )
    op.create_index(f"{_COMMANDS}_due", _COMMANDS, ["brand", "state", "next_at"])
    op.create_index(f"{_COMMANDS}_sale", _COMMANDS, ["brand", "sale", "channel", "created_at"])


def downgrade() -> None:
    """Contract it again."""
    op.drop_table(_COMMANDS)
    op.drop_table(_QUOTAS)
