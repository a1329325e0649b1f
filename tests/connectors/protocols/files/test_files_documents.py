"""XML and JSON files: records one at a time, what is dropped on entry, and hostile documents."""

import tracemalloc
from decimal import Decimal
from io import BytesIO

import pytest

from capabilities.errors import Garbled
from connectors.protocols.files import Bad, Feed, Row, Skipped, Void, Words, read_feed

LOG = Feed(
    section="orders",
    name="{store}.xml",
    form="xml",
    record="Transaction",
    lists=("LineItem", "Total"),
    drop=("AccountNumber",),
    skip={
        "training": Words(source="@TrainingModeFlag", words=("true", "1")),
        "suspended": Words(source="RetailTransaction.Status", words=("Suspended",)),
    },
    void=Void(
        when=Words(source="RetailTransaction.Link.Reason", words=("Void",)),
        key=("WorkstationID", "SequenceNumber"),
        target=("RetailTransaction.Link.WorkstationID", "RetailTransaction.Link.SequenceNumber"),
    ),
)
POSLOG = """<?xml version="1.0" encoding="{encoding}"?>
<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" xmlns:acs="urn:vendor">
 <!-- a comment --><Transaction CancelFlag="false"><WorkstationID>1</WorkstationID>
  <SequenceNumber>7</SequenceNumber>
  <RetailTransaction><acs:LineItem VoidFlag="1" EntryMethod="Scan"><Name>茶杯</Name></acs:LineItem>
   <Tender><AccountNumber>6222</AccountNumber><Amount>9.90</Amount></Tender>
   <Total TotalType="Grand">9.90</Total><Note/></RetailTransaction></Transaction>
 <Transaction TrainingModeFlag="true"><SequenceNumber>8</SequenceNumber></Transaction>
 <Transaction><SequenceNumber>9</SequenceNumber>
  <RetailTransaction><Status>Suspended</Status></RetailTransaction></Transaction>
 <Transaction><SequenceNumber>10</SequenceNumber><RetailTransaction><Link><Reason>Void</Reason>
  <WorkstationID>1</WorkstationID><SequenceNumber>7</SequenceNumber></Link></RetailTransaction>
 </Transaction>
 <Transaction><SequenceNumber>11</SequenceNumber><RetailTransaction><Link><Reason>Void</Reason>
  <WorkstationID>1</WorkstationID><SequenceNumber>99</SequenceNumber></Link></RetailTransaction>
 </Transaction>
</POSLog>"""


def found(feed, raw):
    return list(read_feed(feed, BytesIO(raw if isinstance(raw, bytes) else raw.encode())))


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "GBK"])
def test_records_without_name_spaces_and_what_the_feed_says_of_them(encoding):
    row, *rest = found(LOG, POSLOG.format(encoding=encoding).encode(encoding))
    assert row == Row(
        3,
        {
            "@CancelFlag": "false",
            "WorkstationID": "1",
            "SequenceNumber": "7",
            "RetailTransaction": {
                "LineItem": [{"@VoidFlag": "1", "@EntryMethod": "Scan", "Name": "茶杯"}],
                "Tender": {"Amount": "9.90"},
                "Total": [{"@TotalType": "Grand", "#text": "9.90"}],
                "Note": None,
            },
            "voided": True,
        },
    )
    assert rest == [
        Skipped(8, "training"),
        Skipped(9, "suspended"),
        Skipped(11, "void"),
        Skipped(14, "void"),
        Bad(14, "VOID_WITHOUT_SALE", "what it takes back is not in this file", 14),
    ]


def test_what_stands_beside_records_goes_with_those_of_its_parent():
    feed = Feed(
        section="orders", name="*.xml", form="xml", record="ROW", carry=("HEAD",), lists=("ROW",)
    )
    text = (
        "<S><DOC><HEAD><N>1</N></HEAD><ROW><A>a</A></ROW><ROW><A>b</A></ROW></DOC>"
        "<DOC><ROW><A>c</A></ROW></DOC></S>"
    )
    assert [one.value for one in found(feed, text)] == [
        {"HEAD": {"N": "1"}, "A": "a"}, {"HEAD": {"N": "1"}, "A": "b"}, {"A": "c"},
    ]  # fmt: skip


DEEP = "<a>" * 70 + "</a>" * 70
HOSTILE = {
    "dtd": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "entity": '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    "laughs": '<!DOCTYPE a [<!ENTITY x "yy"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>',
    "deep": DEEP,
    "cut": "<POSLog><Transaction><SequenceNumber>1</SequenceNumber></Transaction><Trans",
    "empty": "",
    "no xml": "门店,小票号",
    "undefined": "<a>&nbsp;</a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_document_is_refused(name):
    with pytest.raises(Garbled) as caught:
        found(LOG, HOSTILE[name])
    assert "passwd" not in caught.value.message


def test_a_record_that_never_ends_is_refused_before_memory_is_full():
    class Endless:
        def __init__(self):
            self.given = 0

        def seek(self, *_):
            return 0

        def read(self, size):
            self.given += size
            return b"<POSLog><Transaction>" if self.given == size else b"<a>xxxxxxxx</a>" * 1000

    with pytest.raises(Garbled, match="too large"):
        list(
            read_feed(Feed(section="orders", name="*", form="xml", record="Transaction"), Endless())
        )


def test_memory_stays_bounded_however_long_a_document_is(tmp_path):
    path = tmp_path / "long.xml"
    one = (
        "<Transaction><SequenceNumber>{}</SequenceNumber><Note>"
        + "x" * 500
        + "</Note></Transaction>"
    )
    with path.open("w") as file:
        file.write("<POSLog>")
        for number in range(20_000):
            file.write(one.format(number))
        file.write("</POSLog>")
    feed = Feed(section="orders", name="*", form="xml", record="Transaction")
    with path.open("rb") as file:
        tracemalloc.start()
        count = sum(1 for _ in read_feed(feed, file))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 20_000
    assert peak < path.stat().st_size / 20


CAR = Feed(
    section="orders",
    name="*.json",
    form="json",
    record="IT_TRANSACTION",
    lists=("RETAILLINEITEM", "DISCOUNT", "TENDER"),
    drop=("CARDNUMBER",),
)


def test_a_list_of_one_that_became_an_object_is_a_list_and_numbers_keep_their_text():
    text = """{"IT_TRANSACTION": {"RETAILSTOREID": 747, "RETAILLINEITEM": {"SALESAMOUNT": 12.30,
      "DISCOUNT": {"REDUCTIONAMOUNT": 4.13}}, "TENDER": {"TENDERAMOUNT": 1, "CARDNUMBER": "6"},
      "DISCOUNT": null}}"""
    (row,) = found(CAR, text)
    assert row.value == {
        "RETAILSTOREID": 747,
        "RETAILLINEITEM": [
            {"SALESAMOUNT": Decimal("12.30"), "DISCOUNT": [{"REDUCTIONAMOUNT": Decimal("4.13")}]}
        ],
        "TENDER": [{"TENDERAMOUNT": 1}],
        "DISCOUNT": [],
    }


def test_one_record_a_line_and_a_broken_line_beside_them():
    text = '{"IT_TRANSACTION": [{"A": 1}, {"A": 2}]}\n{"IT_TRANS\n\n{"IT_TRANSACTION": {"A": 3}}\n'
    *rows, last = found(CAR, text)
    assert [(getattr(one, "line", 0), getattr(one, "value", None)) for one in rows] == [
        (1, {"A": 1}), (1, {"A": 2}), (2, None),
    ]  # fmt: skip
    assert rows[2].code == "LINE_BROKEN"
    assert last.value == {"A": 3}


@pytest.mark.parametrize("text", ["[", '{"IT_TRANSACTION": 4}', '{"A": 1}', "[1]", "null"])
def test_a_document_without_records_is_refused(text):
    with pytest.raises(Garbled):
        found(CAR, text)
