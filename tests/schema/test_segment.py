"""Segments in the contract: conditions as inputs, people as members, and what is refused."""

from decimal import Decimal

import pytest

from capabilities.caller import Role
from capabilities.segment import conditions as c

ASK = "query($by: SegmentSelector!) { members(segment: $by) { nodes { oneId } edges { cursor } \
pageInfo { endCursor hasNextPage } totalCount { value precision } sources { name status } } }"


async def test_a_segments_people_are_members_and_who_may_not_be_seen_is_left_out(ask):
    found = (await ask.data(ASK, by={"name": "vips"}))["members"]
    assert found["nodes"] == [{"oneId": "abcdefghijklmnopqrstuvwx"}]
    assert found["edges"] == [{"cursor": "s0"}]
    assert found["pageInfo"] == {"endCursor": "s1", "hasNextPage": True}
    assert found["totalCount"] == {"value": 10_000, "precision": "LOWER_BOUND"}
    assert found["sources"][0] == {"name": "platform", "status": "OK"}


async def test_every_kind_of_condition_arrives_as_it_is_kept(ask):
    where = {
        "all": [
            {"stage": {"stages": ["DORMANT"], "forDays": 3}},
            {"orders": {"channels": ["shop"], "atLeast": 1, "withinDays": 30}},
            {"netAmount": {"currency": "CNY", "atMost": "12.50"}},
            {"any": [{"lastOrder": {"beforeDays": 60}}, {"affinity": {"category": ["茶"]}}]},
            {"not": {"tagged": {"tags": ["vip"]}}},
            {"member": {"homeStores": ["M1"], "tiers": ["G"]}},
            {"consent": {"purpose": "MARKETING", "medium": "SMS"}},
        ]
    }
    await ask.data(ASK, by={"where": where})
    ((_, kept, _),) = ask.platform.segments.asked
    assert kept == c.All(
        of=(
            c.Stage(stages=("DORMANT",), for_days=3),
            c.Orders(channels=("shop",), at_least=1, within_days=30),
            c.NetAmount(currency="CNY", at_most=Decimal("12.50")),
            c.AnyOf(of=(c.LastOrder(before_days=60), c.Affinity(category=("茶",)))),
            c.Not(of=c.Tagged(tags=("vip",))),
            c.Member(home_stores=("M1",), tiers=("G",)),
            c.Consent(purpose=c.ConsentPurpose.MARKETING, medium=c.ConsentMedium.SMS),
        )
    )


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ({"name": "none"}, "SEGMENT_UNKNOWN"),
        ({"where": {"orders": {}}}, "SEGMENT_INVALID"),
        ({"where": {"all": []}}, "SEGMENT_INVALID"),
        ({"where": {"stage": {"stages": ["a\x00"]}}}, "BAD_USER_INPUT"),
        ({"where": {"netAmount": {"currency": "yuan", "atLeast": "1"}}}, "SEGMENT_INVALID"),
    ],
)
async def test_what_means_nothing_is_refused(ask, by, code):
    assert await ask.code(ASK, by=by) == code


async def test_a_segment_and_a_filter_contradict_each_other(ask):
    both = '{ members(segment: {name: "vips"}, filter: {channels: ["shop"]}) { nodes { id } } }'
    assert await ask.code(both) == "BAD_USER_INPUT"


async def test_words_are_in_the_callers_language(ask):
    ask.language = "zh-CN"
    found = await ask.data(
        '{ segments { words } previewSegment(where: {not: {tagged: {tags: ["vip"]}}}) { words } }'
    )
    assert found["segments"] == [{"words": "带标签 vip"}]
    assert found["previewSegment"] == {"words": "并非（带标签 vip）"}


async def test_only_operations_keep_segments(ask):
    answer = await ask("{ segments { name } }", role=Role.SERVICE)
    assert answer.errors
