import secrets
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, Desk, membership
from work.duplicates.find import find_duplicates

SURNAMES, GIVEN = "王李张刘陈杨黄赵周吴", "伟芳娜敏静丽强磊军洋"
PHONES = [f"139{place:08d}" for place in range(10_000, 10_200)]


def _member(channel, number, name, phone, *, store="M0001", verified=True):
    one = membership(channel, number, phone=phone, verified=verified, home_store_code=store)
    return replace(one, contact=replace(one.contact, name=name))


CROWD = [
    _member("pos", f"c{place}", SURNAMES[place % 10] + GIVEN[place // 10] + "安", PHONES[place])
    for place in range(100)
]


@pytest.fixture
async def desk(postgres):
    database = migrated(postgres, f"duplicates_{secrets.token_hex(4)}")
    store = Store.open(database)
    yield Desk(store)
    await store.aclose()


@pytest.fixture
def owned(desk):
    return Owned(
        store=desk.store,
        brand=desk.brand,
        sealer=Sealer(b"s" * 32),
        key=KEY,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: datetime(2026, 11, 27, tzinfo=UTC),
    )


async def _queue(desk):
    rows = await desk.rows("SELECT * FROM merge_candidates WHERE brand = :brand ORDER BY id")
    return [row for row in rows if row.score is not None]


async def test_a_typing_error_in_the_phone_comes_before_a_person_with_its_evidence(desk, owned):
    await desk.take(*CROWD, _member("woo", "1", "欧阳满月", "13912345678"))
    await desk.take(_member("sap", "1", "欧阳满月", "13912345687"))
    told = []
    found = await find_duplicates(owned, 0.9, lambda done, whole: told.append((done, whole)))
    assert (found.compared, found.pairs, told[-1]) == (102, 1, (102, 102))
    (row,) = await _queue(desk)
    assert (row.left_channel, row.right_channel, row.state) == ("sap", "woo", "OPEN")
    said = {one["kind"]: one["reason"] for one in row.evidence}
    assert said == {"NAME": "SAME", "PHONE": "CLOSE", "STORE": "SAME"}
    weights = {one["kind"]: one["weight"] for one in row.evidence}
    assert weights["PHONE"] > weights["NAME"] > 0 > weights["STORE"], "all are of one store"
    assert "欧阳" not in str(row)
    assert "139123456" not in str(row)
    assert len(await desk.people()) == 102, "nobody was joined"


async def test_people_of_one_person_and_people_that_were_judged_are_no_pair(desk, owned):
    await desk.take(*CROWD, _member("woo", "1", "欧阳满月", "13912345678"))
    await desk.take(_member("woo", "2", "欧阳满月", "13912345678"))
    await desk.take(_member("sap", "1", "欧阳满月", "13912345687"))
    assert (await find_duplicates(owned)).pairs == 1
    await desk.rows(
        "UPDATE merge_candidates SET state = 'REJECTED' WHERE brand = :brand RETURNING 1"
    )
    assert (await find_duplicates(owned)).pairs == 0


async def test_a_pair_that_is_none_any_more_leaves_the_queue(desk, owned):
    twin = _member("sap", "1", "欧阳满月", "13912345687")
    await desk.take(*CROWD, _member("woo", "1", "欧阳满月", "13912345678"), twin)
    await find_duplicates(owned)
    await desk.take(_member("sap", "1", "王大力", "13700000009", store="M0002"))
    later = replace(owned, now=lambda: datetime(2026, 11, 28, tzinfo=UTC))
    assert (await find_duplicates(later)).pairs == 0
    assert await _queue(desk) == []


async def test_whose_key_was_erased_shows_nothing(desk, owned):
    await desk.take(*CROWD, _member("woo", "1", "欧阳满月", "13912345678"))
    await desk.take(_member("sap", "1", "欧阳满月", "13912345687"))
    await desk.store.rows(text("DELETE FROM data_keys WHERE owner = 'm:sap:1'"))
    assert (await find_duplicates(owned)).pairs == 0
