"""One real report of usage."""

from datetime import UTC, date, datetime

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.usage.client import Client
from capabilities.usage.records import (
    ClientUsage,
    Counting,
    FieldUsage,
    OperationKey,
    OperationUsage,
    Path,
    PathUsage,
    UsageReport,
)

_AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
_CLIENT = Client("key:tills", "till 4.2")
_KEY = OperationKey("a" * 64, "Person")


class UsageShelf:
    """Answers with it."""

    async def report(self, _days):
        return UsageReport(since=date(2026, 10, 29), counting=Counting(since=_AT, until=_AT))

    async def fields(self, *_):
        told = {"count": 7, "last_used_at": _AT, "clients": (_CLIENT,)}
        return [FieldUsage(coordinate="Member.points", deprecated="ask `ledger`", **told)]

    async def clients(self, _report):
        return [ClientUsage(client=_CLIENT, operations=1, count=7, last_used_at=_AT)]

    async def operations(self, *_):
        told = {"client": _CLIENT, "count": 7, "last_used_at": _AT}
        return [OperationUsage(key=_KEY, kind="QUERY", **told)]

    async def reads(self, *_):
        path = Path("pos", "store", Capability.MEMBER, Side.LEGACY)
        told = {"client": _CLIENT, "count": 7, "last_used_at": _AT}
        return [PathUsage(path=path, key=_KEY, **told)]
