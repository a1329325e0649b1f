"""Identities are claims of memberships: what was remembered apart from them goes.

Live reads bring the same people again under the same ids, and links keep whose memberships are.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Take the old table away."""
    op.drop_index(op.f("member_identities_brand_one_id"), table_name="member_identities")
    op.drop_table("member_identities")


def downgrade() -> None:
    """Make it again, empty: it fills as people are read."""
    op.create_table(
        "member_identities",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("scope", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "hash", "kind", "scope", name=op.f("member_identities_pkey")
        ),
    )
    op.create_index(
        op.f("member_identities_brand_one_id"),
        "member_identities",
        ["brand", "one_id"],
        unique=False,
    )
