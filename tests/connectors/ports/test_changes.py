"""Feeds over a reader that misbehaves as real systems do: overlaps, ties, and filters ignored."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import defstruct
from msgspec.structs import replace

from capabilities.errors import BadInput, Garbled
from capabilities.estate import ConnectorSpec
from capabilities.member.records import Membership
from capabilities.time import from_micros, micros
from connectors._kit import Decoder, SilentObserver
from connectors.manifest import At, compile_manifest, read_manifest
from connectors.manifest.targets import RECORDS
from connectors.ports.changes import MembershipChanges, everything
from connectors.ports.port import Bound
from connectors.ports.position import read
from connectors.ports.wanted import Batch

MANIFEST = """
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}"
paging: {limit: n, offset: at, sort: by, direction: way}
memberships:
  resource: members
  channel: {}
  record: {number: id, joined_at: {from: made, as: instant}, home_store_code: store}
  order: {ties: complete, by: made, before: upto, after: from, page_max: PAGE}
  search: {}
  changes:
    moment: {from: edited, as: instant}
    order: {ties: complete, by: edited, before: upto, after: from, page_max: PAGE}
    overlap_minutes: 10
"""
START = datetime(2026, 1, 1, tzinfo=UTC)


def row(number, minute, store="M1"):
    moment = (START + timedelta(minutes=minute)).isoformat()
    return {"id": str(number), "made": moment, "edited": moment, "store": store}


class Source:
    """Rows by their moment, as a system answers them whose window includes its first second."""

    partitioned = False
    pushes_channels = False

    def __init__(self, compiled, rows, *, honest=True):
        self.compiled, self.rows_held, self.honest = compiled, rows, honest
        self.asked = []
        self.decoder = Decoder(compiled.row_type)

    async def rows(self, wanted):
        self.asked.append(wanted)
        low = wanted.since
        if wanted.after is not None:
            place = from_micros(wanted.after.value)
            low = place if low is None else max(low, place)
        rows = sorted(self.rows_held, key=lambda one: (one["edited"], one["id"]))
        if low is not None and self.honest:
            rows = [one for one in rows if datetime.fromisoformat(one["edited"]) >= low]
        rows = [one for one in rows if one["id"] not in wanted.known]
        found = [
            self.decoder.decode(json.dumps(one).encode(), "acme") for one in rows[: wanted.limit]
        ]
        return Batch(rows=found, exhausted=len(rows) <= wanted.limit)


class Feed(MembershipChanges):
    def __init__(self, rows, page=3, *, honest=True):
        system = compile_manifest(read_manifest(MANIFEST.replace("PAGE", str(page)), "acme"))
        at = At(
            connector="acme",
            system="acme",
            version="acme/1",
            channels={"*": "shop"},
            zone=ZoneInfo("Asia/Shanghai"),
            settings={},
            unknown=lambda *_: None,
        )
        self.spec = ConnectorSpec(name="acme", system="acme")
        self._observer = SilentObserver()
        parts = {"_bound": system.sections, "_feeds": system.changes}
        self.source = Source(system.changes["memberships"], rows, honest=honest)
        for name, sections in parts.items():
            section = sections["memberships"]
            source = Source(section, rows, honest=honest)
            source.asked = self.source.asked
            setattr(self, name, {"memberships": Bound(section, source, at)})


async def keys(pages):
    return [[one.key for one in page.rows] async for page in pages]


async def last(pages):
    return [page async for page in pages][-1]


async def test_a_pass_gives_every_row_in_order_and_none_twice():
    feed = Feed([row(n, n // 2) for n in range(20)])
    told = await keys(feed.membership_changes(None))
    flat = [key for page in told for key in page]
    assert flat == [str(n) for n in sorted(range(20), key=lambda n: (n // 2, str(n)))]


async def test_more_rows_of_one_moment_than_a_page_holds_all_come():
    feed = Feed([row(n, 5) for n in range(11)] + [row(99, 6)])
    told = [key for page in await keys(feed.membership_changes(None)) for key in page]
    assert sorted(told) == sorted([*(str(n) for n in range(11)), "99"])


async def test_the_next_pass_begins_before_the_newest_change_by_the_overlap():
    rows = [row(n, n) for n in range(40)]
    feed = Feed(rows)
    done = await last(feed.membership_changes(None))
    assert done.done
    assert read(done.position).mark == micros(START + timedelta(minutes=39))
    late = row("late", 31)  # committed after the pass, with a moment from before its end
    rows.append(late)
    told = [key for page in await keys(feed.membership_changes(done.position)) for key in page]
    assert "late" in told
    assert set(told) == {"late", *(str(n) for n in range(29, 40))}


async def test_an_empty_pass_keeps_its_mark():
    feed = Feed([row(1, 1)])
    done = await last(feed.membership_changes(None))
    feed.source.rows_held.clear()
    again = await last(feed.membership_changes(done.position))
    assert read(again.position).mark == read(done.position).mark


async def test_a_source_that_ignores_the_moment_is_noticed():
    feed = Feed([row(n, n * 60) for n in range(9)], honest=False)
    since = START + timedelta(hours=5)
    with pytest.raises(Garbled) as raised:
        await keys(feed.membership_changes(None, since))
    assert raised.value.code == "UPSTREAM_FILTER_IGNORED"


async def test_a_whole_pass_says_that_it_saw_everything_and_one_since_a_moment_does_not():
    feed = Feed([row(n, n) for n in range(7)])
    whole = await last(everything(feed, "memberships", None, None))
    assert (whole.done, whole.whole) == (True, True)
    part = await last(everything(feed, "memberships", None, START + timedelta(minutes=3)))
    assert (part.done, part.whole) == (True, False)


async def test_only_what_a_record_is_made_of_changes_its_digest():
    feed = Feed([row(1, 1)])
    (before,) = (await last(feed.membership_changes(None))).rows
    feed.source.rows_held[0] |= {"edited": row(1, 9)["edited"], "seen": 7}
    (looked_at,) = (await last(feed.membership_changes(None))).rows
    feed.source.rows_held[0] |= {"store": "M2"}
    (moved,) = (await last(feed.membership_changes(None))).rows
    assert looked_at.digest == before.digest
    assert moved.digest != before.digest
    assert moved.record().home_store_code == "M2"


async def test_a_row_of_a_whole_list_is_another_where_its_record_has_one_field_more(monkeypatch):
    text = MANIFEST[: MANIFEST.index("  changes:")].replace("PAGE", "3")
    section = compile_manifest(read_manifest(text, "acme")).sections["memberships"]
    feed = Feed([row(1, 1)])
    feed._bound["memberships"] = replace(feed._bound["memberships"], compiled=section)

    async def digest():
        (one,) = (await last(everything(feed, "memberships", None, None))).rows
        return one.digest

    before = await digest()
    assert await digest() == before
    fields = [("nickname", str | None, None)]
    more = defstruct("Membership", fields, bases=(Membership,), kw_only=True)
    monkeypatch.setitem(RECORDS, "memberships", more)
    assert await digest() != before


async def test_a_text_that_is_no_position_is_refused():
    with pytest.raises(BadInput):
        await keys(Feed([]).membership_changes("{}"))
