import psycopg
import pytest

from capabilities.errors import BadInput
from store.product.products_file import import_products


def _rows(database, statement):
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchall()


def test_importing_twice_writes_once_and_moves_the_version_once(database, bring):
    product = "BW-1,瓜子,百味集,零食 > 坚果,6901234567892|0012345678905,袋,2025-01-08,\n"
    code = "ospos,,item_number,6901234567892,BW-1,,2026-01-01\n"
    first = bring(product, code)
    version = _rows(database, "SELECT part, version FROM state_versions")
    second = bring(product, code)
    assert (first.products, first.codes, first.quarantined) == (1, 1, ())
    assert (second.products, second.codes, second.quarantined) == (0, 0, ())
    assert _rows(database, "SELECT part, version FROM state_versions") == version
    assert _rows(database, "SELECT barcodes, category_path FROM products") == [
        (["6901234567892", "0012345678905"], ["零食", "坚果"])
    ]


def test_a_correction_replaces_and_moves_the_version(database, bring):
    bring("BW-1,a,,,,,,\nBW-2,b,,,,,,\n", "woo,,sku,X,BW-1,,\n")
    (before,) = _rows(database, "SELECT version FROM state_versions")
    counts = bring("BW-1,a,,,,,,\nBW-2,renamed,,,,,,\n", "woo,,sku,X,BW-2,,\n")
    (after,) = _rows(database, "SELECT version FROM state_versions")
    assert (counts.products, counts.codes) == (1, 1)
    assert after > before
    assert _rows(database, "SELECT sku FROM product_codes") == [("BW-2",)]


def test_a_barcode_that_passes_to_a_successor_is_found_there_alone(database, bring):
    bring("BW-1,a,,,6901111111111|6902222222222,,,\nBW-2,b,,,,,,\n")
    bring("BW-1,a,,,6902222222222,,,\nBW-2,b,,,6901111111111,,,\n")
    assert _rows(database, "SELECT barcode, sku FROM product_barcodes ORDER BY 1") == [
        ("6901111111111", "BW-2"),
        ("6902222222222", "BW-1"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",no sku,,,,,,", "sku is empty"),
        ("BW-1,again,,,,,,", "repeats line 2"),
        ("ＢＷ-１,wide again,,,,,,", "repeats line 2"),
        ("BW-3,x,,,6.92E+12,,,", "'6.92E+12' is no barcode: 6 to 14 digits, as text"),
        ("6.92E+12,x,,,,,,", "sku '6.92E+12' is a spreadsheet's, no code as text"),
        ('"=""BW-3""",x,,,,,,', "sku '=\"BW-3\"' is a spreadsheet's, no code as text"),
        ("BW-3,x,,,,,2025-13-01,", "launched_at is no date like 2026-01-31"),
        ("BW-3,x,,,", "5 cells where the header has 8"),
        ("BW-3,\0,,,,,,", "a NUL character"),
        ('BW-3,"x"y,,,,,,', "not CSV: ',' expected after '\"'"),
    ],
)
def test_a_bad_product_is_set_aside_and_the_rest_goes_on(database, bring, line, reason):
    counts = bring(f"BW-1,first,,,,,,\n{line}\nBW-2,last,,,,,,\n")
    assert [(bad.file, bad.line, bad.reason) for bad in counts.quarantined] == [
        ("products.csv", 3, reason)
    ]
    assert _rows(database, "SELECT sku FROM products ORDER BY sku") == [("BW-1",), ("BW-2",)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("woo,,sku,A,BW-9,,", "no product has the sku 'BW-9'"),
        ("woo,,sku,,BW-1,,", "code is empty"),
        (",,sku,A,BW-1,,", "system is empty"),
        ("woo,,sku,A,BW-1,2026-01-02,2026-01-02", "valid_to is not after valid_from"),
        ("woo,,sku, first ,BW-1,,", "repeats line 2"),
    ],
)
def test_a_bad_code_is_set_aside_and_the_rest_goes_on(database, bring, line, reason):
    counts = bring(
        "BW-1,x,,,,,,\n", f"woo,,sku,first,BW-1,,\n{line}\nsap,,matnr,000000000000000042,BW-1,,\n"
    )
    assert [(bad.file, bad.line, bad.reason) for bad in counts.quarantined] == [
        ("crosswalk.csv", 3, reason)
    ]
    codes = _rows(database, "SELECT code FROM product_codes ORDER BY code")
    assert codes == [("42",), ("first",)]


def test_a_line_that_is_not_utf8_is_set_aside(database, tmp_path):
    products, codes = tmp_path / "p.csv", tmp_path / "c.csv"
    header = b"sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
    products.write_bytes(b"\xef\xbb\xbf" + header + "BW-1,瓜子,,,,,,\n".encode("gb18030"))
    codes.write_bytes(b"system,kind,code,sku,valid_from,valid_to\n")
    counts = import_products(database, products, codes, brand="baiwei")
    assert [(bad.line, bad.reason) for bad in counts.quarantined] == [(2, "not UTF-8")]


def test_another_file_is_refused_whole(database, tmp_path):
    wrong = tmp_path / "members.csv"
    wrong.write_text("name,phone\n")
    with pytest.raises(BadInput, match=r"members\.csv lacks the columns sku, brand"):
        import_products(database, wrong, wrong, brand="baiwei")
    assert _rows(database, "SELECT * FROM products") == []


def test_two_brands_do_not_touch(database, bring):
    bring("BW-1,ours,,,,,,\n")
    bring("BW-1,theirs,,,,,,\n", brand="other")
    found = _rows(database, "SELECT brand, name FROM products ORDER BY brand")
    assert found == [("baiwei", "ours"), ("other", "theirs")]


def test_an_open_quote_says_which_lines_it_took(database, bring):
    counts = bring('BW-1,first,,,,,,\nBW-2,"open,,,,,,\nBW-3,x,,,,,,\nBW-4,x,,,,,,\n')
    ((line, reason),) = [(one.line, one.reason) for one in counts.quarantined]
    assert line == 3
    assert reason.endswith("; lines 3 to 5 are lost")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("sku,name\n".encode("utf-16"), "line 1"),
        (b'"sku"x,name\n', "line 1: not CSV"),
        (b"sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at,sku\n", "twice"),
    ],
)
def test_a_file_whose_header_cannot_be_read_is_refused(database, tmp_path, content, reason):
    file = tmp_path / "products.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        import_products(database, file, file, brand="baiwei")
