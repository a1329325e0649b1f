"""Points: the ledger, what it leaves, and programme policies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_GUARDED = {
    "points_entries": "an entry of the points ledger is never changed nor removed",
    "programme_versions": "a version of a programme is never changed nor removed",
}


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "points_entries",
        *_account(),
        _number("sequence"),
        _text("type"),
        _text("direction"),
        _number("amount"),
        sa.Column("burn_lots", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("burn_amounts", sa.ARRAY(sa.BigInteger()), nullable=False),
        _number("owed"),
        _number("undoes", nullable=True),
        _time("pending_until", nullable=True),
        _time("expires_at", nullable=True),
        _key("order_channel", nullable=True),
        _key("order_number", nullable=True),
        _text("reason", nullable=True),
        _text("source"),
        _key("programme", nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        _key("author"),
        _key("idempotency_key"),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        _time("occurred_at"),
        _time("recorded_at"),
        sa.PrimaryKeyConstraint("brand", "number", "channel", "currency", "sequence"),
    )
    op.create_index(
        "points_entries_key",
        "points_entries",
        ["brand", "number", "channel", "currency", "author", "idempotency_key", "part"],
        unique=True,
    )
    op.create_index(
        "points_entries_order", "points_entries", ["brand", "order_channel", "order_number"]
    )
    op.create_table(
        "points_accounts",
        *_account(),
        _number("sequence"),
        _number("balance"),
        _number("owed"),
        _time("recorded_at", nullable=True),
        _time("due_at", nullable=True),
        sa.PrimaryKeyConstraint("brand", "number", "channel", "currency"),
    )
    op.create_index("points_accounts_due", "points_accounts", ["brand", "due_at"])
    op.create_table(
        "points_lots",
        *_account(),
        _number("lot"),
        _number("remaining"),
        _time("occurred_at"),
        _time("pending_until", nullable=True),
        _time("expires_at", nullable=True),
        _key("order_channel", nullable=True),
        _key("order_number", nullable=True),
        sa.PrimaryKeyConstraint("brand", "number", "channel", "currency", "lot"),
    )
    op.create_table(
        "points_locks",
        *_account(),
        _number("sequence"),
        _time("until"),
        sa.Column("burn_lots", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("burn_amounts", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("brand", "number", "channel", "currency", "sequence"),
    )
    op.create_table(
        "programme_versions",
        _key("brand"),
        _key("programme"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        _text("text"),
        _text("policy"),
        _key("author"),
        _time("put_at"),
        _text("reason"),
        sa.PrimaryKeyConstraint("brand", "programme", "version"),
    )
    for table, why in _GUARDED.items():
        _guard(table, why)


def downgrade() -> None:
    """Take the expansion back."""
    for table in (
        "programme_versions",
        "points_locks",
        "points_lots",
        "points_accounts",
        "points_entries",
    ):
        op.drop_table(table)
    for table in _GUARDED:
        op.execute(f"DROP FUNCTION {table}_stay()")


def _guard(table: str, why: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{why}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_stay()"
    )


def _account() -> tuple[sa.Column[str], ...]:
    return _key("brand"), _key("number"), _key("channel"), _key("currency")


def _key(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
