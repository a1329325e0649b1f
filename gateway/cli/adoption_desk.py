"""What the commands of adoption work with: the store, the gates, and which pairs there are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from capabilities.adoption.bounds import PRODUCTION, PROFILES, Profile
from capabilities.adoption.gates_file import read_gates
from capabilities.adoption.standing import Adopted
from capabilities.caller import Caller
from capabilities.errors import BadInput
from capabilities.estate import Capability
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.proven import caller_of
from gateway.cli.work import plan_of
from gateway.federation.estate_file import read_estate
from gateway.keys import keyring
from gateway.settings import Settings
from store.adoption.steering import Pair, Steering
from store.engine import Store
from store.operating.connectors import RegisteredConnectors
from store.owned import Owned, owned_by

_T = TypeVar("_T")
_STORE_SECONDS = 10.0


class AdoptionDesk:
    """Adoption of one brand, from the command line."""

    def __init__(self, owned: Owned, settings: Settings) -> None:
        self.steering = Steering(owned, read_gates(settings.adoption_gates))
        self.owned = owned
        self._settings = settings

    def profile(self, name: str) -> Profile:
        """A profile that is known here."""
        known = PROFILES if self._settings.demo else {PRODUCTION.name: PRODUCTION}
        if name not in known:
            valid = ", ".join(known)
            raise BadInput(f"a profile is one of {valid}", code="ADOPTION_PROFILE_UNKNOWN")
        return known[name]

    async def caller(self, token: str) -> Caller:
        """Who takes a step up, by her token."""
        return await caller_of(self._settings, self.owned, token, "promoteAdoption")

    async def pairs(self, adopted: Adopted) -> Sequence[tuple[Capability, str]]:
        """Every pair that a connector answers or that ever took a step, by channel."""
        kept = RegisteredConnectors(self.owned.store, self.owned.brand)
        plan = await plan_of(self._settings, kept)
        routed = {
            (capability, code)
            for one in plan.connectors
            for capability in one.channels
            for code in one.codes(capability)
        }
        return sorted({*routed, *adopted.standings}, key=lambda pair: (pair[1], pair[0].value))

    async def pair(self, channel: str, capability: Capability) -> Pair:
        """One of them; BadInput lists those of its capability."""
        pairs = await self.pairs(await self.steering.standings.current())
        if (capability, channel) not in pairs:
            valid = ", ".join(code for of, code in pairs if of is capability) or "none"
            message = f"nothing answers {capability.value} of {channel!r}; there are: {valid}"
            raise BadInput(message, code="CHANNEL_UNKNOWN")
        return Pair(channel, capability)


def at_desk(work: Callable[[AdoptionDesk], Awaitable[_T]]) -> _T:
    """What `work` gives of adoption."""
    return asyncio.run(_opened(work))


async def _opened(work: Callable[[AdoptionDesk], Awaitable[_T]]) -> _T:
    settings = signing_settings(command_settings())
    estate = read_estate(settings.estate)
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=2)
    try:
        owned = owned_by(store, estate.brand, keyring(settings), estate.time_zone)
        return await work(AdoptionDesk(owned, settings))
    finally:
        await store.aclose()
