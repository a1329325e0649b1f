"""One deterministic retailer: people, stores, products, orders, from (seed, scale) alone."""

from functools import lru_cache
from typing import Final

from demo.sample.people import make_accounts, make_people
from demo.sample.pos_sales import make_gift_cards, make_kits, make_pos_sales
from demo.sample.products import make_codes, make_crosswalk, make_products
from demo.sample.records import POS, SAP, WOO, Retailer
from demo.sample.sap_orders import make_sap_orders
from demo.sample.stores import make_stores
from demo.sample.woo_orders import make_coupons, make_woo_orders

__all__ = ["DEFAULT_SEED", "Retailer", "make_retailer"]

DEFAULT_SEED: Final = 7


@lru_cache(maxsize=1)
def make_retailer(seed: int = DEFAULT_SEED, scale: int = 1) -> Retailer:
    """Everything there is: about 300 people and 4,000 orders for each step of `scale`."""
    if scale < 1:
        raise ValueError("scale is a whole number from 1 up")
    products = make_products(seed)
    codes = make_codes(seed, products)
    people = make_people(seed, scale)
    stores = make_stores()
    accounts = make_accounts(seed, people, len(stores))
    coupons = make_coupons(seed, accounts[WOO])
    shop = make_woo_orders(
        seed, scale, accounts=accounts[WOO], people=people, codes=codes[WOO], coupons=coupons
    )
    return Retailer(
        products=products,
        codes=codes,
        crosswalk=make_crosswalk(products, codes),
        people=people,
        stores=stores,
        accounts=accounts,
        sap_orders=make_sap_orders(seed, scale, accounts[SAP], codes[SAP], shop),
        woo_orders=shop,
        coupons=coupons,
        pos_sales=make_pos_sales(seed, scale, accounts[POS], codes[POS], stores),
        gift_cards=make_gift_cards(seed, accounts[POS]),
        kits=make_kits(seed, codes[POS]),
    )
