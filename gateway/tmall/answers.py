"""What Tmall is answered: the words of each of its questions, and members as it knows them."""

from collections.abc import Mapping
from typing import Any

import orjson

from capabilities.member.records import IdentityKind
from gateway.tmall.declared import Declared
from gateway.tmall.standing import Shown

DONE, NOBODY, UNBOUND, AGAIN_LATER, REFUSED = "SUC", "E01", "E02", "E04", "E05"
QUERY = "tmall.mei.crm.member.bind.query"
BIND = ("tmall.mei.crm.member.bind", "tmall.mei.crm.bind")
REGISTER = "tmall.mei.crm.member.register"
ACTIVATE = "qimen.alibaba.member.activate"
# The name of the code in the answer to each question.
_CODES: Mapping[str, str] = {
    QUERY: "query_code",
    **dict.fromkeys(BIND, "bind_code"),
    REGISTER: "register_code",
}
METHODS = frozenset({*_CODES, ACTIVATE})


def coded(method: str, code: str) -> bytes:
    """The answer to a question that is nothing but its code."""
    if method == ACTIVATE:
        good = code == DONE
        flag = "success" if good else "failure"
        return orjson.dumps({"flag": flag, "code": "0" if good else code, "message": ""})
    return orjson.dumps({_CODES[method]: code})


def member(shown: Shown, declared: Declared, nick: str | None, mobile: str | None) -> bytes:
    """A bound member, all of it; numbers as numbers."""
    contact = shown.membership.contact
    names = (one.value for one in contact.identities if one.kind is IdentityKind.TAOBAO_NICK)
    told: dict[str, Any] = {
        "point": shown.points,
        "level": declared.level(shown.tier),
        "nick": nick or next(names, ""),
        "extend": "",
        "mobile": (contact.phone or mobile or "").removeprefix("+86"),
    }
    return orjson.dumps({"query_code": DONE, "member": told})


def unproven() -> bytes:
    """What Tmall expects where its signature is not believed."""
    told = {"success": False, "code": "sign-check-failure", "message": "Illegal request"}
    return orjson.dumps(told)
