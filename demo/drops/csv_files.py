"""CSV as three generations of tills write it: other encodings, headings and damage."""

from collections.abc import Iterator, Mapping
from datetime import date

from demo.drops.sales import COMPLETED, Sold, business_day, by_store_and_day, pieces, total_of, yuan
from demo.sample.records import Store

_HEADS = (
    ("门店编号", "业态", "营业日", "收银机", "小票号", "类型", "销售时间", "会员号", "应收",
     "支付方式", "行号", "条码", "品名", "数量", "金额"),
    ("店号", "类别", "日期", "POS号", "流水号", "交易类型", "时间", "会员卡号", "合计金额",
     "付款方式", "序号", "商品条码", "商品名称", "销售数量", "销售金额"),
    ("Store", "Format", "Business Day", "Till", "Receipt", "Type", "Sold at", "Member", "Total",
     "Tender", "Line", "Barcode", "Item", "Qty", "Amount"),
)  # fmt: skip
_ENCODINGS = ("gb18030", "utf-8-sig", "utf-8")
_MARKS = (",", ",", ";")
_WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
_SITES = {"M": "门店", "T": "终端", "P": "快闪"}


def csv_files(sales: tuple[Sold, ...]) -> Mapping[str, bytes]:
    """One file a store and day; only what was completed."""
    done = tuple(sale for sale in sales if sale.status == COMPLETED)
    return {
        f"{store}_{day:%Y%m%d}.csv": csv_file(store, day, found)
        for store, day, found in by_store_and_day(done)
    }


def csv_file(store: str, day: date, sales: list[Sold]) -> bytes:
    """A file as the tills of that store write it."""
    age = int(store[1:]) % len(_HEADS)
    mark = _MARKS[age]
    rows = [mark.join(_HEADS[age])]
    rows += [
        mark.join(_cell(cell, mark) for cell in cells)
        for sale in sales
        for cells in _lines(sale, age)
    ]
    rows.append(mark.join(["合计", *[""] * 7, yuan(sum(map(total_of, sales))), *[""] * 6]))
    title = [f"{store} {day:%Y/%m/%d} 日销售明细"] if age == 1 else []
    return "\r\n".join([*title, *rows, ""]).encode(_ENCODINGS[age])


def _lines(sale: Sold, age: int) -> Iterator[list[str]]:
    day, placed = business_day(sale), sale.placed
    code = sale.store.code
    for row, line in enumerate(sale.lines, 1):
        amount, quantity = yuan(line.after), pieces(line.milli)
        if age == 0 and line.after < 0:
            amount, quantity = f"{amount[1:]}-", f"{quantity[1:]}-"
        if age == 1:
            quantity = quantity.translate(_WIDE)
        yield [
            f'="{code}"' if age == 0 else code,
            _SITES[code[0]],
            f"{day.year}/{day.month}/{day.day}" if age == 1 else f"{day:%Y%m%d}",
            "1",
            str(sale.number),
            "退货" if total_of(sale) < 0 else "销售",
            f"{placed.year}/{placed.month}/{placed.day} {placed:%H:%M:%S}",
            str(sale.account.number) if sale.account else "",
            _grouped(total_of(sale)) if age == 1 else yuan(total_of(sale)),
            sale.payment,
            str(row),
            _barcode(line.code.written, age),
            f"{line.code.name}\n促销" if line.off and age == 2 else line.code.name,  # noqa: PLR2004 - the third
            quantity,
            amount,
        ]


def _barcode(written: str, age: int) -> str:
    """A spreadsheet between the till and us writes long numbers as powers."""
    if age == 1 and written.isdigit() and len(written) > 12 and written.endswith("7"):  # noqa: PLR2004 - as spreadsheets do
        return f"{int(written):.2E}"
    return f'="{written}"' if age == 0 else written


def _grouped(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def _cell(cell: str, mark: str) -> str:
    if not any(char in cell for char in (mark, '"', "\n")) or cell.startswith("="):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def stores_file(stores: tuple[Store, ...]) -> bytes:
    """All stores, as head office lists them for the tills."""
    rows = [f'="{one.code}",{one.name},{_SITES[one.code[0]]},营业' for one in stores]
    return "\r\n".join(["门店编号,门店名称,业态,状态", *rows, ""]).encode("gb18030")
