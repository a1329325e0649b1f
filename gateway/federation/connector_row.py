"""One connector and one channel as an operator writes them, wherever that is."""

import re
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from capabilities.estate import (
    CachePolicy,
    Capability,
    Channel,
    ChannelKind,
    ConnectorSpec,
    Limits,
)
from capabilities.load import Blackout, LoadAgreement, LoadWindow
from capabilities.schedule import Schedule
from capabilities.syncing import STREAMS
from gateway.federation.cache_policy import DURATION_RULE, CacheRow, CacheTable, policy_of
from gateway.federation.written import EstateFault, Written, keys_of

_T = TypeVar("_T")
_EVERY_ROW = "*"
_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
_WORD_RULE = "write 1 to 40 letters, digits, - or _; it stands in ids"


class ChannelRow(msgspec.Struct, forbid_unknown_fields=True):
    """A channel as it is written."""

    code: str
    name: str
    kind: ChannelKind
    time_zone: str | None = None

    def checked(self, written: Written) -> None:
        """EstateFault where the code cannot stand in ids or the zone does not exist."""
        check_word(written, "code", self.code)
        if self.time_zone is not None:
            check_zone(written, "time_zone", self.time_zone)

    def channel(self, brand: str, time_zone: str) -> Channel:
        """The channel itself; `time_zone` is the estate's."""
        return Channel(
            brand=brand,
            code=self.code,
            name=self.name,
            kind=self.kind,
            time_zone=self.time_zone or time_zone,
        )


class ConnectorRow(msgspec.Struct, forbid_unknown_fields=True):
    """A connector as it is written."""

    name: str
    system: str
    settings: dict[str, str] = {}
    secrets: dict[str, str] = {}
    limits: Limits = Limits()
    load: LoadAgreement | None = None
    cache: CacheTable = CacheTable()
    channels: dict[Capability, str | dict[str, str]] = {}
    sync: dict[Capability, Schedule] = {}

    def spec(self, written: Written) -> ConnectorSpec:
        """The connector itself; EstateFault where its cache keeps answers too long.

        Or where a window of its load agreement, or a schedule, is none.
        """
        if self.load is not None:
            _check_load(self.load, written)
        _check_sync(self.sync, written)
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings=self.settings,
            secrets=self.secrets,
            limits=self.limits,
            load=self.load,
            cache=_policies(self.cache, written),
            channels={
                capability: {_EVERY_ROW: table} if isinstance(table, str) else table
                for capability, table in self.channels.items()
            },
            sync=self.sync,
        )


def convert(written: Written, kind: type[_T], rows: Mapping[str, type[msgspec.Struct]]) -> _T:
    """The values as rows; EstateFault with the valid choices where they are none.

    `rows` names the row that stands below a key, for its choices; `""` is the whole.
    """
    try:
        return msgspec.convert(written.raw, kind)
    except msgspec.ValidationError as exc:
        reason, _, place = str(exc).partition(" - at `")
        keys = keys_of(place.rstrip("`"))
        if "matching regex" in reason:
            reason = f"This is no duration; write {DURATION_RULE}"
        fault = written.fault(keys, reason + _choices(reason, keys, rows))
        raise fault from exc


def _check_load(agreement: LoadAgreement, written: Written) -> None:
    try:
        agreement.check()
    except ValueError as exc:
        raise written.fault(["load"], str(exc)) from exc


def _check_sync(sync: Mapping[Capability, Schedule], written: Written) -> None:
    for capability, schedule in sync.items():
        if capability not in STREAMS.values():
            valid = ", ".join(one.value for one in STREAMS.values())
            message = f"no records of {capability.value} are taken in; choose from {valid}"
            raise written.fault(["sync", capability.value], message)
        try:
            schedule.check()
        except ValueError as exc:
            raise written.fault(["sync", capability.value], str(exc)) from exc


def check_word(written: Written, key: str, word: str) -> None:
    """EstateFault where a word cannot stand in ids."""
    if not _WORD.fullmatch(word):
        raise written.fault([key], _WORD_RULE)


def check_zone(written: Written, key: str, zone: str) -> None:
    """EstateFault where there is no such time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fault = written.fault([key], f"no time zone {zone!r}")
    else:
        return
    raise fault


def check_channels(written: Written, spec: ConnectorSpec, codes: Collection[str]) -> None:
    """EstateFault where a connector answers for a channel that does not exist."""
    for capability, table in spec.channels.items():
        unknown = sorted(set(table.values()) - set(codes))
        if unknown:
            raise written.fault(
                ["channels", capability.value],
                f"no channel {unknown[0]!r}; channels are {', '.join(sorted(codes))}",
            )


class Answerers:
    """Law 6: exactly one connector answers for a channel and capability."""

    def __init__(self) -> None:
        self._names: dict[tuple[Capability, str], str] = {}

    def check(self, written: Written, spec: ConnectorSpec) -> None:
        """EstateFault where another connector answers already."""
        for capability, channel in _routes(spec):
            other = self._names.get((capability, channel), spec.name)
            if other != spec.name:
                raise written.fault(
                    ["channels", capability.value],
                    f"{other!r} already answers "
                    f"{capability.value} for channel {channel!r}; name one of them only",
                )

    def add(self, spec: ConnectorSpec) -> None:
        """Take a connector's routes."""
        for route in _routes(spec):
            self._names[route] = spec.name


def _routes(spec: ConnectorSpec) -> list[tuple[Capability, str]]:
    return [
        (capability, channel)
        for capability, table in spec.channels.items()
        for channel in sorted(set(table.values()))
    ]


def _policies(table: CacheTable, written: Written) -> Mapping[Capability, CachePolicy]:
    """What may be kept, and for how long; a capability without a policy is never kept."""
    found: dict[Capability, CachePolicy] = {}
    fault: EstateFault | None = None
    for capability, row in table.rows():
        try:
            found[capability] = policy_of(row)
        except ValueError as exc:
            fault = fault or written.fault(["cache", capability.value], str(exc))
    if fault is not None:
        raise fault
    return found


def _choices(reason: str, keys: list[str | int], rows: Mapping[str, type[msgspec.Struct]]) -> str:
    """What would have been valid, where the set is closed."""
    if "enum value" in reason and "cache" in keys:
        return "; write never, or for how long"
    if "enum value" in reason:
        valid: type[Enum] = ChannelKind if keys[-1:] == ["kind"] else Capability
        return f"; choose from {', '.join(str(one.value) for one in valid)}"
    if "unknown field" not in reason:
        return ""
    row: Any = rows.get(str(keys[0]) if len(keys) > 1 else "", rows[""])
    if keys[-1:] == ["limits"]:
        row = Limits
    if "load" in keys:
        row = {"windows": LoadWindow, "blackout": Blackout}.get(str(keys[-2]), LoadAgreement)
    if "sync" in keys:
        row = Schedule
    if "cache" in keys:
        row = CacheTable if keys[-1] == "cache" else CacheRow
    return f"; choose from {', '.join(row.__struct_fields__)}"
