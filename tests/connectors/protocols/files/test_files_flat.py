"""Flat files as tills and spreadsheets write them, and what is wrong with their lines."""

import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest

from capabilities.errors import Garbled
from connectors.protocols.files import Bad, Column, Feed, Group, Row, read_feed
from connectors.protocols.files.cells import Damaged, clean, number

COLUMNS = {
    "store": Column(headings=("门店", "门店编号", "Store No."), width=4, cast="code"),
    "receipt": Column(headings=("小票号", "单号")),
    "barcode": Column(headings=("条码", "商品条码"), cast="code", optional=True),
    "name": Column(headings=("品名",), optional=True),
    "qty": Column(headings=("数量",), cast="number"),
    "sold": Column(headings=("时间", "销售时间"), cast="time", optional=True),
}
SALES = Feed(section="orders", name="{store}.csv", form="csv", columns=COLUMNS, footer=("合计",))
HEAD = "门店,小票号,条码,品名,数量,时间\n"


def rows(feed, content, encoding="utf-8"):
    raw = content if isinstance(content, bytes) else content.encode(encoding)
    found = list(read_feed(feed, BytesIO(raw)))
    good = [one for one in found if isinstance(one, Row)]
    assert all(isinstance(one, Row | Bad) for one in found)
    return good, [(one.line, one.until, one.code, one.kept) for one in found if type(one) is Bad]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_told_apart(encoding):
    text = HEAD + "0001,7,6901,珐琅锅㙍𠮷䶮€,2,2026-01-02 10:00\n0001,8,6902,茶杯,1,\n"
    good, wrong = rows(SALES, text, encoding)
    assert [row.value["name"] for row in good] == ["珐琅锅㙍𠮷䶮€", "茶杯"]
    assert not wrong


def test_a_damaged_line_is_no_reason_to_read_the_file_in_another_encoding():
    lines = [HEAD.encode(), *("0001,7,,茶杯,1,\n".encode() for _ in range(3))]
    lines.insert(2, "0001,8,,茶".encode("gb18030") + b"\xff,1,\n")
    good, wrong = rows(SALES, b"".join(lines))
    assert len(good) == 3
    assert wrong == [(3, 3, "TEXT_MANGLED", False)]


def test_what_was_read_as_latin_1_once_is_reported_and_not_repaired():
    mangled = "茶杯".encode().decode("latin-1")
    good, wrong = rows(SALES, HEAD + f"0001,7,,{mangled},1,\n0001,8,,锅,1,\n")
    assert [row.value["receipt"] for row in good] == ["8"]
    assert wrong == [(2, 2, "TEXT_MANGLED", False)]


def test_a_file_in_no_known_encoding_is_refused():
    with pytest.raises(Garbled, match="neither UTF-8 nor GB 18030"):
        rows(SALES, HEAD.encode("utf-16-le")[2:] + b"\xff\xff\n" * 9)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_the_headings(mark):
    good, wrong = rows(SALES, mark.join(["门店", "小票号", "数量"]) + f"\n1{mark}7{mark}2\n")
    assert good[0].value | {"barcode": None} == {
        "store": "0001", "receipt": "7", "barcode": None, "name": None, "qty": "2", "sold": None,
    }  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("head", ["单号,门店编号,数量", "store no.,小票号 ,ＱＴＹ,数 量"])
def test_headings_vary_in_words_order_width_and_blanks(head):
    width = head.count(",") + 1
    good, _ = rows(SALES, f"某某店日报\n{head}\n" + ",".join(["1"] * width) + "\n")
    assert good[0].line == 3
    assert good[0].value["store"] == "0001"


def test_headings_of_another_file_name_the_columns_that_are_missing():
    with pytest.raises(Garbled, match="missing: qty"):
        rows(SALES, "门店,小票号\n1,7\n")


def test_breaks_inside_cells_keep_line_numbers_and_footers_are_no_rows():
    text = HEAD + '1,7,,"茶\n杯",1,\n1,8,,,x,\n\n合计,,,,3,\n'
    good, wrong = rows(SALES, text)
    assert [(row.line, row.value["name"]) for row in good] == [(2, "茶\n杯")]
    assert wrong == [(4, 4, "NUMBER_DAMAGED", False)]


def test_a_quote_that_is_never_closed_costs_its_lines_and_says_which():
    text = HEAD + '1,7,,"茶,1,\n' + "1,8,,锅,1,\n" * 60
    good, wrong = rows(SALES, text)
    assert not good
    assert wrong == [(2, 62, "QUOTE_OPEN", False)]


def test_a_line_with_too_few_cells_is_no_row():
    good, wrong = rows(SALES, HEAD + "1,7,,锅\n1,8,,锅,1,\n1,9,,锅,1,,,\n1,9,,锅,1,,x\n")
    assert [row.value["receipt"] for row in good] == ["8", "9"]
    assert [one[:3] for one in wrong] == [
        (2, 2, "CELLS_MISCOUNTED"), (5, 5, "CELLS_MISCOUNTED"),
    ]  # fmt: skip


def test_a_barcode_that_a_spreadsheet_cut_short_is_noted_and_never_guessed():
    good, wrong = rows(SALES, HEAD + '="001",7,6.92E+12,锅,1,\n')
    assert good[0].value["barcode"] == "6.92E+12"
    assert good[0].value["store"] == "0001"
    assert wrong == [(2, 2, "CODE_DAMAGED", True)]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("12.50-", "-12.50"), ("-3", "-3"), ("１，２３４．５０", "1234.50"), ("¥ 9.90", "9.90"),
        ("9.90元", "9.90"), ("1,234,567", "1234567"), ("-￥5", "-5"), ("+4", "4"),
    ],
)  # fmt: skip
def test_numbers(raw, found):
    assert number(raw) == found


@pytest.mark.parametrize("raw", ["12,50", "1.2.3", "--", "1e5", "一", "(5)", "1,23,456"])
def test_a_number_that_could_mean_two_things_is_none(raw):
    with pytest.raises(Damaged):
        number(raw)


def test_a_decimal_comma_is_declared():
    assert number("1.234,50-", ",") == "-1234.50"


@pytest.mark.parametrize(
    ("cast", "raw", "found"),
    [
        ("date", "2026/1/2", "2026-01-02"), ("date", "2026年1月2日", "2026-01-02"),
        ("date", "20260102", "2026-01-02"), ("time", "2026/1/2 3:04", "2026-01-02T03:04:00"),
        ("time", "20260102030405", "2026-01-02T03:04:05"),
        ("time", "2026-01-02T03:04:05.123", "2026-01-02T03:04:05.123"),
        ("code", "'００１", "001"), ("text", "  ", None), ("text", '="x"', "x"),
    ],
)  # fmt: skip
def test_other_cells(cast, raw, found):
    assert clean(raw, Column(cast=cast)) == found


@pytest.mark.parametrize("raw", ["46024.5", "1/2/2026", "明天", "2026-01-02 25"])
def test_a_time_that_is_none(raw):
    with pytest.raises(Damaged):
        clean(raw, Column(cast="time"))


FIXED = Feed(
    section="orders",
    name="{store}.txt",
    form="fixed",
    footer=("T",),
    columns={
        "store": Column(span=(1, 4), cast="code"),
        "name": Column(span=(5, 8)),
        "qty": Column(span=(13, 5), cast="number"),
        "note": Column(span=(18, 6), optional=True),
    },
)


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_a_fixed_width_is_counted_in_bytes(encoding):
    lines = ["0001珐琅锅  00012赠品  ", "0002茶杯    00001", "0003", "T0000000000000002"]
    good, wrong = rows(FIXED, "\r\n".join(lines), encoding)
    found = [(row.value["store"], row.value["name"], row.value["qty"]) for row in good]
    assert found == [("0001", "珐琅锅", "00012"), ("0002", "茶杯", "00001")]
    assert [row.value["note"] for row in good] == ["赠品", None]
    assert wrong == [(3, 3, "LINE_SHORT", False)]


GROUPED = Feed(
    section="orders",
    name="{store}.csv",
    form="csv",
    columns=COLUMNS,
    group=Group(by=("store", "receipt"), head=("sold",)),
)


def test_lines_of_a_receipt_are_one_row():
    text = HEAD + "1,7,a,锅,1,2026/1/2 9:00\n1,7,b,杯,2,2026/1/2 9:00\n1,8,c,盘,1,\n"
    good, wrong = rows(GROUPED, text)
    assert [(row.line, row.value["receipt"], len(row.value["lines"])) for row in good] == [
        (2, "7", 2), (4, "8", 1),
    ]  # fmt: skip
    assert good[0].value["lines"][1] == {"barcode": "b", "name": "杯", "qty": "2"}
    assert good[0].value["sold"] == "2026-01-02T09:00:00"
    assert not wrong


def test_a_receipt_with_a_bad_line_inside_is_held_back_whole():
    text = HEAD + "1,7,a,,1,\n1,7,b,,x,\n1,7,c,,1,\n1,8,c,,1,\n"
    good, wrong = rows(GROUPED, text)
    assert [row.value["receipt"] for row in good] == ["8"]
    assert [one[:3] for one in wrong] == [(3, 3, "NUMBER_DAMAGED"), (2, 4, "RECEIPT_BROKEN")]


def test_a_receipt_whose_lines_stand_apart_is_seen():
    text = HEAD + "1,7,a,,1,\n1,8,b,,1,\n1,7,c,,1,\n"
    good, wrong = rows(GROUPED, text)
    assert [row.value["receipt"] for row in good] == ["7", "8"]
    assert [one[:3] for one in wrong] == [(4, 4, "RECEIPT_APART")]


def test_memory_stays_bounded_however_long_a_file_is(tmp_path: Path):
    path = tmp_path / "long.csv"
    with path.open("w", encoding="gb18030") as file:
        file.write(HEAD)
        for number_ in range(120_000):
            file.write(f"0001,{number_ // 3},6901234567892,珐琅铸铁锅二十四厘米,1,\n")
    size = path.stat().st_size
    assert size > 5_000_000
    with path.open("rb") as file:
        tracemalloc.start()
        count = sum(isinstance(one, Row) for one in read_feed(GROUPED, file))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 40_000
    assert peak < size
