"""Comparisons of both sides: counts, samples without names, and explanations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0053"
down_revision: str | None = "0051"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_REFUSE = """
  CREATE FUNCTION adoption_explained_stays() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'an explanation is never changed nor removed'; END $$
"""
_STAYS = """
  CREATE TRIGGER adoption_explained_stays
  BEFORE UPDATE OR DELETE OR TRUNCATE ON adoption_acknowledgements
  FOR EACH STATEMENT EXECUTE FUNCTION adoption_explained_stays()
"""
_PAIR = ("brand", "channel", "capability")
_LAST = ("critical", "store")
_BY_DAY = (*_PAIR, "day", "version", "rules", "epoch", "field", "klass", *_LAST)
_BY_MINUTE = (*_PAIR, "minute", "version", "epoch", "klass", "critical")
_BY_KEY = (*_PAIR, "field", "klass", "key")


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(collation="C"), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column]:  # type: ignore[type-arg]  # of one type
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]


def _counts() -> None:
    op.create_table(
        "adoption_comparisons",
        *_words(*_PAIR, "version", "rules", "field", "klass", "store"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        *_moments("first_at", "last_at"),
        sa.PrimaryKeyConstraint(*_BY_DAY, name=op.f("adoption_comparisons_pkey")),
    )
    op.create_table(
        "adoption_minutes",
        *_words(*_PAIR, "version", "klass"),
        *_moments("minute"),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*_BY_MINUTE, name=op.f("adoption_minutes_pkey")),
    )


def _samples() -> None:
    op.create_table(
        "adoption_samples",
        *_words(*_PAIR, "field", "klass", "store", "version"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        *_moments("at"),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=True)
            for name in ("legacy_hash", "platform_hash")
        ),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("legacy", "platform", "apart")),
        sa.PrimaryKeyConstraint(*_BY_KEY, name=op.f("adoption_samples_pkey")),
    )
    op.create_index(
        op.f("adoption_samples_brand_channel_capability_at"), "adoption_samples", [*_PAIR, "at"]
    )


def upgrade() -> None:
    """Expand the schema."""
    _counts()
    _samples()
    op.create_table(
        "adoption_acknowledgements",
        *_words("brand", "id", "channel", "capability", "field", "klass"),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("pattern", "reason", "owner", "author")
        ),
        *_moments("at", "expires_at"),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("adoption_acknowledgements_pkey")),
    )
    op.execute(_REFUSE)
    op.execute(_STAYS)


def downgrade() -> None:
    """Contract it again."""
    names = ("comparisons", "minutes", "samples", "acknowledgements")
    for name in names:
        op.drop_table(f"adoption_{name}")
    op.execute("DROP FUNCTION adoption_explained_stays()")
