"""Refusals as problem details (RFC 9457): our stable code, and words in the caller's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from capabilities.errors import SantongError
from gateway.http.bad_request import BadRequest

PROBLEM = "application/problem+json"
_TYPE = "urn:santong:error:"
_BY_CODE: Mapping[str, int] = {
    "BAD_USER_INPUT": 400,
    "FORBIDDEN": 403,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "INTERNAL_SERVER_ERROR": 500,
    "LOOKUPS_SPENT": 429,
    "REQUEST_TIMEOUT": 504,
    "SANTONG_ERROR": 500,
    "SOURCE_MISSING": 503,
    "STORE_UNAVAILABLE": 503,
    "THROTTLED": 429,
    "UNAUTHENTICATED": 401,
    "UPSTREAM_OPEN_CIRCUIT": 503,
    "UPSTREAM_OVERLOADED": 503,
    "UPSTREAM_TIMEOUT": 504,
    "UPSTREAM_UNAVAILABLE": 503,
    "WHOLE_BRAND_ONLY": 403,
}
_TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求有误", "The request is wrong"),
    401: ("需要有效的令牌", "A valid token is needed"),
    403: ("无权查看", "You may not see this"),
    404: ("没有找到", "There is nothing here"),
    405: ("此地址不接受该方法", "This address takes other methods"),
    406: ("无法以该格式应答", "It cannot be answered in that form"),
    408: ("请求未及时到达", "The request did not arrive in time"),
    409: ("当前状态不允许", "It cannot be done as things stand"),
    412: ("前提条件不成立", "A condition of the request does not hold"),
    413: ("请求过大", "The request is too large"),
    415: ("不接受该内容类型", "This kind of content is not taken"),
    422: ("无法按此执行", "It cannot be done as it is asked"),
    429: ("次数过多，请稍后再试", "Too many; try again later"),
    500: ("服务内部出错", "Something went wrong here"),
    502: ("来源系统应答有误", "A system behind this one answered wrongly"),
    503: ("暂时不可用，请稍后再试", "Not available now; try again later"),
    504: ("来源系统超时", "A system behind this one was too late"),
}


class Problem(Struct, frozen=True, kw_only=True):
    """One refusal. `told` is for a person, `path` leads to the part of the input that is meant."""

    status: int
    code: str
    told: str
    retryable: bool = False
    path: tuple[str, ...] = ()
    faults: Sequence[Mapping[str, str]] = ()

    def body(self, request_id: str, language: str) -> dict[str, Any]:
        """What is sent."""
        chinese, english = _TITLES.get(self.status, _TITLES[400])
        body: dict[str, Any] = {
            "type": _TYPE + self.code.lower().replace("_", "-"),
            "title": chinese if language == "zh-CN" else english,
            "status": self.status,
            "detail": self.told,
            "code": self.code,
            "retryable": self.retryable,
            "requestId": request_id,
        }
        if self.path:
            body["path"] = list(self.path)
        if self.faults:
            body["faults"] = list(self.faults)
        return body


def problem_of(error: SantongError) -> Problem:
    """The problem of an error of ours."""
    status = error.status if isinstance(error, BadRequest) else status_of(error.code)
    if error.retryable and status < 500:  # noqa: PLR2004 - the client did nothing wrong
        status = 503
    return Problem(status=status, code=error.code, told=error.message, retryable=error.retryable)


def problem_of_answer(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem of a GraphQL answer whose part is missing: its first error says why."""
    first = errors[0]
    told = first.get("extensions", {})
    code = told.get("code", "INTERNAL_SERVER_ERROR")
    return Problem(
        status=status_of(code),
        code=code,
        told=first["message"],
        retryable=bool(told.get("retryable")),
    )


def declined(value: Mapping[str, Any]) -> Problem:
    """The problem of a mutation that was answered with a typed no."""
    code = str(value.get("code"))
    status = _BY_CODE.get(code) or (404 if code.endswith("_UNKNOWN") else 422)
    path = value.get("path") or ()
    return Problem(
        status=status, code=code, told=str(value.get("message")), path=tuple(map(str, path))
    )


def status_of(code: str) -> int:
    """The HTTP status of a code."""
    return _BY_CODE.get(code) or (502 if code.startswith("UPSTREAM_") else 400)
