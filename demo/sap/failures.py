"""SAP Gateway's errors, as JSON and as XML, and its logon page."""

from typing import Final
from xml.sax.saxutils import escape

import orjson
from starlette.responses import Response

LOGON_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Logon</title></head><body>"
    '<form name="loginForm" method="post"><input name="sap-user"/>'
    '<input name="sap-password" type="password"/></form></body></html>'
)
_TRANSACTION: Final = "5F1D0A7B8C3E0040E0065F7A1B2C3D4E"


class SapError(Exception):
    """A request that the Gateway refuses; becomes the error document."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


def bad(text: str) -> SapError:
    """A query option that does not parse or names what is not there."""
    return SapError(400, "/IWBEP/CM_MGW_RT/021", text)


def missing(text: str) -> SapError:
    """Nothing under this path or key."""
    return SapError(404, "/IWBEP/CM_MGW_RT/020", text)


def error_json(error: SapError) -> Response:
    """The error document that was asked for as JSON."""
    detail = {"code": error.code, "message": error.text, "propertyref": "", "severity": "error"}
    inner = {
        "application": {
            "component_id": "",
            "service_namespace": "/SAP/",
            "service_version": "0001",
        },
        "transactionid": _TRANSACTION,
        "timestamp": "20261101000000.0000000",
        "errordetails": [detail],
    }
    message = {"lang": "zh", "value": error.text}
    body = {"error": {"code": error.code, "message": message, "innererror": inner}}
    return Response(orjson.dumps(body), error.status, media_type="application/json")


def error_xml(error: SapError) -> Response:
    """The same as XML, which also comes where JSON was asked for."""
    return Response(xml_text(error.code, error.text), error.status, media_type="application/xml")


def xml_text(code: str, text: str) -> str:
    """The XML error document."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        f'<code>{escape(code)}</code><message xml:lang="zh">{escape(text)}</message>'
        f"<innererror><transactionid>{_TRANSACTION}</transactionid></innererror></error>"
    )
