"""Member records: one person, many memberships, never levelled into one."""

from datetime import date, datetime
from enum import Enum

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.ids import global_id
from capabilities.member.mask import mask_email, mask_name
from capabilities.member.phone import mask_phone, normalise_phone
from capabilities.native import Native
from capabilities.page import SortKey
from capabilities.sources import SourceRef, SourceReport
from capabilities.time import micros


class IdentityKind(Enum):
    """Kinds of identity; the same value in another scope is another identity."""

    PHONE = "PHONE"
    EMAIL = "EMAIL"
    CARD_NO = "CARD_NO"
    SAP_BP = "SAP_BP"
    POS_CUSTOMER = "POS_CUSTOMER"
    SHOP_CUSTOMER = "SHOP_CUSTOMER"
    WECHAT_UNIONID = "WECHAT_UNIONID"
    WECHAT_OPENID = "WECHAT_OPENID"
    TAOBAO_OMID = "TAOBAO_OMID"
    TAOBAO_OUID = "TAOBAO_OUID"
    TAOBAO_NICK = "TAOBAO_NICK"
    JD_PIN = "JD_PIN"
    YOUZAN_YZ_OPEN_ID = "YOUZAN_YZ_OPEN_ID"
    MEITUAN_UID = "MEITUAN_UID"
    ELEME_UID = "ELEME_UID"
    DOUYIN_OPENID = "DOUYIN_OPENID"
    ODOO_PARTNER = "ODOO_PARTNER"
    DEVICE = "DEVICE"


# Ids that systems give to a person; the others are hers, and are told by her contact.
FOREIGN_KINDS = tuple(
    kind
    for kind in IdentityKind
    if kind not in {IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.CARD_NO}
)


class Identity(Struct, frozen=True, gc=False):
    """A phone, card number or foreign id, in its canonical form.

    The scope is the country of a phone, the programme of a card, the channel of a foreign id.
    """

    kind: IdentityKind
    scope: str
    value: str

    def __repr__(self) -> str:
        return f"Identity({self.kind.value}, {self.scope!r}, ***)"


class ToldAttribute(Struct, frozen=True, gc=False):
    """One value of a profile's attribute, and how sure its source is of it, from 0 to 1."""

    key: str
    value: str
    confidence: float = 1.0

    def __repr__(self) -> str:
        return f"ToldAttribute({self.key!r}, ***)"


class Contact(Struct, frozen=True, kw_only=True, gc=False):
    """What a source knows of a person, in the clear: inside only, never in the contract.

    A phone or an e-mail address joins people only where its source vouches for it. `identities`
    are ids that other systems gave to the person, as this source shows them, `attributes` what it
    tells for her profile.
    """

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    card_number: str | None = None
    phone_verified: bool = False
    email_verified: bool = False
    identities: tuple[Identity, ...] = ()
    attributes: tuple[ToldAttribute, ...] = ()

    def __repr__(self) -> str:
        return "Contact(***)"


class MembershipStatus(Enum):
    """Status of one membership."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


class Tier(Struct, frozen=True, kw_only=True, gc=False):
    """A tier inside one programme; tiers of two programmes do not compare."""

    code: str
    name: str | None = None
    valid_to: date | None = None


class PointsAuthority(Enum):
    """Who decides a balance; a legacy balance is shown, never computed."""

    LEGACY = "LEGACY"
    PLATFORM = "PLATFORM"


class Points(Struct, frozen=True, kw_only=True, gc=False):
    """Points of one membership, spendable in its own programme only."""

    available: int
    pending: int | None = None
    authority: PointsAuthority = PointsAuthority.LEGACY


class Membership(Struct, frozen=True, kw_only=True, gc=False):
    """One person in one programme or channel; `number` is its natural key there.

    `origin` is the reference of the last write of ours that its system's row shows.
    """

    channel: str
    number: str
    programme: str | None = None
    status: MembershipStatus = MembershipStatus.UNKNOWN
    source_status: tuple[str, ...] = ()
    tier: Tier | None = None
    points: Points | None = None
    joined_at: datetime | None = None
    home_store_code: str | None = None
    contact: Contact = Contact()
    native: Native | None = None
    origin: str | None = None
    source: SourceRef

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Membership", self.channel, self.number)

    @property
    def key(self) -> MembershipKey:
        """The business key."""
        return MembershipKey(self.channel, self.number)

    @property
    def sort_key(self) -> SortKey:
        """Newest members first; one without a date sorts last."""
        return SortKey(micros(self.joined_at) if self.joined_at else 0, self.channel, self.number)

    @property
    def phone(self) -> str | None:
        """Canonical phone when it can be an identity, verified and personal."""
        return normalise_phone(self.contact.phone) if self.contact.phone_verified else None

    @property
    def name_masked(self) -> str | None:
        """The name as this channel knows it, masked."""
        return mask_name(self.contact.name)

    @property
    def phone_masked(self) -> str | None:
        """The phone as this channel knows it, masked; None when it is no personal number."""
        phone = self.phone
        return mask_phone(phone) if phone else None

    @property
    def email_masked(self) -> str | None:
        """The e-mail address as this channel knows it, masked."""
        return mask_email(self.contact.email)


class MemberStatus(Enum):
    """Status of a person."""

    ACTIVE = "ACTIVE"
    MERGED = "MERGED"
    FROZEN = "FROZEN"
    ERASED = "ERASED"


class Member(Struct, frozen=True, kw_only=True, gc=False):
    """One person (OneID) with the memberships that the sources answered.

    `sources` says which systems were asked and how each fared: a missing membership is either not
    there or its source is named with a status that says so.
    """

    brand: str
    one_id: str
    memberships: tuple[Membership, ...]
    status: MemberStatus = MemberStatus.ACTIVE
    aliases: tuple[str, ...] = ()
    version: int | None = None
    sources: tuple[SourceReport, ...] = ()

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Member", self.brand, self.one_id)

    @property
    def display_name(self) -> str | None:
        """Masked name of the oldest membership that has one."""
        named = [one for one in self.memberships if one.name_masked]
        return max(named, key=lambda one: one.sort_key.rank).name_masked if named else None

    @property
    def phone_masked(self) -> str | None:
        """Masked phone that joins the memberships."""
        masked = (one.phone_masked for one in self.memberships)
        return next((phone for phone in masked if phone), None)


class MembershipFilter(Struct, frozen=True, kw_only=True):
    """What a list of memberships is restricted to."""

    home_stores: frozenset[str] | None = None
    channels: frozenset[str] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Names of the filters in use that a source must be able to answer."""
        return frozenset({"home_store"} if self.home_stores is not None else ())

    def accepts(self, membership: Membership) -> bool:
        """Whether a row belongs to the list; checked again on every row that comes back."""
        if self.channels is not None and membership.channel not in self.channels:
            return False
        return self.home_stores is None or membership.home_store_code in self.home_stores
