"""Several walks over one source as one page: nothing lost, nothing twice, whatever was cut."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from capabilities.page import PageAsk, SortKey, SourcePage, before, joined


class Row(Struct, frozen=True):
    sort_key: SortKey


def walk(rows, ask, scanned):
    """One source's page: at most `first` rows after the place, a scan that looks at `scanned`."""
    own = sorted(rows, key=lambda row: row.sort_key.rank, reverse=not ask.newest_first)
    if ask.after is not None:
        own = [r for r in own if before(ask.after, r.sort_key, newest_first=ask.newest_first)]
    looked, found = own[:scanned], own[:scanned][: ask.first]
    cut = len(looked) < len(own) and len(found) < ask.first
    return SourcePage(
        rows=tuple(found),
        has_more=len(found) < len(own),
        truncated_at=looked[-1].sort_key if cut else None,
    )


@given(
    st.lists(st.sets(st.integers(0, 60), max_size=25), min_size=1, max_size=3),
    st.integers(1, 7),
    st.lists(st.integers(1, 12), min_size=3, max_size=3),
    st.booleans(),
)
def test_pages_of_several_customers_are_their_union_in_order(values, first, scanned, newest_first):
    customers = [
        [Row(SortKey(value, "jd", f"{place}{value:03}")) for value in own]
        for place, own in enumerate(values)
    ]
    whole = sorted(
        (row for rows in customers for row in rows),
        key=lambda row: row.sort_key.rank,
        reverse=not newest_first,
    )
    shown, after = [], None
    for _ in range(400):
        ask = PageAsk(first=first, channels=("jd",), after=after, newest_first=newest_first)
        pages = [walk(rows, ask, scanned[place]) for place, rows in enumerate(customers)]
        page = joined(pages, ask)
        assert len(page.rows) <= first
        shown += page.rows
        if page.truncated_at is None and not page.has_more:
            break
        ends = [row.sort_key for row in page.rows[-1:]]
        after = page.truncated_at or (ends[0] if ends else after)
    assert shown == whole
