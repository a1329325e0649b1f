import json
from datetime import UTC, datetime

import pytest

from capabilities.audit import Entry
from gateway.cli.member_export import page_of
from store.access.audit import Audit
from store.privacy.data_keys import DataKeys
from store.privacy.person_export import PersonExport
from store.sealing import Sealer
from tests.store.member.taking import BRAND, KEY, Desk, membership

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
async def desk(store):
    opened = Desk(store)
    await opened.take(
        membership("store", "7", phone="13912345678", card="BW7"),
        membership("shop", "c7", phone="13912345678"),
        membership("store", "8", phone="13800138000"),
    )
    return opened


@pytest.fixture
def export(store):
    return PersonExport(store, BRAND, DataKeys(BRAND, Sealer(b"s" * 32)), KEY)


async def test_her_copy_has_everything_of_hers_in_the_clear_and_nothing_of_others(
    desk, export, store
):
    lin = next(one for one, keys in (await desk.people()).items() if ("store", "7") in keys)
    await Audit(store, BRAND).record(Entry(action="member.unmasked", actor="ada", about=lin))
    one_id, sections = await export.of(lin)
    assert one_id == lin
    values = {one["value"] for one in sections["identities"]}
    assert values == {"+8613912345678", "BW7"}
    assert {one["name"] for one in sections["names"]} == {"林小满"}
    assert {one["number"] for one in sections["membership_records"]} == {"7", "c7"}
    assert [one["action"] for one in sections["audit_entries"]] == ["member.unmasked"]
    text = json.dumps(sections, default=str, ensure_ascii=False)
    assert "13800138000" not in text
    assert not any(
        "sealed" in key or "hash" in key for rows in sections.values() for key in rows[0]
    )
    assert await export.of("nobody") is None


def test_a_page_shows_values_as_text():
    page = page_of("lin", {"tags": [{"tag": "<script>alert(1)</script>"}]})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
