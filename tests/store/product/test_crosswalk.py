from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from capabilities.product.codes import MATNR
from capabilities.product.records import ProductCode
from demo.sample import make_retailer
from demo.sample.files import codes_used, count_unmatched, write_files
from store.engine import Store
from store.product.crosswalk import Crosswalk
from store.product.products_file import import_products

_DAY = date(2026, 6, 1)
_SEED = text("""
  INSERT INTO product_codes (brand, kind, code, system, connector, valid_from, sku, source, by)
  VALUES ('baiwei', 'matnr', '42', 'sap', '', '0001-01-01', 'BW-1', 'test', 'test')
  ON CONFLICT DO NOTHING
""")


def _code(code, kind="sku", system="woo", connector="woo1", on=_DAY):
    return ProductCode(connector=connector, system=system, kind=kind, code=code, on=on)


@pytest.fixture
def crosswalk(store):
    return Crosswalk(store, "baiwei")


_PRODUCTS = "".join(
    f"{line},,,\n"
    for line in (
        "BW-1,a,,,6901111111111",
        "BW-2,b,,,6902222222222|6909999999999",
        "BW-3,c,,,6909999999999",
        "BW-4,d,,,",
    )
)


@pytest.mark.parametrize(
    ("asked", "sku"),
    [
        (_code("A", connector="woo1"), "BW-1"),
        (_code("A", connector="woo2"), "BW-2"),
        (_code("A", connector="woo2", system="other"), None),
        (_code("A", kind="variation_id"), None),
        (_code("6901111111111", kind="item_number"), "BW-1"),
        (_code("6902222222222", kind="item_number"), "BW-4"),
        (_code("6909999999999", kind="item_number"), None),
        (_code("BW-3"), "BW-3"),
        (_code(" ＢＷ-３ "), "BW-3"),
        (_code("none"), None),
        (_code(""), None),
        (_code("moved", on=date(2025, 12, 31)), "BW-1"),
        (_code("moved", on=date(2026, 1, 1)), "BW-2"),
        (_code("moved", on=None), "BW-2"),
        (_code("torn", on=date(2025, 12, 31)), "BW-1"),
        (_code("torn"), None),
    ],
)
async def test_the_order_of_look_up(crosswalk, bring, asked, sku):
    bring(
        _PRODUCTS,
        "woo,woo1,sku,A,BW-1,,\n"
        "woo,,sku,A,BW-2,,\n"
        "woo,,item_number,6902222222222,BW-4,,\n"
        "woo,,sku,moved,BW-1,,2026-01-01\n"
        "woo,,sku,moved,BW-2,2026-01-01,\n"
        "woo,,sku,torn,BW-1,,\n"
        "woo,,sku,torn,BW-2,2026-01-01,\n",
    )
    assert await crosswalk.skus([asked]) == (sku,)


async def test_a_conflict_is_listed(crosswalk, bring):
    bring(_PRODUCTS, "woo,,sku,torn,BW-1,,\nwoo,,sku,torn,BW-2,2026-01-01,\nwoo,,sku,fine,BW-1,,\n")
    listed = [(one.system, one.code, one.skus) for one in await crosswalk.conflicts(10)]
    assert listed == [
        (None, "6909999999999", ("BW-2", "BW-3")),
        ("woo", "torn", ("BW-1", "BW-2")),
    ]


async def test_one_statement_however_many_codes(crosswalk, store, bring, monkeypatch):
    bring(_PRODUCTS)
    statements = []
    rows = store.rows

    async def counted(statement, parameters=None):
        statements.append(statement)
        return await rows(statement, parameters)

    monkeypatch.setattr(store, "rows", counted)
    codes = [_code(f"BW-{number % 7}") for number in range(500)]
    skus = await crosswalk.skus(codes)
    assert skus[:7] == (None, "BW-1", "BW-2", "BW-3", "BW-4", None, None)
    assert len(statements) == 1
    assert await crosswalk.skus([]) == ()
    assert len(statements) == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zeros=st.integers(0, 34), blanks=st.sampled_from(["", " ", "　"]), wide=st.booleans())
async def test_padding_blanks_and_width_never_change_a_match(database, zeros, blanks, wide):
    code = "0" * zeros + "42"
    if wide:
        code = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    store = Store.open(database)  # each example has a loop of its own
    await store.rows(_SEED)
    asked = _code(f"{blanks}{code}{blanks}", kind=MATNR, system="sap")
    found = await Crosswalk(store, "baiwei").skus([asked])
    await store.aclose()
    assert found == ("BW-1",)


async def test_unmatched_codes_are_counted_and_listed(crosswalk):
    await crosswalk.record_unmatched({_code("X"): 2, _code(" X "): 1, _code(""): 5})
    await crosswalk.record_unmatched({_code("X"): 4, _code("Y", connector="pos"): 9})
    listed = [(one.connector, one.code, one.lines) for one in await crosswalk.unmatched(None, 10)]
    assert listed == [("pos", "Y", 9), ("woo1", "X", 7)]
    assert [one.code for one in await crosswalk.unmatched("woo1", 10)] == ["X"]
    assert [one.code for one in await crosswalk.unmatched(None, 1)] == ["Y"]


async def test_of_the_demo_exactly_the_planted_codes_match_nothing(crosswalk, database, tmp_path):
    retailer = make_retailer(7, 1)
    write_files(retailer, tmp_path)
    counts = import_products(
        database, tmp_path / "products.csv", tmp_path / "crosswalk.csv", brand="baiwei"
    )
    assert counts.quarantined == ()
    used = list(codes_used(retailer))
    asked = [_code(one.code, kind=one.kind, system=one.system) for one in used]
    skus = await crosswalk.skus(asked)
    missed: dict[tuple[str, str, str], int] = {}
    for one, sku in zip(used, skus, strict=True):
        if sku is None:
            key = (one.system, one.kind, one.code)
            missed[key] = missed.get(key, 0) + 1
    assert sorted(missed.items()) == count_unmatched(retailer)
    assert missed


async def test_a_code_that_no_text_can_hold_costs_the_others_nothing(crosswalk, bring):
    bring("BW-1,a,,,,,,\n")
    assert await crosswalk.skus([_code("\ud800"), _code("BW-1\0")]) == (None, "BW-1")
    await crosswalk.record_unmatched({_code("X\ud800"): 2})
    (counted,) = await crosswalk.unmatched(None, 5)
    assert (counted.code, counted.lines) == ("X", 2)
