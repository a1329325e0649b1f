from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.profile.attributes import Observation
from capabilities.profile.rules import DEFAULT_RULES, KeyRule, ProfileRules, Survivorship
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.profile.attributes import Attributes
from store.profile.rules import ProfileRulesVersions
from store.sealing import Sealer

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
SHOP, POS = MembershipKey("shop", "1"), MembershipKey("pos", "2")
BIRTHDAY = Observation(
    holder=SHOP, key="birthday", value="1990-05-17", source="woo", observed_at=NOON, confidence=0.5
)
LANGUAGE = replace(BIRTHDAY, holder=POS, key="language", value="zh", source="pos")


@pytest.fixture
def keys():
    return DataKeys(BRAND, Sealer(b"m" * 32))


@pytest.fixture
def attributes(store, keys):
    return Attributes(store, BRAND, keys, b"h" * 32)


@pytest.fixture
def links(database):
    def link(**people):
        with psycopg.connect(database) as connection:
            connection.execute("DELETE FROM membership_links")
            connection.execute("DELETE FROM member_aliases")
            for one_id, memberships in people.items():
                if isinstance(memberships, str):
                    connection.execute(
                        "INSERT INTO member_aliases VALUES (%s, %s, %s)",
                        (BRAND, one_id, memberships),
                    )
                    continue
                for key in memberships:
                    connection.execute(
                        "INSERT INTO membership_links (brand, number, channel, one_id)"
                        " VALUES (%s, %s, %s, %s)",
                        (BRAND, key.number, key.channel, one_id),
                    )

    return link


def _told(observations):
    return {(one.holder, one.key, one.value) for one in observations}


async def test_people_have_what_their_memberships_told_and_a_merge_is_undone_without_loss(
    attributes, links
):
    links(ann=[SHOP], bea=[POS])
    assert await attributes.observe([BIRTHDAY, LANGUAGE]) == 2
    apart = await attributes.of_people(["ann", "bea", "eve"])
    assert [_told(one) for one in apart] == [
        {(SHOP, "birthday", "1990-05-17")},
        {(POS, "language", "zh")},
        set(),
    ]
    links(ann=[SHOP, POS], bea="ann")
    merged = await attributes.of_people(["bea", "ann"])
    assert merged[0] == merged[1]
    assert _told(merged[0]) == _told(apart[0]) | _told(apart[1])
    links(ann=[SHOP], bea=[POS])
    assert await attributes.of_people(["ann", "bea", "eve"]) == apart


async def test_a_value_told_again_keeps_its_first_and_its_last_moment(attributes, links):
    links(ann=[SHOP])
    later = replace(BIRTHDAY, observed_at=NOON + timedelta(days=9), confidence=0.2)
    earlier = replace(BIRTHDAY, observed_at=NOON - timedelta(days=9), confidence=0.9)
    for one in (BIRTHDAY, later, earlier, BIRTHDAY):
        await attributes.observe([one])
    ((kept,),) = await attributes.of_people(["ann"])
    assert len(kept.value_hash) == 32
    wanted = replace(later, first_observed_at=earlier.observed_at, value_hash=kept.value_hash)
    assert kept == wanted
    await attributes.observe([earlier, later, BIRTHDAY])
    assert await attributes.of_people(["ann"]) == [(wanted,)]


async def test_values_lie_sealed_and_are_gone_with_their_key(
    attributes, links, keys, store, database
):
    links(ann=[SHOP, POS])
    await attributes.observe([BIRTHDAY, LANGUAGE])
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT * FROM attribute_observations").fetchall()
    assert b"1990" not in b"".join(one for row in rows for one in row if isinstance(one, bytes))
    assert "1990" not in repr(rows)
    owner = owner_of_membership(SHOP.channel, SHOP.number)
    await store.transaction(lambda run: keys.delete(run, [owner]))
    ((kept,),) = await attributes.of_people(["ann"])
    assert kept.key == "language"


async def test_rules_are_versions_and_the_highest_holds(store):
    versions = ProfileRulesVersions(store, BRAND)
    assert await versions.current() == (0, DEFAULT_RULES)
    rules = ProfileRules(keys={"city": KeyRule(survivorship=Survivorship.OLDEST)})
    about = {"author": "ops", "reason": "the till knows best", "at": NOON}
    assert await versions.put(rules, **about) == 1
    assert await versions.put(DEFAULT_RULES, **about) == 2
    assert await versions.put(rules, **about) == 3
    assert await versions.current() == (3, rules)
