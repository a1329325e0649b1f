"""Commands to the systems that own memberships."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "member_commands",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=True),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("sealed_person", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "id"),
    )
    op.create_index(
        "member_commands_due", "member_commands", ["brand", "state", "next_at"], unique=False
    )
    op.create_index(
        "member_commands_membership",
        "member_commands",
        ["brand", "channel", "number"],
        unique=False,
    )
    op.create_index("member_commands_person", "member_commands", ["brand", "one_id"], unique=False)


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_index("member_commands_person", table_name="member_commands")
    op.drop_index("member_commands_membership", table_name="member_commands")
    op.drop_index("member_commands_due", table_name="member_commands")
    op.drop_table("member_commands")
