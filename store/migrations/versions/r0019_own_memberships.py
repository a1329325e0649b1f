"""Memberships that the platform gave out, in the order of lists."""

from collections.abc import Sequence

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.execute(
        "CREATE INDEX membership_records_own ON membership_records (brand, "
        "coalesce(joined_at, to_timestamp(0)) DESC, channel, length(number), "
        "number) WHERE connector = 'platform' AND gone_at IS NULL"
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.execute("DROP INDEX membership_records_own")
