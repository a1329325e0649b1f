"""Who gets a quota: a system whose stock can be set and whose orders can be counted."""

import pytest

from capabilities.estate import Capability, ConnectorSpec
from capabilities.flash.lifecycle import SaleDeclined
from capabilities.product.records import ExternalCode, Product
from gateway.flash.shops import shop_of
from store.flash.quotas import Shop


def spec(name, system, **channels):
    return ConnectorSpec(name=name, system=system, channels={Capability.ORDER: channels})


SPECS = (
    spec("till", "ospos", M="store"),
    spec("woo", "woocommerce", checkout="shop", app="app"),
    spec("tmall", "taobao_top", **{"*": "tmall"}),
)
PRODUCT = Product(
    brand="b",
    sku="BW-1",
    external_codes=(
        ExternalCode(system="woocommerce", kind="variation_id", code="8000"),
        ExternalCode(system="woocommerce", kind="sku", code="WX-1"),
        ExternalCode(system="taobao_top", kind="sku", code="T-1"),
        ExternalCode(system="taobao_top", kind="sku", code="T-2", connector="tmall"),
    ),
)


@pytest.mark.parametrize(
    ("channel", "product", "shop"),
    [
        ("app", PRODUCT, ("woo", "sku", "WX-1")),
        ("tmall", PRODUCT, ("tmall", "sku", "T-2")),
        ("tmall", None, ("tmall", "sku", "BW-1")),
    ],
)
def test_a_product_is_named_as_its_system_names_it(channel, product, shop):
    connector, kind, code = shop
    found = shop_of(SPECS, None, channel, "BW-1", product)
    assert found == Shop(connector=connector, kind=kind, code=code)


@pytest.mark.parametrize(
    ("channel", "product", "code", "valid"),
    [
        ("tmall", PRODUCT, "T-1", True),
        ("tmall", PRODUCT, "WX-1", False),
        ("tmall", PRODUCT, "BW-1", False),
        ("app", PRODUCT, "8000", False),
        ("tmall", None, "BW-1", True),
        ("tmall", None, "T-1", False),
    ],
)
def test_a_code_is_one_of_the_products_own_there(channel, product, code, valid):
    if valid:
        assert shop_of(SPECS, None, channel, "BW-1", product, code).code == code
        return
    with pytest.raises(SaleDeclined, match="has BW-1 as") as refused:
        shop_of(SPECS, None, channel, "BW-1", product, code)
    assert refused.value.code == "FLASH_QUOTA_CODE"


@pytest.mark.parametrize("channel", ["store", "nowhere"])
def test_a_channel_without_such_a_system_is_refused_with_those_that_have_one(channel):
    broken = spec("broken", "no_such_system", x="broken")
    with pytest.raises(SaleDeclined, match="valid: app, shop, tmall") as refused:
        shop_of((broken, *SPECS), None, channel, "BW-1", PRODUCT)
    assert refused.value.code == "FLASH_QUOTA_UNSUPPORTED"
