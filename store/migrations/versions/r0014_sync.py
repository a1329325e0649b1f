"""Streams of the sync, and what was seen of each row."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_TIME = sa.DateTime(timezone=True)


def _stream() -> tuple["sa.Column[str]", ...]:
    names = ("brand", "connector", "capability")
    return tuple(sa.Column(name, _KEY, nullable=False) for name in names)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "sync_streams",
        *_stream(),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("mapping", _KEY, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("whole_position", sa.Text(), nullable=True),
        *(sa.Column(name, _TIME, nullable=True) for name in ("began_at", "moved_at", "ended_at")),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("read", "changed", "removed", "unfit")
        ),
        sa.Column("total", sa.BigInteger(), nullable=True),
        *(sa.Column(name, _TIME, nullable=True) for name in ("moment", "failed_at")),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "connector", "capability", name=op.f("sync_streams_pkey")),
    )
    op.create_table(
        "sync_rows",
        *_stream(),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("channel", _KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("missed", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "connector", "capability", "key", name=op.f("sync_rows_pkey")
        ),
    )
    op.create_table(
        "sync_seen",
        *_stream(),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "connector", "capability", "part", name=op.f("sync_seen_pkey")
        ),
    )


def downgrade() -> None:
    """Take the expansion back."""
    for table in ("sync_seen", "sync_rows", "sync_streams"):
        op.drop_table(table)
