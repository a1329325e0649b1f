from decimal import Decimal

import msgspec
import pytest

from capabilities.errors import BadInput
from capabilities.segment import conditions as c
from capabilities.segment.records import condition_hash, read_condition, read_draft
from capabilities.segment.words import WORDS, in_words

TREE = {
    "is": "all",
    "of": [
        {"is": "stage", "stages": ["DORMANT", "AT_RISK"], "forDays": 7},
        {
            "is": "any",
            "of": [
                {"is": "orders", "atLeast": 3, "withinDays": 180, "channels": ["tmall"]},
                {"is": "not", "of": {"is": "tagged", "tags": ["vip"]}},
            ],
        },
        {"is": "netAmount", "currency": "CNY", "atLeast": "1000.50"},
        {"is": "lastOrder", "beforeDays": 60},
        {"is": "affinity", "category": ["食品", "茶"], "share": 0.3},
        {"is": "member", "tiers": ["G"], "homeStores": ["M1"], "joinedWithinDays": 30},
        {"is": "consent", "purpose": "MARKETING", "medium": "SMS"},
    ],
}


def test_a_segment_says_what_it_asks_for():
    tree = read_condition(TREE)
    assert in_words(tree, "en") == (
        "stage is DORMANT or AT_RISK for 7 days or more, and (at least 3 orders in tmall within"
        " 180 days or not (tagged vip)), and spent at least 1000.50 CNY, and last order more than"
        " 60 days ago, and buys 食品 > 茶 (at least 30% of her purchases), and has a membership"
        " with tier G, home store M1, joined within 30 days, and agreed to MARKETING by SMS"
    )
    assert in_words(tree, "zh-CN") == (
        "生命周期为 DORMANT、AT_RISK 已满 7 天，且（近 180 天内在 tmall 的订单数至少 3 或"
        " 并非（带标签 vip）），且净消费额至少 1000.50 CNY，且最近一次订单在 60 天以前，且"
        "偏好品类 食品 > 茶（占比至少 30%），且有会籍：等级 G，归属门店 M1，入会不超过 30 天，"
        "且同意以 SMS 用于 MARKETING"
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (c.Orders(at_least=2, at_most=2), "exactly 2 orders"),
        (c.Orders(at_least=1, at_most=3), "at least 1 and at most 3 orders"),
        (
            c.NetAmount(currency="CNY", at_most=Decimal(5), channels=("a", "b")),
            "spent at most 5 CNY in a or b",
        ),
        (
            c.LastOrder(within_days=90, before_days=30),
            "last order within 90 days and more than 30 days ago",
        ),
        (
            c.Affinity(category=("茶",), orders=2),
            "buys 茶 (at least 0% of her purchases, in 2 orders or more)",
        ),
        (c.All(of=(c.Tagged(tags=("a",)),)), "tagged a"),
    ],
)
def test_words_of_one_condition(condition, words):
    assert in_words(condition, "en") == words


def test_every_condition_has_its_words():
    assert set(WORDS) == set(c.CONDITIONS)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"is": "orders"}, "where: needs atLeast or atMost"),
        ({"is": "orders", "atLeast": 3, "atMost": 2}, "where: atLeast is above atMost"),
        ({"is": "netAmount", "currency": "CNY"}, "where: needs atLeast or atMost"),
        ({"is": "netAmount", "currency": "yuan", "atLeast": "1"}, "$.currency"),
        ({"is": "netAmount", "currency": "CNY", "atLeast": "-1"}, "an amount is from 0"),
        ({"is": "netAmount", "currency": "CNY", "atMost": "NaN"}, "an amount is from 0"),
        ({"is": "lastOrder"}, "needs beforeDays or withinDays"),
        ({"is": "lastOrder", "withinDays": 5, "beforeDays": 9}, "beforeDays is above withinDays"),
        ({"is": "member"}, "restricts nothing"),
        ({"is": "all", "of": [{"is": "tagged", "tags": ["a"]}, {"is": "member"}]}, "where.of[1]: "),
        ({"is": "not", "of": {"is": "member"}}, "where.of: "),
        ({"is": "all", "of": []}, "$.of"),
        ({"is": "stage"}, "stages"),
        ({"is": "moon"}, "moon"),
        ({"is": "tagged", "tags": ["a"], "colour": "red"}, "colour"),
        ({"is": "affinity", "category": ["茶"], "share": 1.5}, "$.share"),
        ({"is": "consent", "purpose": "MARKETING", "medium": "PIGEON"}, "PIGEON"),
    ],
)
def test_a_wrong_condition_is_told_by_its_place(raw, told):
    with pytest.raises(BadInput) as refused:
        read_condition(raw)
    assert refused.value.code == "SEGMENT_INVALID"
    assert told in refused.value.message


def test_a_tree_is_bounded():
    deep = {"is": "tagged", "tags": ["a"]}
    for _ in range(c.DEEPEST):
        deep = {"is": "not", "of": deep}
    with pytest.raises(BadInput, match="deeper"):
        read_condition(deep)
    leaf = {"is": "tagged", "tags": ["a"]}
    wide = {"is": "all", "of": [{"is": "any", "of": [leaf] * 20}] * 3}
    with pytest.raises(BadInput, match="more than 50"):
        read_condition(wide)


def test_a_draft_has_a_name_that_a_file_could_have():
    draft = read_draft({"name": "tea_lovers", "title": "爱茶的人", "where": TREE})
    assert msgspec.to_builtins(draft.where, str_keys=True)["is"] == "all"
    for name in ("", "Tea", "../etc", "a" * 65, "=1"):
        with pytest.raises(BadInput):
            read_draft({"name": name, "where": TREE})


def test_conditions_are_named_by_what_they_ask():
    tree = read_condition(TREE)
    again = msgspec.json.decode(msgspec.json.encode(tree), type=c.Condition)
    assert again == tree
    assert condition_hash(again) == condition_hash(tree)
    assert condition_hash(c.Not(of=tree)) != condition_hash(tree)
