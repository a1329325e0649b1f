"""Tables of people: what memberships show, whose they are, and what was decided about it.

Brand first in every key. A membership is keyed by its number, then its channel; a person by her
one_id; an identity by its keyed hash. Personal values are sealed under the key of their membership
(`store.privacy.data_keys`). Times are UTC.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, Float, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class MemberRow(SQLModel, table=True):
    """One person; `version` rises with every change of what is hers."""

    __tablename__ = "members"

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    status: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIME)
    version: int = Field(sa_type=Integer)


class MembershipLinkRow(SQLModel, table=True):
    """Whose a membership is; `own_id` names her by this membership alone, and leads to her too."""

    __tablename__ = "membership_links"
    __table_args__ = (Index(None, "brand", "one_id"), Index(None, "brand", "own_id"))

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY)
    own_id: str | None = Field(default=None, sa_type=KEY)


class MemberAliasRow(SQLModel, table=True):
    """An id that was merged into another; always points straight at the survivor."""

    __tablename__ = "member_aliases"
    __table_args__ = (Index(None, "brand", "one_id"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    old_id: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY)


class IdentityClaimRow(SQLModel, table=True):
    """That a membership shows an identity.

    A barred one joins nobody; a gone one is no longer shown by its source.
    """

    __tablename__ = "identity_claims"
    __table_args__ = (Index("identity_claims_membership", "brand", "number", "channel"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    verified: bool = Field(sa_type=Boolean)
    barred: bool = Field(sa_type=Boolean)
    gone: bool = Field(sa_type=Boolean)
    first_seen: datetime = Field(sa_type=TIME)
    last_seen: datetime = Field(sa_type=TIME)
    source: str = Field(sa_type=Text)
    sealed_value: bytes = Field(sa_type=LargeBinary)


class MembershipRecordRow(SQLModel, table=True):
    """What the platform keeps of a membership; `content` is a keyed digest of all that it says.

    `sealed_rest` is what its system says in words of its own, where it says any.
    """

    __tablename__ = "membership_records"
    __table_args__ = (
        # The platform's own, in the one order of lists: store/member/own_list.py.
        Index(
            "membership_records_own",
            "brand",
            text("coalesce(joined_at, to_timestamp(0)) DESC"),
            "channel",
            text("length(number)"),
            "number",
            postgresql_where=text("connector = 'platform' AND gone_at IS NULL"),
        ),
        # The copy of what systems have, in the same order.
        Index(
            "membership_records_copied",
            "brand",
            text("coalesce(joined_at, to_timestamp(0)) DESC"),
            "channel",
            text("length(number)"),
            "number",
            postgresql_where=text("connector <> 'platform' AND gone_at IS NULL"),
        ),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    programme: str | None = Field(default=None, sa_type=Text)
    status: str = Field(sa_type=Text)
    tier_code: str | None = Field(default=None, sa_type=Text)
    tier_name: str | None = Field(default=None, sa_type=Text)
    tier_valid_to: date | None = Field(default=None, sa_type=Date)
    points_available: int | None = Field(default=None, sa_type=BigInteger)
    points_pending: int | None = Field(default=None, sa_type=BigInteger)
    points_authority: str | None = Field(default=None, sa_type=Text)
    joined_at: datetime | None = Field(default=None, sa_type=TIME)
    home_store: str | None = Field(default=None, sa_type=Text)
    sealed_name: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_rest: bytes | None = Field(default=None, sa_type=LargeBinary)
    first_seen: datetime = Field(sa_type=TIME)
    seen_at: datetime = Field(sa_type=TIME)
    gone_at: datetime | None = Field(default=None, sa_type=TIME)


class IdentityRulesRow(SQLModel, table=True):
    """A version of the identity rules; the highest is in force."""

    __tablename__ = "identity_rules"

    brand: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    put_at: datetime = Field(sa_type=TIME)
    put_by: str = Field(sa_type=Text)


class MemberDecisionRow(SQLModel, table=True):
    """That two memberships are one person's, or two people's: a person decided, the last stands."""

    __tablename__ = "member_decisions"
    __table_args__ = (Index("member_decisions_right", "brand", "right_number", "right_channel"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    left_number: str = Field(sa_type=KEY, primary_key=True)
    left_channel: str = Field(sa_type=KEY, primary_key=True)
    right_number: str = Field(sa_type=KEY, primary_key=True)
    right_channel: str = Field(sa_type=KEY, primary_key=True)
    together: bool = Field(sa_type=Boolean)
    record: str = Field(sa_type=KEY)


class MergeRecordRow(SQLModel, table=True):
    """A merge or its undoing, with everything as it was before; rows are only added.

    `before` names memberships and ids, `undone_by` the record that took it back.
    """

    __tablename__ = "merge_records"
    __table_args__ = (Index(None, "brand", "one_id"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=Text)
    one_id: str = Field(sa_type=KEY)
    before: dict[str, object] = Field(sa_type=JSONB)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)
    undone_by: str | None = Field(default=None, sa_type=Text)


class MergeCandidateRow(SQLModel, table=True):
    """Two people, by a membership of each, whom a person has to judge, or has judged.

    `score` is missing where rules brought them here.
    """

    __tablename__ = "merge_candidates"
    __table_args__ = (
        Index("merge_candidates_right", "brand", "right_number", "right_channel"),
        Index("merge_candidates_queue", "brand", "state", "score", "id"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    left_number: str = Field(sa_type=KEY, primary_key=True)
    left_channel: str = Field(sa_type=KEY, primary_key=True)
    right_number: str = Field(sa_type=KEY, primary_key=True)
    right_channel: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY)
    score: float | None = Field(default=None, sa_type=Float)
    evidence: list[dict[str, object]] = Field(sa_type=JSONB)
    state: str = Field(sa_type=Text)
    found_at: datetime = Field(sa_type=TIME)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=TIME)
