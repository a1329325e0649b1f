"""Usage: operations, and who ran them and what answered, by day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0048"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_RUNS = ("credential", "client", "sha256", "name")
_READS = ("channel", "capability", "connector", "side", *_RUNS)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "usage_operations",
        *_keys("brand", "sha256", "name"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("coordinates", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("brand", "sha256", "name", name=op.f("usage_operations_pkey")),
    )
    _counts("usage_runs", _RUNS)
    op.create_index(op.f("usage_runs_brand_sha256_name"), "usage_runs", ["brand", "sha256", "name"])
    _counts("usage_reads", _READS)
    op.create_table(
        "usage_counting",
        *_keys("brand"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", name=op.f("usage_counting_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    for table in ("usage_counting", "usage_reads", "usage_runs", "usage_operations"):
        op.drop_table(table)


def _counts(table: str, keys: Sequence[str]) -> None:
    """A table of counts by day."""
    op.create_table(
        table,
        *_keys("brand"),
        sa.Column("day", sa.Date(), nullable=False),
        *_keys(*keys),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "day", *keys, name=op.f(f"{table}_pkey")),
    )


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(collation="C"), nullable=False) for name in names]
