from datetime import date

from capabilities.product.records import ExternalCode, ProductFilter
from store.product.products import ProductReference

_LINES = """\
BW-1,瓜子,百味集,零食 > 坚果,6901234567892,袋,2025-01-08,
BW-2,开心果,百味集,零食 > 坚果,,袋,2026-02-08,2026-09-01
BW-3,薯片 100%,百味集,零食 > 膨化,,袋,2026-03-08,
bw-4,lower case,,,,,,
"""


def _skus(products):
    return [product.sku for product in products]


async def test_one_answer_per_sku_in_order(store, bring):
    bring(_LINES, "sap,,matnr,42,BW-1,,\nwoo,woo2,sku,Y,BW-1,,\nwoo,,sku,old,BW-1,,2020-01-01\n")
    reference = ProductReference(store, "baiwei")
    found = await reference.products(["BW-2", "none", "BW-1", "BW-2"])
    assert [product.sku if product else None for product in found] == [
        "BW-2",
        None,
        "BW-1",
        "BW-2",
    ]
    first = found[2]
    assert first is not None
    assert first.category_path == ("零食", "坚果")
    assert first.barcodes == ("6901234567892",)
    assert first.launched_at == date(2025, 1, 8)
    assert first.external_codes == (
        ExternalCode(system="sap", kind="matnr", code="42"),
        ExternalCode(system="woo", kind="sku", code="Y", connector="woo2"),
    )
    assert await ProductReference(store, "other").products(["BW-1"]) == (None,)


async def test_no_sku_asked_no_statement_made(store, monkeypatch):
    monkeypatch.setattr(store, "rows", None)
    assert await ProductReference(store, "baiwei").products([]) == ()


async def test_pages_walk_both_ways(store, bring):
    bring(_LINES)
    reference, everything = ProductReference(store, "baiwei"), ProductFilter()
    assert _skus(await reference.search_products(everything, 2, None)) == ["BW-1", "BW-2"]
    assert _skus(await reference.search_products(everything, 2, "BW-2")) == ["BW-3", "bw-4"]
    backward = await reference.search_products(everything, 2, "bw-4", backward=True)
    assert _skus(backward) == ["BW-2", "BW-3"]
    last = await reference.search_products(everything, 1, None, backward=True)
    assert _skus(last) == ["bw-4"]
    assert await reference.count_products(everything) == 4


async def test_filters(store, bring):
    bring(_LINES)
    reference = ProductReference(store, "baiwei")
    for filters, skus in [
        (ProductFilter(category="坚果"), ["BW-1", "BW-2"]),
        (ProductFilter(launched_from=date(2026, 2, 8)), ["BW-2", "BW-3"]),
        (ProductFilter(text="100%"), ["BW-3"]),
        (ProductFilter(text="B_-1"), []),
        (ProductFilter(text="bw-"), ["BW-1", "BW-2", "BW-3", "bw-4"]),
        (ProductFilter(category="坚果", text="瓜"), ["BW-1"]),
    ]:
        assert _skus(await reference.search_products(filters, 9, None)) == skus
        assert await reference.count_products(filters) == len(skus)
