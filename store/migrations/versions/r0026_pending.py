"""Registrations on their way to a system, in the order of lists."""

from collections.abc import Sequence

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.execute(
        "CREATE INDEX member_commands_pending ON member_commands (brand, created_at DESC, id) "
        "WHERE kind = 'REGISTER' AND state NOT IN ('DONE', 'DISCARDED')"
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.execute("DROP INDEX member_commands_pending")
