"""Deliveries of webhooks, from their proof to the row that keeps them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from capabilities.errors import SantongError
from connectors.connector import Connector
from connectors.hooks import Delivered, HookRefused
from gateway.hooks.figures import HookFigures
from store.order.hooks import Delivery, HookDeliveries

Find = Callable[[str], Connector | None]
Drop = Callable[[str, str], Awaitable[None]]


class Hooks:
    """Takes deliveries of the connectors in force.

    `drop` forgets what is kept of an order, by its connector and number: who asks after the
    delivery was answered asks the system.
    """

    def __init__(
        self, deliveries: HookDeliveries, find: Find, drop: Drop, figures: HookFigures
    ) -> None:
        self._deliveries = deliveries
        self._find = find
        self._drop = drop
        self._figures = figures

    async def receive(self, name: str, delivered: Delivered, now: datetime) -> bytes:
        """The answer that the sender expects, once its message is kept; HookRefused, or 503."""
        connector = self._find(name)
        try:
            # Nobody is told which connectors there are, or which of them have a hook.
            if connector is None or connector.hook is None:
                message = "the signature is not this connector's"
                raise HookRefused(message, "HOOK_SIGNATURE", 401)
            hook = connector.hook
            if hook.is_ping(delivered):
                self._figures.delivered(name, "ping")
                return hook.answer
            heard = hook.hear(delivered, now)
            new = await self._deliveries.accept(
                Delivery(
                    connector=name,
                    delivery=heard.delivery,
                    topic=heard.topic,
                    number=heard.number,
                    gone=heard.gone,
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
