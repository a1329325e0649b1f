"""Deliveries of webhooks, from their proof to the row that keeps them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from capabilities.errors import SantongError
from connectors.connector import Connector
from connectors.hooks import Delivered, HookRefused, is_ping
from gateway.hooks.figures import HookFigures
from store.order.hooks import Delivery, HookDeliveries

Find = Callable[[str], Connector | None]
Pings = Callable[[], frozenset[str]]
Drop = Callable[[str, str], Awaitable[None]]
# What a platform is answered that only tries the address.
_HEARD = b"{}"


class Hooks:
    """Takes deliveries of the connectors in force.

    `pings` are names of parameters that unsigned first words consist of. `drop` forgets what is
    kept of an order, by its connector and number: who asks after the delivery was answered asks
    the system.
    """

    def __init__(
        self,
        deliveries: HookDeliveries,
        find: Find,
        pings: Pings,
        drop: Drop,
        figures: HookFigures,
    ) -> None:
        self._deliveries = deliveries
        self._find = find
        self._pings = pings
        self._drop = drop
        self._figures = figures

    async def receive(self, name: str, delivered: Delivered, now: datetime) -> bytes:
        """The answer that the sender expects, once its message is kept; HookRefused, or 503."""
        # Nobody can prove it, so it is the same for every name, whether there is a hook or none.
        if is_ping(delivered.body, self._pings()):
            self._figures.delivered("", "ping")
            return _HEARD
        connector = self._find(name)
        try:
            # Nobody is told which connectors there are, or which of them have a hook.
            if connector is None or connector.hook is None:
                message = "the signature is not this connector's"
                raise HookRefused(message, "HOOK_SIGNATURE", 401)
            hook = connector.hook
            heard = hook.hear(delivered, now)
            new = await self._deliveries.accept(
                Delivery(
                    connector=name,
                    delivery=heard.delivery,
                    topic=heard.topic,
                    number=heard.number,
                    gone=heard.gone,
                    sequence=heard.sequence,
                ),
                now,
            )
        except SantongError as exc:
            self._figures.delivered(name if connector is not None else "", exc.code)
            raise
        outcome = "again" if not new else "unknown_topic" if heard.number is None else "taken"
        self._figures.delivered(name, outcome)
        if new and heard.number is not None:
            await self._drop(name, heard.number)
        return hook.answer
