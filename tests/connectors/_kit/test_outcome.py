"""What an answer means."""

import pytest
from msgspec import Struct

from capabilities.errors import Denied, Garbled, Overloaded, Refused, Unavailable
from connectors._kit import Answer, Decoder, Reading, failure, found, result
from connectors._kit.outcome import retry_after


class Row(Struct):
    number: str


ROW = Decoder(Row)
SAP = Reading(error_code=("error", "code"), html_is_logon=True)
XML = "application/xml;charset=utf-8"
ODATA_XML = (
    b'<?xml version="1.0"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/'
    b'metadata"><code>/IWFND/CM_MGW_RT/020</code><message>139</message></error>'
)


def answer(status=200, body=b"", media="application/json", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers={"content-type": media, **named}, body=body, elapsed_ms=1)


@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (
            b'{"error": {"code": "SY/530", "message": {"value": "Zhang"}}}',
            "application/json",
            "SY/530",
        ),
        (ODATA_XML, XML, "/IWFND/CM_MGW_RT/020"),
        (b'{"error": {"code": 17}}', "application/json", "17"),
        (b'{"error": {"code": "user 13912345678"}}', "application/json", None),
        (b'{"error": {"code": "' + b"a" * 61 + b'"}}', "application/json", None),
        (b'{"error": {"code": "a\\nb"}}', "application/json", None),
        (b'{"error": "denied"}', "application/json", None),
        (b"<html>139</html>", "text/html", None),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><error><code>&b;</code></error>', XML, None),
        (b"\xff", "application/json", None),
    ],
)
def test_a_message_holds_the_status_and_a_plain_code_only(body, media, code):
    error = failure(answer(500, body, media), SAP, "sap")
    assert str(error) == ("sap answered 500" if code is None else f"sap answered 500 ({code})")


def test_not_found_is_none_where_one_thing_was_asked():
    for status in (404, 204):
        assert found(answer(status), ROW, SAP, "sap") is None
    row = found(answer(200, b'{"number": "1"}'), ROW, SAP, "sap")
    assert row == Row("1")


def test_not_found_is_an_error_where_a_list_was_asked():
    with pytest.raises(Refused):
        result(answer(404), ROW, SAP, "sap")


@pytest.mark.parametrize("media", ["text/html", "application/json"])
def test_a_page_in_place_of_json_is_a_logon_where_the_manifest_says_so(media):
    page = answer(200, b"<html><form id=LOGIN_FORM></form></html>", media)
    with pytest.raises(Denied):
        result(page, ROW, SAP, "sap")
    with pytest.raises(Garbled):
        result(page, ROW, Reading(), "shop")


def test_xml_with_200_is_no_logon():
    with pytest.raises(Garbled):
        result(answer(200, b"<feed/>", "application/atom+xml"), ROW, SAP, "sap")


def test_an_error_with_200_is_refused_with_its_code():
    body = b'{"error": {"code": "SY/530", "message": {"value": "Zhang"}}}'
    with pytest.raises(Refused, match="sap answered 200 with error SY/530"):
        result(answer(200, body), ROW, SAP, "sap")


def test_a_declared_media_type_and_charset_pass():
    reading = Reading(content_types=frozenset({"text/plain"}), charset="gb18030")
    body = '{"number": "百"}'.encode("gb18030")
    assert (
        result(answer(200, body, "text/plain; charset=GB18030"), ROW, reading, "old").number == "百"
    )
    with pytest.raises(Garbled):
        result(answer(200, body, "text/plain; charset=utf-8"), ROW, reading, "old")


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("7", 7),
        ("86400", 3600),
        ("-1", None),
        ("soon", None),
        ("1e9", None),
        ("", None),
        ("٣", None),
        ("9" * 400, None),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 09:00:00 GMT", None),
    ],
)
def test_retry_after(raw, seconds):
    headers = {"retry-after": raw, "date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    assert retry_after(headers) == seconds


def test_overloaded_carries_its_pause():
    error = failure(answer(429, retry_after="5"), SAP, "sap")
    assert isinstance(error, Overloaded)
    assert error.retry_after_seconds == 5
    assert type(failure(answer(503), SAP, "sap")) is Unavailable
