"""Flash sales: who proposed a step never confirms it, and both proved who they are."""

from collections.abc import Sequence

from alembic import op

revision: str = "0069"
down_revision: str | None = "0063"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_NAME = "flash_proposals_two_people"


def upgrade() -> None:
    """Keep the two apart; what a user of a machine proposed is to be proposed anew."""
    op.execute(
        "DELETE FROM flash_proposals"
        " WHERE confirmed_by IS NULL AND (proposed_by = 'cli' OR proposed_by LIKE 'cli:%')"
    )
    op.create_check_constraint(_NAME, "flash_proposals", "confirmed_by <> proposed_by")


def downgrade() -> None:
    """Leave them to the application alone."""
    op.drop_constraint(_NAME, "flash_proposals", type_="check")
