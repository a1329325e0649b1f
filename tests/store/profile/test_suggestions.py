import random
from datetime import UTC, datetime, timedelta

import pytest

from capabilities.suggestions import (
    NewSuggestion,
    SuggestionFilter,
    SuggestionSource,
    SuggestionStatus,
    suggestion_key,
)
from store.profile.suggestion_lists import Place, SuggestionLists
from store.profile.suggestions import Intaken, Suggestions

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
FORUM = SuggestionSource.FORUM


def said(reference, text, *, product="T-1", minutes=0, source=FORUM):
    return NewSuggestion(
        source=source,
        reference=reference,
        text=text,
        submitted_at=NOON + timedelta(minutes=minutes),
        author="file",
        product=product,
    )


@pytest.fixture
def desk(store):
    return Suggestions(store, BRAND)


@pytest.fixture
def lists(store):
    return SuggestionLists(store, BRAND)


def key(reference, source=FORUM):
    return suggestion_key(source, reference)


async def every(lists, **filters):
    return {one.reference: one for one in await lists.page(SuggestionFilter(**filters), 100, None)}


async def test_the_same_words_are_a_duplicate_and_alike_ones_wait_for_a_person(desk, lists):
    told = [
        said("1", "包装太大，希望小一点"),
        said("2", "包装太大 希望小一点！", minutes=1),
        said("3", "包装太大了，希望小一点", minutes=2),
        said("4", "口味太甜", minutes=3),
        said("5", "口味太甜", minutes=4, product="N-1"),
    ]
    assert await desk.take(told) == Intaken(new=5, duplicates=1, resembling=1)
    assert await desk.take(told) == Intaken(known=5)
    found = await every(lists)
    assert (found["1"].status, found["1"].duplicates) == (SuggestionStatus.OPEN, 1)
    assert (found["2"].status, found["2"].duplicate_of) == (SuggestionStatus.DUPLICATE, key("1"))
    assert (found["3"].status, found["3"].resembles) == (SuggestionStatus.RESEMBLING, key("1"))
    assert found["3"].similarity > 90
    assert found["5"].status is SuggestionStatus.OPEN  # of another product


async def test_batches_are_compared_with_what_was_there(desk, lists):
    await desk.take([said("1", "口味太甜 13912345678")])
    done = await desk.take([said("1", "口味太甜", source=SuggestionSource.APP)])
    assert done == Intaken(new=1, duplicates=1)  # what is masked does not count
    assert await desk.take([said("9", "口味太甜")]) == Intaken(new=1, duplicates=1)
    assert "139" not in repr(await every(lists))


async def test_merging_takes_along_what_repeats_and_is_not_undone_by_a_decision(desk, lists, store):
    await desk.take(
        [said("1", "口味太甜"), said("2", "少放点糖"), said("3", "少放点糖", minutes=1)]
    )

    async def merge(run):
        await desk.merge_in(run, key("1"), [key("2")], by="ops", at=NOON)

    await store.transaction(merge)
    found = await every(lists)
    assert found["1"].duplicates == 2
    assert {found[at].duplicate_of for at in "23"} == {key("1")}
    assert (found["2"].decided_by, found["2"].decided_at) == ("ops", NOON)

    async def decide(run):
        await desk.decide_in(run, key("2"), SuggestionStatus.ACCEPTED, by="ops", at=NOON)

    await store.transaction(decide)
    found = await every(lists)
    assert (found["2"].status, found["2"].duplicate_of) == (SuggestionStatus.ACCEPTED, None)


async def test_lists_are_filtered_counted_and_walked_both_ways(desk, lists):
    texts = ("太甜", "太咸", "包装破了", "发货太慢", "味道很好")
    await desk.take([said(str(at), text, minutes=at) for at, text in enumerate(texts)])
    await desk.take([said("x", "太甜", source=SuggestionSource.SERVICE, product="")])
    everything = SuggestionFilter()
    assert await lists.count(everything) == 6
    first = await lists.page(SuggestionFilter(product="T-1"), 2, None)
    assert [one.reference for one in first] == ["4", "3"]
    place = Place(first[-1].submitted_at, first[-1].key)
    rest = await lists.page(SuggestionFilter(product="T-1"), 9, place)
    assert [one.reference for one in rest] == ["2", "1", "0"]
    back = await lists.page(SuggestionFilter(product="T-1"), 9, place, backward=True)
    assert [one.reference for one in back] == ["4"]
    for filters, wanted in (
        (SuggestionFilter(sources=frozenset({SuggestionSource.SERVICE})), {"x"}),
        (SuggestionFilter(statuses=frozenset({SuggestionStatus.DUPLICATE})), set()),
        (SuggestionFilter(text="太 甜"), {"x", "0"}),
        (SuggestionFilter(sources=frozenset()), set()),
    ):
        assert {one.reference for one in await lists.page(filters, 9, None)} == wanted
        assert await lists.count(filters) == len(wanted)
    counts = await lists.per_product(5)
    assert [(one.product_code, one.suggestions, one.distinct) for one in counts] == [
        ("T-1", 5, 5),
        (None, 1, 1),
    ]


async def test_thousands_are_compared_with_each_other(desk, lists):
    draw = random.Random(3)  # noqa: S311 - a seeded generator is wanted
    words = ("包装", "太大", "口味", "太甜", "希望", "坚果", "变质", "发货", "茶叶", "礼盒", "少糖")
    told = [
        said(str(at), "".join(draw.choices(words, k=4)), product=f"P-{at % 40}", minutes=at)
        for at in range(3_000)
    ]
    done = [await desk.take(told[at : at + 500]) for at in range(0, 3_000, 500)]
    assert sum(one.new for one in done) == 3_000
    same = {(one.product, one.text) for one in told}
    assert sum(one.duplicates for one in done) == 3_000 - len(same)
    counts = await lists.per_product(100)
    assert sum(one.distinct for one in counts) == len(same)
