"""A connector: one registered connection, made of the ports that its manifest declares."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.estate import Capability, ConnectorSpec
from capabilities.member.ports import (
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSource,
)
from capabilities.member.records import IdentityKind
from capabilities.order.ports import (
    CustomerOrderSource,
    OrderMirrorSource,
    OrderSearch,
    OrderSource,
    StoreSearch,
    StoreSource,
)
from capabilities.promotion.ports import (
    CouponSearch,
    CouponSource,
    CustomerCouponSource,
    PromotionSearch,
    PromotionSource,
)
from connectors._kit import Observer
from connectors.manifest import At, Manifest, System, load_system
from connectors.ports import Bound, Port, ports_of
from connectors.ports.lists import filter_names
from connectors.speaking import Speaker, open_speaker

ABILITIES: frozenset[type] = frozenset(
    {
        *(MembershipSource, MembershipIdentitySource, MembershipSearch),
        *(OrderSource, CustomerOrderSource, OrderSearch, OrderMirrorSource),
        *(StoreSource, StoreSearch, PromotionSource, PromotionSearch),
        *(CouponSource, CustomerCouponSource, CouponSearch),
    }
)
_CAPABILITY: Mapping[str, Capability] = {
    "memberships": Capability.MEMBER,
    "orders": Capability.ORDER,
    "order_mirrors": Capability.ORDER,
    "stores": Capability.ORDER,
    "promotions": Capability.PROMOTION,
    "coupons": Capability.PROMOTION,
}


class Connector(Port):
    """One connection to one installation of a system; what it can do is what it inherits."""

    def __init__(
        self,
        spec: ConnectorSpec,
        observer: Observer,
        bound: Mapping[str, Bound],
        aclose: Callable[[], Awaitable[None]],
    ) -> None:
        self.spec = spec
        self._observer = observer
        self._bound = bound
        self._aclose = aclose

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

    def turn(self, port: str) -> int:
        """How many keys one question of a port should carry, so that its deadline can be kept.

        That is what its system answers in one round of calls at once.
        """
        sections = [bound.compiled.section for bound in self._bound.values()]
        lookups = [one for section in sections for one in section.by_identity.values()]
        if port == "orders_by_customer":
            lookups = [one.by_customer for one in sections if one.by_customer is not None]
        elif port != "memberships_by_identity":
            lookups = []
        most = self.spec.limits.max_batch
        least = min((one.batch or most for one in lookups), default=most)
        return max(1, min(most, least * self.spec.limits.max_concurrent))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._aclose()


async def open_connector(
    spec: ConnectorSpec, observer: Observer, *, zone: ZoneInfo, systems: Path | None = None
) -> Connector:
    """Open a connector without a word to its system, which may be away.

    ManifestError for a manifest that cannot be used; BadInput for a setting or secret that is
    missing. `zone` is the estate's, for systems whose manifest names none; `systems` is a folder
    of systems beside those that ship.
    """
    return await connect(load_system(spec.system, systems), spec, observer, zone=zone)


async def connect(
    system: System, spec: ConnectorSpec, observer: Observer, *, zone: ZoneInfo
) -> Connector:
    """As `open_connector`, for a system that is loaded already."""
    manifest = system.manifest
    own = ZoneInfo(manifest.time["zone"]) if "zone" in manifest.time else zone
    speaker = open_speaker(manifest, spec)
    bound = {name: _bound(system, name, spec, observer, own, speaker) for name in system.sections}
    made: Connector = _connector_class(manifest)(
        spec, observer, MappingProxyType(bound), speaker.aclose
    )
    return made


def load_manifest(system: str) -> Manifest:
    """The checked manifest of a system; ManifestError for one that cannot be used."""
    return load_system(system).manifest


def _bound(
    system: System,
    name: str,
    spec: ConnectorSpec,
    observer: Observer,
    zone: ZoneInfo,
    speaker: Speaker,
) -> Bound:
    compiled = system.sections[name]
    at = At(
        connector=spec.name,
        system=spec.system,
        version=f"{system.manifest.system}/{system.manifest.version}",
        channels=spec.channels.get(_CAPABILITY[name], {}),
        zone=zone,
        settings=spec.settings,
        unknown=partial(observer.unknown, spec.name),
    )
    return Bound(compiled, speaker.reader(compiled, at), at)


def _connector_class(manifest: Manifest) -> Any:
    """A class of exactly the ports that the manifest has sections for."""
    ports: list[type] = []
    attributes: dict[str, Any] = {}
    for name, section in manifest.sections.items():
        ports += ports_of(name, section)
        if section.search is not None and name in _FILTERS:
            attributes[_FILTERS[name]] = filter_names(section)
        if section.by_customer is not None and name == "orders":
            attributes["customer_order_filters"] = filter_names(section)
        if section.by_identity:
            attributes["identity_kinds"] = frozenset(map(IdentityKind, section.by_identity))
    return type(f"Connector_{manifest.system}", (*ports, Connector), attributes)


_FILTERS = {
    "memberships": "membership_filters",
    "orders": "order_filters",
    "stores": "store_filters",
    "promotions": "promotion_filters",
}

__all__ = ["ABILITIES", "Connector", "connect", "load_manifest", "open_connector"]
