"""The manifest as values: what a system's folder declares, after it was checked.

`own` holds the keys that only the manifest's protocol has, as that protocol's records.
"""

from enum import Enum
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from connectors.hooks.declared import Hooks
from connectors.protocols.auth_kinds import Auth
from connectors.protocols.declared import NoKeys


class Field(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one field of a record is made; exactly one of the ways in `WAYS` is used."""

    source: str | None = field(name="from", default=None)
    any_of: tuple["str | Field", ...] = field(name="any", default=())
    join: tuple[str, ...] = ()
    const: str | int | bool | UnsetType = UNSET
    each: str | None = None
    record: dict[str, Any] = {}
    call: str | None = None
    arguments: tuple[str, ...] = field(name="of", default=())
    cast: str | None = field(name="as", default=None)
    by: str = ""
    map: dict[str, str] = {}
    blank: str = "UNKNOWN"
    none: tuple[str, ...] = ()
    currency: str | None = None
    currency_from: str | None = None
    rounding: str | None = None
    zone: str | None = None
    unit: str | None = None
    format: str | None = None
    loose: bool = False
    point: str = "."
    collapses: bool = False


WAYS = ("from", "any", "join", "const", "each", "record", "call")


class NativeSpec(Field, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of this system only: how it is made, who may see it, and what it means."""

    visibility: str | None = None
    description: str | None = None


class AttributeSpec(Field, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute of a profile: how it is made, what parts its values, its sureness in percent."""

    split: str | None = None
    confidence: int = 100


class Code(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product code of a line; `form` names the canonical form when it is not the kind's."""

    kind: str
    source: str = field(name="from")
    form: str | None = None
    none: tuple[str, ...] = ()


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pure function of the system's mapping.py over some paths of a row."""

    call: str
    arguments: tuple[str, ...] = field(name="of")


class ChannelFrom(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a row says its channel, and how a source is asked for some channels only."""

    source: str | None = field(name="from", default=None)
    push: str | None = None
    const: str | None = None
    setting: str | None = None


class Lookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How rows are asked by keys.

    `keys` is the form of a key that the source can have; others are not asked for. `of` says what
    of a membership is asked by.
    """

    match: str | None = None
    batch: int | None = None
    keys: str = ".{1,200}"
    of: str = "number"
    spellings: tuple[str, ...] = ("{value}",)
    fixed: dict[str, str] = {}
    scan: bool = False
    own: Any = NoKeys()


class Ties(Enum):
    """How rows of one moment are kept in order."""

    KEYSET = "keyset"
    COMPLETE = "complete"


class Ordering(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the source sorts by time, and how it starts at a place."""

    ties: Ties
    by: str | None = None
    cast: str = field(name="as", default="instant")
    channel: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    page_max: int = 100
    own: Any = NoKeys()


class Filter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the source answers a filter: pushed down, by the time window, or by a bounded scan."""

    push: str | None = None
    values: dict[str, tuple[str, ...]] = {}
    window: bool = False
    scan: bool = False
    indexed: bool = True


class Search(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of whole channels."""

    filters: dict[str, Filter] = {}
    needs: tuple[tuple[str, ...], ...] = ()
    own: Any = NoKeys()

    def missing(self, fields: frozenset[str]) -> tuple[tuple[str, ...], ...]:
        """Filters of which one set must be added so that no table is read; none where it is not."""
        if self.needs and not any(fields.issuperset(one) for one in self.needs):
            return self.needs
        slow = {name for name, one in self.filters.items() if not one.indexed}
        if not fields & slow or fields & self.indexed:
            return ()
        return tuple((name,) for name in sorted(self.indexed))

    @property
    def indexed(self) -> frozenset[str]:
        """Filters by which the system finds rows without reading a table."""
        found = (name for name, one in self.filters.items() if one.indexed and not one.scan)
        return frozenset(found)


class WriteCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call that changes something, or that looks up what was changed."""

    own: Any = NoKeys()


class Writing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How memberships are changed; `find` looks up a registration, `check` what has a number."""

    find: WriteCall
    register: WriteCall | None = None
    update: WriteCall | None = None
    erase: WriteCall | None = None
    check: WriteCall | None = None


class Limit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the system holds of a text: beyond, it cuts or drops characters without a word."""

    characters: int
    octets: int | None = None
    basic_plane: bool = False


class CommandCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one kind of change of an order is made, or how one is looked up.

    Of a text, `line` is how it stands in the system, and `limit` what fits there.
    """

    line: str = ""
    limit: Limit | None = None
    own: Any = NoKeys()


class Commanding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How orders are placed and changed.

    `find` looks up what was placed by our reference, `find_<kind>` what another change came to;
    where there is none, the order itself is read. `values` are of the connection, with what holds
    where its settings say nothing.
    """

    values: dict[str, str] = {}
    place: CommandCall | None = None
    pay: CommandCall | None = None
    cancel: CommandCall | None = None
    give_back: CommandCall | None = field(name="return", default=None)
    note: CommandCall | None = None
    service_request: CommandCall | None = None
    find: CommandCall | None = None
    find_pay: CommandCall | None = None
    find_cancel: CommandCall | None = None
    find_return: CommandCall | None = None


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of record of the system, and the questions that it answers.

    `moment` is how a row says where it stands in time, where that is not its record's own date.
    """

    record: dict[str, Any]
    channel: ChannelFrom
    resource: str | None = None
    fixed: dict[str, str] = {}
    currency: str | None = None
    currency_from: str | None = None
    external_id: str | None = None
    identities: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    rounding: str = "HALF_UP"
    false_is_none: bool = False
    json: tuple[str, ...] = ()
    keep: Call | None = None
    order: Ordering | None = None
    by_key: Lookup | None = None
    by_identity: dict[str, Lookup] = {}
    by_customer: Lookup | None = None
    search: Search | None = None
    changes: "Changes | None" = None
    moment: Any = None
    write: Writing | None = None
    commands: Commanding | None = None
    native: dict[str, Any] = {}
    own: Any = NoKeys()


class Changes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changed since a moment: the section as it is asked by the time of change.

    A moment is asked again from so many minutes before the last one that was seen, because rows
    are committed out of order and clocks differ. `new_apart` says that a row which never changed
    has no such moment: new ones are found in the section's own list. `section` has its `moment`.
    """

    section: Section
    overlap_minutes: int = 30
    new_apart: bool = False


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole system."""

    system: str
    title: str
    version: str
    protocol: str
    time: dict[str, str] = {}
    address: str = ""
    headers: dict[str, str] = {}
    parameters: dict[str, str] = {}
    auth: Auth = Auth()
    own: Any = NoKeys()
    memberships: Section | None = None
    orders: Section | None = None
    order_mirrors: Section | None = None
    stores: Section | None = None
    promotions: Section | None = None
    coupons: Section | None = None
    hooks: Hooks | None = None

    @property
    def sections(self) -> dict[str, Section]:
        """The sections that the manifest has, by name."""
        found = {name: getattr(self, name) for name in SECTIONS}
        return {name: section for name, section in found.items() if section is not None}


CHANGES = ("place", "pay", "cancel", "return", "note", "service_request")
FINDS = ("find", "find_pay", "find_cancel", "find_return")
TEXTS = ("note", "service_request")
WRITES = ("register", "update", "erase", "find", "check")
SECTIONS = ("memberships", "orders", "order_mirrors", "stores", "promotions", "coupons")
