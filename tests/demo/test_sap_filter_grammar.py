from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from demo.sap.failures import SapError
from demo.sap.filter import parse_filter
from demo.sap.model import SERVICES
from demo.sap.predicate import compile_filter, is_scan

ORDER = SERVICES["API_SALES_ORDER_SRV"].entities["A_SalesOrder"]
PARTNER = SERVICES["API_BUSINESS_PARTNER"].entities["A_BusinessPartner"]
ROW = {
    "SalesOrder": "4000043",
    "DistributionChannel": "30",
    "SoldToParty": "4502",
    "SalesOrderDate": datetime(2026, 3, 5, tzinfo=UTC),
    "LastChangeDateTime": datetime(2026, 3, 5, 8, tzinfo=UTC),
    "TotalNetAmount": Decimal("26.50"),
    "PurchaseOrderByCustomer": "it's 7",
    "ServicesRenderedDate": None,
    "TotalBlockStatus": "",
}
OTHER = {
    "CreationTime": time(9, 30, 5),
    "BusinessPartnerIsBlocked": False,
    "SearchTerm1": "+86 139-1234-5678",
}

TRUE = [
    "SalesOrder eq '4000043'",
    "SalesOrder eq '0004000043'",
    "SalesOrder gt '999'",
    "SalesOrder lt '10000000'",
    "DistributionChannel ne '10'",
    "DistributionChannel eq '10' or DistributionChannel eq '30'",
    "DistributionChannel eq '30' or DistributionChannel eq '10' and SalesOrder eq '1'",
    "not (DistributionChannel eq '10')",
    "not DistributionChannel eq '10' and not DistributionChannel eq '20'",
    "((SalesOrder eq '4000043'))",
    "SalesOrderDate ge datetime'2026-03-05T00:00:00'",
    "SalesOrderDate le datetime'2026-03-05T00:00:00'",
    "LastChangeDateTime gt datetimeoffset'2026-03-05T07:59:59Z'",
    "LastChangeDateTime lt datetimeoffset'2026-03-05T16:00:01+08:00'",
    "LastChangeDateTime ge datetime'2026-03-05T08:00:00'",
    "TotalNetAmount eq 26.5m",
    "TotalNetAmount gt 26",
    "TotalNetAmount gt -1",
    "substringof('40000', SalesOrder)",
    "substringof('nope', SalesOrder) eq false",
    "startswith(SalesOrder,'400') eq true",
    "endswith(SalesOrder,'43')",
    "PurchaseOrderByCustomer eq 'it''s 7'",
    "ServicesRenderedDate eq null",
    "TotalBlockStatus eq ''",
    "  SalesOrder   eq   '4000043'  ",
]
FALSE = [
    "SalesOrder lt '999'",
    "(DistributionChannel eq '30' or DistributionChannel eq '10') and SalesOrder eq '1'",
    "SalesOrderDate gt datetime'2026-03-05T00:00:00'",
    "ServicesRenderedDate gt datetime'2020-01-01T00:00:00'",
    "ServicesRenderedDate ne null",
    "not (SalesOrder eq '4000043')",
    "SoldToParty eq '1' or SoldToParty eq '2' or SoldToParty eq '3'",
]
WRONG = [
    "",
    "Nope eq '1'",
    "to_Item/Material eq '1'",
    "SalesOrder eq 1",
    "SalesOrder eq",
    "SalesOrder",
    "SalesOrder is '1'",
    "SalesOrder eq '1",
    "SalesOrder eq '1' and",
    "SalesOrder eq '1' SalesOrder eq '2'",
    "(SalesOrder eq '1'",
    "SalesOrder eq '1')",
    "'1' eq SalesOrder",
    "SalesOrder eq Other",
    "tolower(SalesOrder) eq 'x'",
    "substringof(SalesOrder,'x')",
    "startswith('x',SalesOrder)",
    "startswith(SalesOrder,'x') eq 'true'",
    "startswith(TotalNetAmount,'2')",
    "SalesOrderDate ge '2026-01-01'",
    "SalesOrderDate ge datetime'2026-13-01T00:00:00'",
    "SalesOrderDate ge datetime'2026-01-01T00:00:00Z'",
    "SalesOrderDate gt null",
    "SalesOrderDate ge datetimeoffset'2026-01-01T00:00:00Z'",
    "TotalNetAmount eq '26.5'",
    "SalesOrder eq '1' ; drop",
    "(" * 60 + "SalesOrder eq '1'" + ")" * 60,
]


@pytest.mark.parametrize("text", TRUE)
def test_true_for_the_row(text):
    assert compile_filter(parse_filter(text), ORDER)(ROW) is True


@pytest.mark.parametrize("text", FALSE)
def test_false_for_the_row(text):
    assert compile_filter(parse_filter(text), ORDER)(ROW) is False


@pytest.mark.parametrize("text", WRONG)
def test_refused(text):
    with pytest.raises(SapError) as refusal:
        compile_filter(parse_filter(text), ORDER)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CreationTime eq time'PT09H30M05S'", True),
        ("CreationTime lt time'PT9H'", False),
        ("BusinessPartnerIsBlocked eq false", True),
        ("BusinessPartnerIsBlocked eq true", False),
        ("substringof('1234-5678', SearchTerm1)", True),
    ],
)
def test_other_types(text, expected):
    assert compile_filter(parse_filter(text), PARTNER)(OTHER) is expected


@pytest.mark.parametrize("text", ["CreationTime eq time'PT99H'", "CreationTime eq time'9:30'"])
def test_wrong_times(text):
    with pytest.raises(SapError):
        parse_filter(text)


def test_a_long_chain_of_or():
    chain = " or ".join(f"SoldToParty eq '{number}'" for number in range(4_000, 4_600))
    assert compile_filter(parse_filter(chain), ORDER)(ROW)
    mixed = f"({chain}) and DistributionChannel ne '30'"
    assert not compile_filter(parse_filter(mixed), ORDER)(ROW)


@pytest.mark.parametrize(
    ("text", "scans"),
    [
        ("SalesOrder eq '1'", False),
        ("SalesOrder eq '1' and TotalNetAmount gt 1", False),
        ("TotalNetAmount gt 1", True),
        ("SalesOrder eq '1' or TotalNetAmount gt 1", True),
        ("SalesOrder ne '1'", True),
        ("substringof('1', SalesOrder)", True),
        ("not (SalesOrder eq '1')", True),
    ],
)
def test_what_would_scan(text, scans):
    assert is_scan(parse_filter(text), ORDER) is scans
