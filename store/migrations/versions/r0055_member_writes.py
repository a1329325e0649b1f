"""Writes that two sides know of, and conflicts that wait for a person."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0055"
down_revision: str | None = "0053"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_TIME = sa.DateTime(timezone=True)
_FIELDS = ("phone", "email", "name")


def upgrade() -> None:
    """Expand the schema."""
    membership = ("brand", "number", "channel")
    op.create_table(
        "member_writes",
        *(sa.Column(name, _KEY, nullable=False) for name in (*membership, "command")),
        sa.Column("leader", sa.Text(), nullable=False),
        sa.Column("repair", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.LargeBinary()) for name in _FIELDS),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint(*membership, "command", name=op.f("member_writes_pkey")),
    )
    op.create_index("member_writes_command", "member_writes", ["brand", "command"])
    op.create_table(
        "member_agreements",
        *(sa.Column(name, _KEY, nullable=False) for name in membership),
        sa.Column("seen", _KEY),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in _FIELDS),
        sa.Column("rest", sa.LargeBinary()),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint(*membership, name=op.f("member_agreements_pkey")),
    )
    op.create_table(
        "member_conflicts",
        *(
            sa.Column(name, _KEY, nullable=False)
            for name in ("brand", "id", "channel", "number", "connector")
        ),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed_theirs", sa.LargeBinary()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME),
        sa.Column("decided_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("member_conflicts_pkey")),
    )
    queue = ["brand", "state", "found_at", "id"]
    op.create_index("member_conflicts_queue", "member_conflicts", queue)
    op.create_index("member_conflicts_membership", "member_conflicts", [*membership])


def downgrade() -> None:
    """Contract it again."""
    for name in ("member_conflicts", "member_agreements", "member_writes"):
        op.drop_table(name)
