"""Links of answers stay on our own base, whatever they say."""

import pytest

from capabilities.errors import BadInput, Garbled
from connectors._kit import Origin, segment

BASE = "https://sap.example:8443/sap/opu"
SERVICE = "odata/sap/API_SALES_ORDER_SRV"


@pytest.mark.parametrize(
    ("link", "own"),
    [
        (
            f"{BASE}/{SERVICE}/A_SalesOrder?$skiptoken='1'&sap-client=100",
            f"{SERVICE}/A_SalesOrder?$skiptoken='1'&sap-client=100",
        ),
        (
            f"http://internal-host:50000/sap/opu/{SERVICE}/A_SalesOrder?$skiptoken=2",
            f"{SERVICE}/A_SalesOrder?$skiptoken=2",
        ),
        (f"//evil.example/sap/opu/{SERVICE}/X?a=b", f"{SERVICE}/X?a=b"),
        (f"/sap/opu/{SERVICE}/X?a=%27b%27", f"{SERVICE}/X?a=%27b%27"),
        ("A_SalesOrder?$skiptoken=3", f"{SERVICE}/A_SalesOrder?$skiptoken=3"),
        ("A_SalesOrder?$filter=a eq '百'", f"{SERVICE}/A_SalesOrder?$filter=a%20eq%20'%E7%99%BE'"),
        (f"https://user:pass@evil.example/sap/opu/{SERVICE}/X", f"{SERVICE}/X"),
    ],
)
def test_a_link_is_asked_from_our_own_base(link, own):
    origin = Origin(BASE, "sap")
    assert origin.rebase(link, below=SERVICE) == own
    assert origin.url(own).startswith(f"{BASE}/{SERVICE}/")


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://sap.example:8443/other/service",
        "https://sap.example:8443/sap/opu/odata/sap/API_BUSINESS_PARTNER/X",
        f"https://sap.example:8443/sap/opu/{SERVICE}x/X",
        f"/sap/opu/{SERVICE}/../API_BUSINESS_PARTNER/X",
        f"/sap/opu/{SERVICE}/%2e%2e/API_BUSINESS_PARTNER/X",
        f"/sap/opu/{SERVICE}/%252e%252e/X",
        f"/sap/opu/{SERVICE}/..%2fX",
        f"/sap/opu/{SERVICE}/a%2fb",
        f"/sap/opu/{SERVICE}/a\\..\\b",
        f"/sap/opu/{SERVICE}/X\r\nHost: evil",
        "../../../../etc/passwd",
        "javascript:alert(1)/../../..",
        "http://[::1",
    ],
)
def test_a_link_that_leaves_the_base_is_garbled(link):
    with pytest.raises(Garbled) as caught:
        Origin(BASE, "sap").rebase(link, below=SERVICE)
    assert link not in str(caught.value)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a/%2e%2e/x", "a/b%2Fc", "a/./b", "a/%5c.."])
def test_a_path_cannot_leave_the_base(path):
    with pytest.raises(BadInput):
        Origin(BASE, "sap").url(path)


@pytest.mark.parametrize(
    "base",
    [
        "http://shop.example:99999",
        "http://shop.example:x/",
        "http://[::1",
        "http://:secret@shop.example/",
        "http://shop.example /",
        "ftp://host",
        "host/path",
        "https://",
        "https://u:p@host",
        "https://host/?a=b",
        "http://h/../x",
    ],
)
def test_a_base_that_is_no_base_is_refused(base):
    with pytest.raises(BadInput) as caught:
        Origin(base)
    assert caught.value.code == "BASE_ADDRESS_INVALID"


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("727", "727"),
        ("a b", "a%20b"),
        ("50%", "50%25"),
        ("'百'", "%27%E7%99%BE%27"),
        ("a?b#c&d", "a%3Fb%23c%26d"),
    ],
)
def test_a_value_is_one_segment(value, quoted):
    assert segment(value) == quoted
    assert Origin(BASE).url(f"orders/{segment(value)}") == f"{BASE}/orders/{quoted}"


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "a\x00"])
def test_a_value_that_is_no_segment_is_refused(value):
    with pytest.raises(BadInput):
        segment(value)


@pytest.mark.parametrize("value", ["a/b", "../x", "%2e%2e", "a\\b"])
def test_a_value_with_a_separator_never_leaves_its_place(value):
    """It is quoted, and what a careless server would unquote twice is not sent at all."""
    assert "/" not in segment(value)
    with pytest.raises(BadInput):
        Origin(BASE).url(f"orders/{segment(value)}")
