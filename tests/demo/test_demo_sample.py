import csv
import re
import time
from collections import Counter
from datetime import datetime

import msgspec
import pytest

from demo.sample import make_retailer
from demo.sample.files import codes_used, count_unmatched, write_files
from demo.sample.records import POS, SAP, SYSTEMS, WOO


@pytest.fixture(scope="module")
def retailer():
    return make_retailer()


def _digits(phone):
    plain = phone.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    return re.sub(r"\D", "", plain).removeprefix("00").removeprefix("86")


def test_two_generations_are_equal(retailer):
    make_retailer.cache_clear()
    again = make_retailer()
    assert again is not retailer
    assert msgspec.json.encode(again) == msgspec.json.encode(retailer)


def test_another_seed_is_another_retailer(retailer):
    assert make_retailer(8, 1).pos_sales != retailer.pos_sales


def test_it_takes_less_than_three_seconds():
    make_retailer.cache_clear()
    start = time.process_time()
    make_retailer()
    assert time.process_time() - start < 3


@pytest.mark.parametrize("scale", [1, 2])
def test_shares_of_overlapping_people_are_exact(scale):
    people = make_retailer(7, scale).people
    shares = Counter(len(person.systems) for person in people)
    assert len(people) == 300 * scale
    assert shares == {1: 210 * scale, 2: 60 * scale, 3: 30 * scale}
    assert len({person.phone for person in people}) == len(people)


def test_scale_must_be_positive():
    with pytest.raises(ValueError, match="from 1 up"):
        make_retailer(7, 0)


def test_sizes(retailer):
    orders = len(retailer.sap_orders) + len(retailer.woo_orders) + len(retailer.pos_sales)
    assert 3_800 <= orders <= 4_200
    assert Counter(store.code[0] for store in retailer.stores) == {"M": 1600, "T": 600, "P": 100}
    assert retailer.stores[0].name == "M0001 上海南京东路店"


def test_three_per_cent_of_the_codes_in_use_match_nothing(retailer):
    used = {(code.system, code.kind, code.code) for code in codes_used(retailer)}
    known = {(row.system, row.kind, row.code) for row in retailer.crosswalk}
    unmatched = used - known
    assert len(unmatched) * 100 == 3 * len(used)
    assert unmatched == {key for key, _ in count_unmatched(retailer)}
    assert Counter(system for system, _, _ in unmatched) == {SAP: 6, WOO: 6, POS: 6}


def test_no_two_skus_share_a_code_on_one_day(retailer):
    spans = {}
    for row in retailer.crosswalk:
        spans.setdefault((row.system, row.kind, row.code), []).append(row)
    moved = [rows for rows in spans.values() if len(rows) > 1]
    assert len(moved) == 2
    for before, after in moved:
        assert before.valid_to == after.valid_from
        assert before.sku != after.sku


def test_files(retailer, tmp_path):
    write_files(retailer, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "crosswalk.csv",
        "products.csv",
        "unmatched.csv",
    ]
    with (tmp_path / "products.csv").open(encoding="utf-8") as file:
        products = list(csv.DictReader(file))
    with (tmp_path / "crosswalk.csv").open(encoding="utf-8") as file:
        crosswalk = list(csv.DictReader(file))
    assert {row["sku"] for row in crosswalk} <= {row["sku"] for row in products}
    assert list(crosswalk[0]) == ["system", "kind", "code", "sku", "valid_from", "valid_to"]
    assert products[0]["category_path"].split(" > ")[0] == "零食"
    assert all(row["system"] in SYSTEMS for row in crosswalk)


def test_lin_is_known_everywhere_and_buys_everywhere(retailer):
    assert [retailer.accounts[system][0].phone for system in SYSTEMS] == [
        "+86 139-1234-5678",
        "139 1234 5678",
        "13912345678",
    ]
    assert retailer.accounts[SAP][0].grouping == "MTMC"
    pos = retailer.accounts[POS][0]
    assert (pos.card, pos.home, pos.deleted) == ("BW88880001", 1, False)
    own = {
        SAP: [order for order in retailer.sap_orders if order.channel != "10"],
        WOO: retailer.woo_orders,
        POS: retailer.pos_sales,
    }
    for system, orders in own.items():
        lin = retailer.accounts[system][0]
        hers = [order for order in orders if order.account == lin]
        assert len(hers) >= 12
        assert min(order.placed for order in hers) < datetime(2025, 9, 1)  # noqa: DTZ001
        assert max(order.placed for order in hers) > datetime(2026, 9, 1)  # noqa: DTZ001
    assert any(coupon.email == "lin.xiaoman@example.com" for coupon in retailer.coupons)
    assert retailer.gift_cards[0].account == pos


def test_phones_are_messy_but_mostly_her_own(retailer):
    for system in SYSTEMS:
        accounts = retailer.accounts[system]
        own = [account for account in accounts if _digits(account.phone) == account.person.phone]
        assert len(own) > len(accounts) * 0.85
    typed = " ".join(account.phone for system in SYSTEMS for account in retailer.accounts[system])
    for trap in ("+86 ", "0086", "０", "-", " "):
        assert trap in typed
    shared = [account for account in retailer.accounts[POS] if account.phone == "13800000000"]
    assert len(shared) >= 2
    assert re.search(r"\b188\d{8}-\d{3}\b", typed)


def test_till_sales_hold_their_traps(retailer):
    sales = retailer.pos_sales
    assert sum(sale.account is None for sale in sales) * 4 == len(sales)
    assert {sale.kind for sale in sales} == {0, 1, 2, 3, 4}
    assert {sale.status for sale in sales} == {0, 1, 2}
    returned = {sale.kind for sale in sales if sale.lines[0].milli < 0}
    assert returned == {0, 4}
    assert any(line.off for sale in sales for line in sale.lines)
    assert any(line.milli % 1000 for sale in sales for line in sale.lines)
    assert any(account.deleted for account in retailer.accounts[POS])


def test_mirrors_are_a_day_apart_and_hold_the_same_products(retailer):
    shop = {str(order.number): order for order in retailer.woo_orders}
    mirrors = [order for order in retailer.sap_orders if order.channel == "10"]
    assert 150 < len(mirrors) < 300
    for mirror in mirrors:
        original = shop[mirror.mirrors]
        assert (mirror.placed - original.placed).days == 1
        products = [line.code.product for line in original.lines]
        assert [line.code.product for line in mirror.lines] == products
