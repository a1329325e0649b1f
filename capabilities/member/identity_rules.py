"""Identity rules: which identities join memberships into a person, as versioned data."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cached_property

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.member.phone import BLOCKED
from capabilities.member.records import IdentityKind

# Placeholders that systems write where they know nothing.
_PLACEHOLDERS = (r"[0-]*", r"-1", r"(?i:null|none|n/?a|anonymous|unknown)", r"无|匿名")


class Strength(Enum):
    """What two memberships that show the same value are to one another.

    JOINS: one person. REVIEW: perhaps one person, and somebody must look. NEVER: nothing.
    """

    JOINS = "JOINS"
    REVIEW = "REVIEW"
    NEVER = "NEVER"


class KindRule(Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of identity counts.

    `verified`: it joins only where its source vouches for it. `unique`: a person has one value in
    a scope, so two different ones keep two people apart. `most`: values of this kind that one
    person may have. `priority`: kinds with a higher one join first.
    """

    strength: Strength = Strength.JOINS
    verified: bool = False
    unique: bool = False
    most: int = 20
    priority: int = 50

    def joins(self, *, verified: bool) -> bool:
        """Whether an identity of this kind names a person, so far as its source vouches for it."""
        return self.strength is Strength.JOINS and (verified or not self.verified)


class IdentityRules(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One version of the rules.

    A value on more than `shared_in_channel` memberships of one channel, or on more than
    `shared_in_all`, is shared by people and joins nobody. `blocked` are regular expressions of
    whole values that are no identity. A person has at most `most_memberships`.
    """

    kinds: Mapping[IdentityKind, KindRule]
    shared_in_channel: int = 3
    shared_in_all: int = 24
    most_memberships: int = 100
    blocked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """BadInput for a rule that cannot be followed."""
        for pattern in self.blocked:
            try:
                re.compile(pattern)
            except re.error as exc:
                raise _invalid(f"blocked: {pattern!r} is no regular expression") from exc
        bounds = (self.shared_in_channel, self.shared_in_all, self.most_memberships)
        if min(bounds) < 1 or self.shared_in_all > _LARGEST_SHARED:
            raise _invalid(f"bounds lie between 1 and {_LARGEST_SHARED}")

    def of(self, kind: IdentityKind) -> KindRule:
        """The rule of a kind; one that is not named joins nobody."""
        return self.kinds.get(kind, _SILENT)

    def bars(self, value: str) -> bool:
        """Whether a value is nobody's identity."""
        return self._blocked.fullmatch(value) is not None

    @cached_property
    def _blocked(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{one})" for one in self.blocked) or r"(?!)")


_SILENT = KindRule(strength=Strength.NEVER)
_LARGEST_SHARED = 500


def _within(priority: int) -> KindRule:
    """A foreign id that its system vouches for inside its scope."""
    return KindRule(priority=priority)


DEFAULT_RULES = IdentityRules(
    kinds={
        IdentityKind.WECHAT_UNIONID: KindRule(unique=True, priority=95, most=3),
        IdentityKind.TAOBAO_OMID: KindRule(unique=True, priority=90, most=3),
        IdentityKind.CARD_NO: KindRule(priority=80, most=10),
        IdentityKind.PHONE: KindRule(verified=True, priority=70, most=5),
        IdentityKind.WECHAT_OPENID: _within(60),
        IdentityKind.DOUYIN_OPENID: _within(60),
        IdentityKind.TAOBAO_OUID: _within(60),
        IdentityKind.JD_PIN: _within(60),
        IdentityKind.YOUZAN_YZ_OPEN_ID: _within(60),
        IdentityKind.MEITUAN_UID: _within(60),
        IdentityKind.ELEME_UID: _within(60),
        IdentityKind.SAP_BP: _within(55),
        IdentityKind.POS_CUSTOMER: _within(55),
        IdentityKind.SHOP_CUSTOMER: _within(55),
        IdentityKind.ODOO_PARTNER: _within(55),
        IdentityKind.EMAIL: KindRule(verified=True, priority=50, most=5),
        IdentityKind.TAOBAO_NICK: KindRule(strength=Strength.REVIEW, priority=20),
        IdentityKind.DEVICE: KindRule(strength=Strength.NEVER, priority=0),
    },
    blocked=(*_PLACEHOLDERS, *(re.escape(phone) for phone in sorted(BLOCKED))),
)


def read_rules(document: object) -> IdentityRules:
    """The rules that a document says; BadInput names what is wrong with it."""
    try:
        return msgspec.convert(document, IdentityRules)
    except msgspec.ValidationError as exc:
        raise _invalid(str(exc)) from exc


def written_rules(rules: IdentityRules) -> bytes:
    """The rules as JSON, the same bytes for the same rules."""
    return msgspec.json.encode(msgspec.to_builtins(rules, str_keys=True), order="deterministic")


def _invalid(reason: str) -> BadInput:
    return BadInput(f"these identity rules cannot be followed: {reason}", code="RULES_INVALID")
