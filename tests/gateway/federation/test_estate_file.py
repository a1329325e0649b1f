"""Every fault of an estate file says file, line, column, place and what would be valid."""

import pytest

from capabilities.estate import CachePolicy, Capability
from gateway.federation.estate_file import EstateFault, parse_estate, read_estate

GOOD = """\
brand: baiwei
channels:
  - { code: shop, name: 官网, kind: OTHER }
  - { code: store, name: 门店, kind: STORE, time_zone: Asia/Urumqi }
connectors:
  - name: woo
    system: woocommerce
    limits: { deadline_ms: 500 }
    channels: { member: shop, order: { checkout: shop } }
  - name: pos
    system: ospos
    channels: { member: store, order: { M: store } }
"""
FAULTS = {
    "no YAML": (
        ("brand: baiwei", "brand: [baiwei"),
        "e.yaml:2:9: this is no YAML",
    ),
    "no brand": (
        ("brand: baiwei\n", ""),
        "e.yaml:1:1: the file: Object missing required field `brand`",
    ),
    "unknown key": (
        ("brand: baiwei", "brand: baiwei\ncolour: red"),
        (
            "e.yaml:1:1: the file: Object contains unknown field `colour`; "
            "choose from brand, channels, connectors, time_zone"
        ),
    ),
    "unknown key of a channel": (
        ("name: 官网, ", "name: 官网, colour: red, "),
        (
            "e.yaml:3:5: channels[0]: Object contains unknown field `colour`; "
            "choose from code, name, kind, time_zone"
        ),
    ),
    "unknown kind": (
        ("kind: STORE", "kind: BAZAAR"),
        "e.yaml:4:36: channels[1].kind: Invalid enum value 'BAZAAR'; choose from STORE, TAKEAWAY, ",
    ),
    "unknown key of a load agreement": (
        ("limits: { deadline_ms: 500 }", "load: { per_minute: 5 }"),
        (
            "e.yaml:8:11: connectors[0].load: Object contains unknown field `per_minute`; "
            "choose from max_concurrent, per_second, windows, blackout"
        ),
    ),
    "window of a load agreement": (
        (
            "limits: { deadline_ms: 500 }",
            "load: { blackout: [{ cron: '* 25 * * *', zone: UTC }] }",
        ),
        "e.yaml:8:11: connectors[0].load: '* 25 * * *' is no cron expression: Bad hour",
    ),
    "unknown key of limits": (
        ("deadline_ms: 500", "deadline: 500"),
        (
            "e.yaml:8:13: connectors[0].limits: Object contains unknown field `deadline`; "
            "choose from deadline_ms, connect_ms, first_byte_ms, "
        ),
    ),
    "a limit of nothing": (
        ("deadline_ms: 500", "max_batch: 0"),
        "e.yaml:8:26: connectors[0].limits.max_batch: Expected `int` >= 1",
    ),
    "wrong type": (
        ("deadline_ms: 500", "deadline_ms: soon"),
        "e.yaml:8:28: connectors[0].limits.deadline_ms: Expected `int`, got `str`",
    ),
    "a cache policy that is none": (
        (
            "    channels: { member: shop,",
            "    cache: { member: often }\n    channels: { member: shop,",
        ),
        (
            "e.yaml:9:22: connectors[0].cache.member: Invalid enum value 'often'; "
            "write never, or for how long"
        ),
    ),
    "an unknown capability to be kept": (
        (
            "    channels: { member: shop,",
            "    cache: { people: never }\n    channels: { member: shop,",
        ),
        (
            "e.yaml:9:12: connectors[0].cache: Object contains unknown field `people`; "
            "choose from member, order, promotion"
        ),
    ),
    "an unknown key of a cache policy": (
        (
            "    channels: { member: shop,",
            "    cache: { order: { fresh: 1s, ttl: 2s } }\n    channels: { member: shop,",
        ),
        (
            "e.yaml:9:21: connectors[0].cache.order: Object contains unknown field `ttl`; "
            "choose from fresh, absent, stale_while_revalidate, stale_if_error"
        ),
    ),
    "a duration that is none": (
        (
            "    channels: { member: shop,",
            "    cache: { order: { fresh: 1 day } }\n    channels: { member: shop,",
        ),
        (
            "e.yaml:9:30: connectors[0].cache.order.fresh: This is no duration; "
            "write a number with ms, s, m or h, such as 30s"
        ),
    ),
    "kept too long": (
        (
            "    channels: { member: shop,",
            "    cache: { order: { fresh: 1s, absent: 25h } }\n    channels: { member: shop,",
        ),
        (
            "e.yaml:9:21: connectors[0].cache.order: no answer is kept longer than 24h, "
            "fresh and stale together"
        ),
    ),
    "channel twice": (
        ("code: store,", "code: shop,"),
        "e.yaml:4:5: channels[1]: 'shop' stands here twice",
    ),
    "connector twice": (
        ("name: pos", "name: woo"),
        "e.yaml:10:5: connectors[1]: 'woo' stands here twice",
    ),
    "unknown channel": (
        ("{ M: store }", "{ M: stores }"),
        "e.yaml:12:39: connectors[1].channels.order: no channel 'stores'; channels are shop, store",
    ),
    "two answer for one": (
        ("member: store,", "member: shop,"),
        (
            "e.yaml:12:25: connectors[1].channels.member: 'woo' already answers member for channel "
            "'shop'; name one of them only"
        ),
    ),
}


def test_a_good_file_is_read_whole():
    plan = parse_estate(GOOD)
    assert [one.time_zone for one in plan.channels] == ["Asia/Shanghai", "Asia/Urumqi"]
    woo = plan.connectors[0]
    assert woo.limits.deadline_ms == 500
    assert woo.channels == {
        Capability.MEMBER: {"*": "shop"},
        Capability.ORDER: {"checkout": "shop"},
    }


def test_a_cache_policy_is_read_in_seconds_and_never_without_one():
    policies = (
        "{ member: { fresh: 2m, stale_if_error: 1h }, promotion: never, order: { fresh: 3s } }"
    )
    text = GOOD.replace("    system: ospos", f"    system: ospos\n    cache: {policies}")
    woo, pos = parse_estate(text).connectors
    assert woo.cache == {}
    assert pos.cache == {
        Capability.MEMBER: CachePolicy(fresh=120, absent=5, stale_if_error=3600),
        Capability.ORDER: CachePolicy(fresh=3, absent=3),
    }
    assert pos.cache[Capability.MEMBER].life == 3720


@pytest.mark.parametrize(("change", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_says_where_and_what_is_valid(change, words):
    assert change[0] in GOOD
    with pytest.raises(EstateFault) as caught:
        parse_estate(GOOD.replace(*change, 1), "e.yaml")
    assert caught.value.message.startswith(words)
    assert caught.value.code == "ESTATE_INVALID"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EstateFault, match="cannot be read"):
        read_estate(tmp_path / "estate.yaml")
