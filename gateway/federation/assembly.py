"""The estate file and the definitions beside it, put together as one plan.

The estate file goes first, then the operator's folder, then what was registered; the order is the
same in every process. A definition that does not fit is left out, or stands in its last version
that fitted; it never takes anything from those before it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from capabilities.errors import SantongError
from capabilities.estate import ConnectorSpec
from gateway.federation.connector_row import Answerers, check_channels
from gateway.federation.definition import Definition, Entry, read_definition
from gateway.federation.estate_file import EstatePlan


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """One plan, the definitions in it by the name of their connector, and what was left out.

    `base` is what the estate file says; `refused` has the places whose newest definition is not in
    the plan.
    """

    base: EstatePlan
    plan: EstatePlan
    definitions: Mapping[str, Definition] = {}
    refused: Mapping[str, "Refusal"] = {}


class Refusal(msgspec.Struct, frozen=True):
    """A definition that is not in force, and why."""

    entry: Entry
    reason: str


class Assembly:
    """A plan that grows by one definition after another."""

    def __init__(self, base: EstatePlan) -> None:
        self._base = base
        self._channels = {channel.code: channel for channel in base.channels}
        self._specs: dict[str, ConnectorSpec] = {one.name: one for one in base.connectors}
        self._places = dict.fromkeys(self._specs, "the estate file")
        self._answerers = Answerers()
        for spec in base.connectors:
            self._answerers.add(spec)

    def add(self, definition: Definition) -> None:
        """Take a definition into the plan; EstateFault where it contradicts what is there."""
        spec, written = definition.spec, definition.written
        if spec.name in self._specs:
            reason = f"{spec.name!r} stands in {self._places[spec.name]} already"
            raise written.fault(["name"], f"{reason}; names are unique")
        channels = dict(self._channels)
        for place, row in enumerate(definition.new_channels):
            channel = row.channel(self._base.brand, self._base.time_zone)
            if channels.setdefault(row.code, channel) != channel:
                reason = f"channel {row.code!r} exists already and is another; leave it out here"
                raise written.fault(["new_channels", place], reason)
        check_channels(written, spec, channels)
        self._answerers.check(written, spec)
        self._channels = channels
        self._answerers.add(spec)
        self._specs[spec.name] = spec
        self._places[spec.name] = definition.entry.place

    def plan(self) -> EstatePlan:
        """The plan as it stands."""
        return msgspec.structs.replace(
            self._base,
            channels=tuple(self._channels.values()),
            connectors=tuple(self._specs.values()),
        )


def assemble(
    base: EstatePlan,
    entries: Iterable[Entry],
    good: Mapping[str, Definition],
    banned: Mapping[str, str],
) -> Assembled:
    """The plan of all entries that fit.

    `good` holds, by place, definitions that were in force; one of them stands in where the newest
    is wrong, or is `banned` for a reason that showed when it was opened.
    """
    assembly = Assembly(base)
    taken: dict[str, Definition] = {}
    refused: dict[str, Refusal] = {}
    for entry in entries:
        place = entry.place
        try:
            known = good.get(place)
            new = known if known is not None and known.entry == entry else read_definition(entry)
            if place not in banned:
                assembly.add(new)
                taken[new.spec.name] = new
                continue
            refused[place] = Refusal(entry, banned[place])
        except SantongError as exc:
            refused[place] = Refusal(entry, exc.message)
        if place in good and (stood := _stand_in(assembly, good[place], entry)) is not None:
            taken[stood.spec.name] = stood
    return Assembled(base=base, plan=assembly.plan(), definitions=taken, refused=refused)


def _stand_in(assembly: Assembly, last: Definition, entry: Entry) -> Definition | None:
    """The last definition of a place that was in force, paused where the newest is."""
    spec = msgspec.structs.replace(last.spec, paused=entry.paused)
    stood = msgspec.structs.replace(last, spec=spec)
    return stood if _added(assembly, stood) else None


def dependents(
    base: EstatePlan, entries: Sequence[Entry], place: str, new: Definition | None
) -> tuple[str, ...]:
    """Names of connectors that would lose their channels if `new`, or nothing, stood at a place.

    EstateFault where `new` contradicts the others.
    """
    assembly, standing = Assembly(base), assemble(base, entries, {}, {}).definitions.values()
    left = [one for one in standing if one.entry.place != place and not _added(assembly, one)]
    if new is not None:
        assembly.add(new)
    return tuple(sorted(one.spec.name for one in left if not _added(assembly, one)))


def _added(assembly: Assembly, definition: Definition) -> bool:
    try:
        assembly.add(definition)
    except SantongError:
        return False
    return True
