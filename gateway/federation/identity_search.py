"""Who has an identity: every member system is asked at once, and says how it fared."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import ChannelError
from capabilities.estate import Capability
from capabilities.member.ports import MembershipIdentitySource
from capabilities.member.records import Identity, Membership
from capabilities.sources import SourceReport, SourceStatus, failed
from gateway.federation.asking import Request
from gateway.federation.call import error_of
from gateway.federation.erased import Hides, shown
from gateway.federation.estate import Connection, broken
from gateway.federation.loaded import Loaded, report_of
from gateway.federation.told_once import told_once
from gateway.federation.wait import Wait, give_up


class Found(Struct, frozen=True):
    """Memberships in the one order of lists, what each source did, and the first error."""

    memberships: tuple[Membership, ...]
    reports: tuple[SourceReport, ...]
    error: ChannelError | None
    nobody_can: bool = False


class _Asked(Struct, frozen=True):
    """A system that was asked for an identity."""

    name: str
    channels: tuple[str, ...]
    wait: Wait[Loaded]
    hides: Hides

    async def found(self) -> Found:
        """What it knows, or how it failed."""
        try:
            loaded = await self.wait
        except ChannelError as exc:
            report = failed(self.name, exc, self.wait.latency_ms, self.channels)
            return Found((), (report,), exc)
        own = [one for one in loaded.value if one.channel in self.channels]
        rows = tuple(shown(self.hides, own))
        if loaded.told:
            return _of_several(rows, loaded.told)
        report = report_of(self.name, loaded, count=len(rows), channels=self.channels)
        return Found(rows, (report,), None)


def _of_several(rows: tuple[Membership, ...], told: Sequence[SourceReport]) -> Found:
    """What several sources know for one connection, some of which may have failed."""
    given = Counter(one.source.answered_by for one in rows)
    reports = tuple([replace(one, count=given[one.name]) for one in told])
    lacking = next(
        (one for one in told if not one.complete and one.status is not SourceStatus.SKIPPED), None
    )
    return Found(rows, reports, None if lacking is None else error_of(lacking))


class IdentitySearch:
    """The look-ups of one request; each identity is looked up once."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._estate = request.estate
        self._searched: dict[tuple[Identity, bool], Found] = {}

    async def find(self, identity: Identity, *, live: bool = False) -> Found:
        """Ask every member system for an identity, all at once."""
        known = self._searched.get((identity, live))
        if known is not None:
            return known
        begun = [
            self._begin(connection, channels, identity, live=live)
            for connection, channels in self._estate.answering(Capability.MEMBER)
        ]
        try:
            answers = [one if isinstance(one, Found) else await one.found() for one in begun]
        finally:
            give_up(one.wait for one in begun if isinstance(one, _Asked))
        errors = [one.error for one in answers if one.error is not None]
        rows = {one.key: one for answer in answers for one in answer.memberships}
        reports = tuple([report for answer in answers for report in answer.reports])
        self._searched[identity, live] = found = Found(
            tuple(sorted(rows.values(), key=lambda one: one.sort_key.rank)),
            reports if self._request.switch is None else told_once(reports),
            errors[0] if errors else None,
            all(one.reports[0].status is SourceStatus.SKIPPED for one in answers),
        )
        return found

    def _begin(
        self, connection: Connection, channels: tuple[str, ...], identity: Identity, *, live: bool
    ) -> Found | _Asked:
        port = self._request.port(connection, MembershipIdentitySource)
        name = connection.name
        if port is None or identity.kind not in port.identity_kinds:
            if connection.connector is None:
                error = broken(connection)
                return Found((), (failed(name, error, 0, channels),), error)
            report = SourceReport(
                name=name,
                status=SourceStatus.SKIPPED,
                message=f"cannot look up by {identity.kind.value}",
                channels=channels,
            )
            return Found((), (report,), None)
        ask, load = port.memberships_by_identity, self._request.load
        wait = Wait(lambda: load(connection, "memberships_by_identity", ask, identity, live=live))
        return _Asked(name, channels, wait, self._request.hides)

    def kinds(self) -> str:
        """By what kinds of identity somebody can be found here, as an error says it."""
        kinds: set[str] = set()
        for connection, _ in self._estate.answering(Capability.MEMBER):
            port = connection.port(MembershipIdentitySource)
            kinds.update(kind.value for kind in (port.identity_kinds if port else ()))
        return f"they can by {', '.join(sorted(kinds)) or 'nothing'}"
