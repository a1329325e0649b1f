"""Pages of the product reference: every product once, both ways, from any cursor."""

import pytest

from capabilities.errors import BadInput
from capabilities.page import ConnectionArgs
from capabilities.product.records import Product, ProductFilter
from gateway.federation.products import Products, decode_sku, encode_sku

SKUS = [f"BW-{number}" for number in range(100, 111)]


class _Reference:
    """As the store answers: ascending both ways, next to the sku."""

    async def search_products(self, _filters, first, after_sku, *, backward):
        if backward:
            rows = [sku for sku in SKUS if after_sku is None or sku < after_sku][-first:]
        else:
            rows = [sku for sku in SKUS if after_sku is None or sku > after_sku][:first]
        return tuple(Product(brand="b", sku=sku) for sku in rows)

    async def count_products(self, _filters):
        return len(SKUS)


async def _page(**args):
    products = Products(None, _Reference(), None)
    return await products.page(ProductFilter(), ConnectionArgs(**args))


@pytest.mark.parametrize("size", [1, 3, 10, 11, 12])
async def test_forward_shows_every_product_once(size):
    shown, place, more = [], None, True
    while more:
        page = await _page(first=size, after=place)
        assert page.page_info.has_previous_page == (place is not None)
        assert page.total_count.value == len(SKUS)
        shown += [node.sku for node in page.nodes]
        place, more = page.page_info.end_cursor, page.page_info.has_next_page
    assert shown == SKUS


@pytest.mark.parametrize("size", [1, 3, 10, 11, 12])
async def test_backward_shows_every_product_once_in_the_same_order(size):
    shown, place, more = [], None, True
    while more:
        page = await _page(first=None, last=size, before=place)
        shown = [node.sku for node in page.nodes] + shown
        place, more = page.page_info.start_cursor, page.page_info.has_previous_page
    assert shown == SKUS


async def test_an_edges_cursor_goes_on_behind_that_very_row():
    page = await _page(first=5)
    onward = await _page(first=2, after=page.edges[1].cursor)
    assert [node.sku for node in onward.nodes] == SKUS[2:4]


@pytest.mark.parametrize("text", ["", "***", "bm90IG91cnM", "é", encode_sku("x")[:-2] + "é"])
def test_a_text_that_is_no_cursor_is_refused(text):
    with pytest.raises(BadInput) as caught:
        decode_sku(text)
    assert caught.value.code == "BAD_CURSOR"
    assert decode_sku(encode_sku("BW-1 百味")) == "BW-1 百味"


@pytest.mark.parametrize("sku", ["a\0b", "x" * 300])
def test_a_forged_cursor_reaches_no_store(sku):
    with pytest.raises(BadInput) as refused:
        decode_sku(encode_sku(sku))
    assert refused.value.code == "BAD_CURSOR"


@pytest.mark.parametrize(
    "args",
    [
        {"first": None, "last": 2, "after": encode_sku("BW-101")},
        {"first": 2, "before": encode_sku("BW-101")},
        {"first": 2, "last": 2},
    ],
)
async def test_arguments_that_contradict_each_other_are_refused_as_in_every_list(args):
    with pytest.raises(BadInput) as refused:
        await _page(**args)
    assert refused.value.code == "BAD_USER_INPUT"
