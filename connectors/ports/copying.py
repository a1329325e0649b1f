"""Rows on their way into the platform's copy: mapped once, for what they are found by."""

from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.record_digest import shape_digest
from capabilities.canonical import canonical
from capabilities.copied import CopiedRow
from capabilities.errors import Garbled
from capabilities.member.records import IdentityKind, Membership
from capabilities.time import local_date
from connectors._kit import Decoder
from connectors.manifest import At, CompiledSection
from connectors.manifest.targets import RECORDS
from connectors.ports.members import shown

# The fields of records that a list may be filtered by, under the filter's name.
_WORDS = {
    "store": "store_code",
    "home_store": "home_store_code",
    "code": "code",
    "status": "status",
    "kind": "kind",
}
_OWNERS = {"orders": "store_code", "order_mirrors": "store_code", "stores": "code"}
_LONGEST_KEY = 200


def mapping_of(section: CompiledSection, at: At) -> str:
    """Names everything that decides where a row stands: the manifest, and the connector's words.

    A `mapping.py` that changes is known by the manifest's version.
    """
    setting = at.settings.get(section.section.channel.setting or "")
    facts = [section.text, at.version, at.zone.key, at.channels, setting]
    return sha256(canonical(facts)).hexdigest()[:16]


def making_of(section: CompiledSection, at: At) -> str:
    """Names all that decides what a row becomes: the mapping, and the fields of its record.

    A field that a record has since gets its value from rows that did not change.
    """
    return f"{mapping_of(section, at)} {shape_digest(RECORDS[section.name])}"


class Again(Struct, frozen=True):
    """A row mapped anew; `misfit` when it fits the manifest no more."""

    row: CopiedRow
    misfit: bool


class Copying:
    """One section of one connector, as its rows are copied."""

    def __init__(self, section: CompiledSection, at: At) -> None:
        self.section = section.name
        self.mapping = mapping_of(section, at)
        self._compiled = section
        self._at = at
        self._decoder: Decoder[Any] = Decoder(section.row_type)

    def row(self, body: str, line: int, *, store: str = "") -> CopiedRow:
        """The row of a JSON text; `store` owns it where it does not say whose it is.

        Garbled, with the field and never its value, for one that does not fit the manifest.
        """
        name = self.section
        row = self._decoder.decode(body.encode(), self._at.connector)
        record = self._compiled.record(row, self._at)
        key = self._compiled.natural_key(row, self._at)
        if not key or "\0" in key or len(key) > _LONGEST_KEY:
            raise Garbled("a row without a key that can be kept", source=self._at.connector)
        bare = CopiedRow(
            section=name, key=key, body=body, mapping=self.mapping, store=store, line=line
        )
        return bare if record is None else self._placed(bare, row, record)

    def key(self, body: str) -> str | None:
        """The natural key of a row; Garbled as `row`."""
        row = self._decoder.decode(body.encode(), self._at.connector)
        return self._compiled.natural_key(row, self._at)

    def again(self, row: CopiedRow) -> "Again":
        """A row that was mapped otherwise; one that fits no more is kept, and answered no more."""
        try:
            found = self.row(row.body, row.line, store=row.store)
        except Garbled:
            return Again(replace(row, mapping=self.mapping), misfit=True)
        # Its key, its owner and the day of its file stay as they were when it came.
        return Again(replace(found, key=row.key, store=row.store, day=row.day), misfit=False)

    def _placed(self, bare: CopiedRow, row: Any, record: Any) -> CopiedRow:
        match = self._compiled.match_customer
        placed = getattr(record, "placed_at", None)
        return replace(
            bare,
            store=getattr(record, _OWNERS.get(bare.section, ""), None) or bare.store,
            place=record.sort_key,
            day=getattr(record, "business_date", None)
            or (None if placed is None else local_date(placed, self._at.zone)),
            customer=match(row) if match else getattr(record, "customer", None),
            identities=self._identities(record),
            words=tuple(_words(record)),
        )

    def _identities(self, record: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(record, Membership):
            return ()
        kinds = self._compiled.section.by_identity
        found = ((kind, shown(record, IdentityKind(kind))) for kind in kinds)
        return tuple((kind, value) for kind, value in found if value)


def _words(record: Any) -> list[str]:
    found = ((name, getattr(record, field, None)) for name, field in _WORDS.items())
    return [f"{name}={getattr(value, 'name', value)}" for name, value in found if value is not None]
