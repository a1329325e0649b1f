"""A connector: one registered connection, made of the ports that its manifest declares."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.errors import Refused
from capabilities.estate import Capability, ConnectorSpec
from capabilities.feed import FeedPage
from capabilities.native import NativeType
from capabilities.shared import ALONE, Shared
from connectors._kit import Observer, Opening, OpeningRules, Upstream
from connectors.abilities import ABILITIES, CAPABILITY, ports_and_facts
from connectors.hooks import Hook, open_hook
from connectors.manifest import At, CompiledSection, Manifest, System, load_inline, load_system
from connectors.manifest.model import Lookup, Section
from connectors.manifest.native import native_types
from connectors.ports import Bound
from connectors.ports.changes import everything
from connectors.ports.copying import Copying, making_of
from connectors.ports.verbatim import OwnWords
from connectors.ports.wanted import Queue, Stock, Wanted
from connectors.protocols.opening import Speaker
from connectors.speaking import open_speaker

_NO_RULES = OpeningRules()
# Lists of persons, and the sections that they are lists of.
_LISTS = {"orders_by_customer": "orders", "coupons_by_membership": "coupons"}


class Turn(Struct, frozen=True):
    """Keys of one question, how many of them one call carries, and who may share a question.

    A question that is not shared carries keys of one request only: a list of several persons that
    is read in one walk ends where its bound is met, so another's rows would change the answer.
    """

    keys: int
    each: int
    shared: bool = True


class Connector(OwnWords):
    """One connection to one installation of a system; what it can do is what it inherits.

    `one_credential` says that its system answers all callers alike, because it only knows us. A
    connector that calls in its caller's name says no, and its calls are never shared.
    """

    one_credential = True
    digest = ""
    upstream: Upstream | None = None
    native_types: tuple[NativeType, ...] = ()
    pushed = False
    dropped = False
    hook: Hook | None = None
    messages: Queue | None = None
    _stock: Stock | None = None

    def __init__(
        self,
        spec: ConnectorSpec,
        observer: Observer,
        bound: Mapping[str, Bound],
        feeds: Mapping[str, Bound],
        upstream: Upstream,
        speaker: Speaker,
    ) -> None:
        self.spec = spec
        self._observer = observer
        self._bound = bound
        self._feeds = feeds
        self.upstream = upstream
        self._speaker = speaker

    @property
    def name(self) -> str:
        """The name under which it is registered."""
        return self.spec.name

    @property
    def system(self) -> str:
        """The system that it speaks to."""
        return self.spec.system

    @property
    def abilities(self) -> frozenset[type]:
        """The ports that it answers."""
        return frozenset(port for port in ABILITIES if isinstance(self, port))

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can answer for a channel."""
        return frozenset(CAPABILITY[name] for name in self._bound)

    def turn(self, port: str) -> "Turn":
        """How many keys one question of a port should carry, so that its deadline can be kept.

        That is what its system answers in one round of calls at once.
        """
        most = self.spec.limits.max_batch
        sections = {name: bound.compiled.section for name, bound in self._bound.items()}
        lookups: list[Lookup] = []
        if port == "memberships_by_identity":
            lookups = [one for of in sections.values() for one in of.by_identity.values()]
        elif port in _LISTS and (one := sections[_LISTS[port]].by_customer) is not None:
            lookups = [one]
        each = min((min(most, one.batch or most) for one in lookups), default=most)
        return Turn(
            keys=max(1, min(most, each * self.spec.limits.max_concurrent)),
            each=each,
            shared=port not in _LISTS or each == 1 or self._parts(_LISTS[port]),
        )

    def _parts(self, section: str) -> bool:
        """Whether a list of several persons is the same lists that each would get alone."""
        bound = self._bound[section]
        lookup = bound.compiled.section.by_customer
        return bound.reader.partitioned or (lookup is not None and lookup.scan)

    @property
    def age_ms(self) -> int | None:
        """How old its rows are where they are the platform's copy; None for those of its system."""
        return None if self._speaker.age_ms is None else self._speaker.age_ms()

    @property
    def tables(self) -> Mapping[str, Sequence[Copying]]:
        """What its sections make of the tables that are copied, by the tables' names."""
        found: dict[str, list[Copying]] = {}
        for name, bound in self._bound.items():
            table = bound.compiled.section.resource or name
            found.setdefault(table, []).append(Copying(bound.compiled, bound.at))
        return found

    @property
    def sections(self) -> Mapping[str, Section]:
        """What its manifest declares, by name."""
        return {name: bound.compiled.section for name, bound in self._bound.items()}

    def mapping_of(self, name: str) -> str:
        """Names all that decides what a section's rows become; Refused where there are none."""
        bound = self._bound.get(name)
        if bound is None:
            message = f"its system has no {name.replace('_', ' ')}"
            raise Refused(message, source=self.name, code="LIST_UNSUPPORTED")
        return making_of(bound.compiled, bound.at)

    def everything(
        self, name: str, position: str | None, since: datetime | None = None
    ) -> AsyncIterator[FeedPage[Any]]:
        """One pass of a section's whole list, for who must find out by itself what changed.

        Refused where its system has no list that can be read as a whole.
        """
        return everything(self, name, position, since)

    async def sample(self, name: str, first: int) -> Sequence[tuple[Any, Any]]:
        """The newest rows of a section beside their records, by one call.

        A record is None where its row is of no channel of this connector. A section without a list
        has none.
        """
        bound = self._bound[name]
        if bound.compiled.section.search is None:
            return ()
        wanted = Wanted(channels=bound.at.channels, newest_first=True, limit=first)
        async with self._observed(f"sample_{name}", 1), self._deadline():
            batch = await bound.reader.rows(wanted)
        return [(row, bound.compiled.record(row, bound.at)) for row in batch.rows[:first]]

    async def aclose(self) -> None:
        """Close every connection."""
        await self._speaker.aclose()


async def open_connector(
    spec: ConnectorSpec,
    observer: Observer,
    *,
    zone: ZoneInfo,
    systems: Path | None = None,
    shared: Shared = ALONE,
    rules: OpeningRules = _NO_RULES,
) -> Connector:
    """Open a connector without a word to its system, which may be away.

    ManifestError for a manifest that cannot be used; BadInput for a setting or secret that is
    missing. `zone` is the estate's, for systems whose manifest names none; `systems` is a folder
    of systems beside those that ship; `shared` is what other processes know of the same system,
    `rules` bound what the opening may use.
    """
    # Compiled apart from the loop that answers everyone: a large manifest takes a while.
    system = await asyncio.to_thread(loaded, spec, systems)
    return await connect(system, spec, observer, zone=zone, shared=shared, rules=rules)


def loaded(spec: ConnectorSpec, systems: Path | None = None) -> System:
    """The system of a connector, its own manifest or that of a folder; ManifestError."""
    if spec.manifest is None:
        return load_system(spec.system, systems)
    return load_inline(spec.manifest, f"{spec.name}.manifest", systems)


async def connect(
    system: System,
    spec: ConnectorSpec,
    observer: Observer,
    *,
    zone: ZoneInfo,
    shared: Shared = ALONE,
    rules: OpeningRules = _NO_RULES,
) -> Connector:
    """As `open_connector`, for a system that is loaded already."""
    manifest = system.manifest
    own = _zone(system, zone)
    upstream = Upstream(spec.name, spec.limits, shared, spec.load, rules.addresses)
    speaker = open_speaker(manifest, Opening.of(spec, rules), upstream)
    bind = partial(_bound, system, spec=spec, observer=observer, zone=own, speaker=speaker)
    bound = {name: bind(name, compiled) for name, compiled in system.sections.items()}
    feeds = {name: bind(name, compiled) for name, compiled in system.changes.items()}
    made: Connector = _connector_class(manifest)(
        spec, observer, MappingProxyType(bound), MappingProxyType(feeds), upstream, speaker
    )
    made.native_types = native_types(manifest)
    made._stock = speaker.stock  # noqa: SLF001 - ports are one family
    made.pushed = manifest.protocol == "push"
    made.dropped = manifest.protocol == "files"
    made.messages = speaker.messages
    made._verbatim = speaker.verbatim  # noqa: SLF001 - as above
    made.hook = open_hook(manifest.hooks, spec, rules, own)
    made.digest = digest_of(system, zone)
    return made


def digest_of(system: System, zone: ZoneInfo) -> str:
    """Names all that decides what the rows of a system become, where `zone` is the estate's."""
    return f"{system.digest}/{_zone(system, zone).key}"


def _zone(system: System, zone: ZoneInfo) -> ZoneInfo:
    """The zone of a system's times: its manifest's, else the estate's."""
    times = system.manifest.time
    return ZoneInfo(times["zone"]) if "zone" in times else zone


def load_manifest(system: str) -> Manifest:
    """The checked manifest of a system; ManifestError for one that cannot be used."""
    return load_system(system).manifest


def _bound(
    system: System,
    name: str,
    compiled: CompiledSection,
    *,
    spec: ConnectorSpec,
    observer: Observer,
    zone: ZoneInfo,
    speaker: Speaker,
) -> Bound:
    at = at_of(system, name, spec, observer, zone)
    commands, commander = compiled.section.commands, speaker.commander
    ordered = commander(compiled, at) if commands is not None and commander is not None else None
    return Bound(compiled, speaker.reader(compiled, at), at, speaker.writer, ordered)


def at_of(system: System, name: str, spec: ConnectorSpec, observer: Observer, zone: ZoneInfo) -> At:
    """Whose rows a section of a connector maps; `zone` is the estate's or the system's own."""
    return At(
        connector=spec.name,
        system=spec.system,
        version=f"{system.manifest.system}/{system.manifest.version}",
        channels=spec.channels.get(CAPABILITY[name], {}),
        zone=zone,
        settings=spec.settings,
        unknown=partial(observer.unknown, spec.name),
    )


def _connector_class(manifest: Manifest) -> Any:
    """A class of exactly the ports that the manifest has sections for."""
    ports, facts = ports_and_facts(manifest)
    return type(f"Connector_{manifest.system}", (*ports, Connector), facts)


__all__ = [
    "ABILITIES",
    "Connector",
    "Turn",
    "Upstream",
    "connect",
    "load_manifest",
    "open_connector",
]
