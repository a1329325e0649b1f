"""The people of a segment: pages by OneID and counts, each one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text

from capabilities.profile.rules import DEFAULT_RULES
from capabilities.segment.attributes import attributes_of, check_attributes
from capabilities.segment.conditions import Condition
from store.engine import Store
from store.profile.attribute_rows import AttributeRows
from store.profile.attribute_sql import AttributeSql
from store.profile.rules import ProfileRulesVersions
from store.profile.segment_sql import compiled

_PEOPLE = "FROM members m WHERE m.brand = :brand AND m.status = 'ACTIVE'"


class Counted(NamedTuple):
    """How many people; `whole` where they were counted to the end."""

    people: int
    whole: bool


class SegmentPeople:
    """Asks who is in a segment.

    `zone` says what day it is for the retailer, `key` hashes the values of attributes.
    """

    def __init__(self, store: Store, brand: str, zone: ZoneInfo, key: bytes) -> None:
        self._store = store
        self._brand = brand
        self._zone = zone
        self._rows = AttributeRows(brand, key)
        self._rules = ProfileRulesVersions(store, brand)

    async def check(self, condition: Condition) -> None:
        """BadInput where conditions ask of attributes what the rules in force do not allow."""
        await self._attributes(condition)

    async def page(
        self,
        condition: Condition,
        at: datetime,
        *,
        first: int,
        after: str | None = None,
        backward: bool = False,
    ) -> Sequence[str]:
        """At most `first` OneIDs strictly after (or before, when backward) one, in that order."""
        where = compiled(condition, at, self._zone, await self._attributes(condition))
        sign, order = ("<", " DESC") if backward else (">", "")
        place = "" if after is None else f" AND m.one_id {sign} :after"
        sql = f"SELECT m.one_id {_PEOPLE}{place} AND ({where.sql}) ORDER BY m.one_id{order} LIMIT :first"  # noqa: E501 - our own words
        asked = {**where.parameters, "brand": self._brand, "after": after, "first": first}
        if after is None:
            del asked["after"]
        return [row.one_id for row in await self._store.rows(text(sql), asked)]

    async def count(
        self, condition: Condition, at: datetime, *, most: int | None = None
    ) -> Counted:
        """How many people; counting ends at `most`."""
        attributes = await self._attributes(condition)
        where = compiled(condition, at, self._zone, attributes, whole=most is None)
        asked: dict[str, object] = {**where.parameters, "brand": self._brand}
        limit = "" if most is None else " LIMIT :limit"
        if most is not None:
            asked["limit"] = most + 1
        sql = f"SELECT count(*) AS people FROM (SELECT {_PEOPLE} AND ({where.sql}){limit}) c"  # noqa: S608 - our own words
        (row,) = await self._store.rows(text(sql), asked)
        if most is not None and row.people > most:
            return Counted(most, whole=False)
        return Counted(row.people, whole=True)

    async def _attributes(self, condition: Condition) -> AttributeSql:
        """How attributes are asked for; the rules are read where there is one."""
        if next(attributes_of(condition), None) is None:
            return AttributeSql(self._rows, DEFAULT_RULES)
        rules = (await self._rules.current()).rules
        check_attributes(condition, rules)
        return AttributeSql(self._rows, rules)
