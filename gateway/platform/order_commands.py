"""Commands of orders as one caller looks after them."""

from collections.abc import Awaitable, Callable, Sequence

from capabilities.caller import Caller
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.commands import OrderCommand
from capabilities.order.dead_letters import (
    CommandDeclined,
    CommandFilter,
    CommandMoved,
    Moving,
)
from gateway.redact import redacted_text
from store.engine import Run
from store.order.commands import OrderCommands
from store.order.settles import settle_all, settles_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.wishes import KeyReused, once


class CallersCommands:
    """Implements `schema.order_commands_part.OrderCommandsPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        self._commands = OrderCommands(
            owned.store, owned.brand, DataKeys(owned.brand, owned.sealer)
        )

    async def listed(self, wanted: CommandFilter, first: int) -> Sequence[OrderCommand]:
        """What changed last first, of the caller's channels."""
        seen = self._caller.visibility.channels
        channels = None if seen is None else sorted(seen)
        return await self._commands.listed(wanted.states, first, wanted.connector, channels)

    async def retry(self, command: str, reason: str, idempotency_key: str) -> Moving:
        """Try a dead one again, behind a look-up; audited."""

        async def do(run: Run) -> bool:
            author, now = self._caller.subject, self._owned.now()
            return await self._commands.retry(run, command, author, now, redacted_text(reason))

        return await self._moved("retryOrderCommand", command, reason, idempotency_key, do)

    async def discard(self, command: str, reason: str, idempotency_key: str) -> Moving:
        """Give one up, and tell what waits for it; audited."""

        async def do(run: Run) -> bool:
            author, now = self._caller.subject, self._owned.now()
            why = redacted_text(reason)
            settled = await self._commands.discard(run, command, author, now, why)
            if settled is None:
                return False
            await settle_all(run, self._owned.brand, settles_of(self._owned), settled)
            return True

        return await self._moved("discardOrderCommand", command, reason, idempotency_key, do)

    async def _moved(
        self,
        wish: str,
        command: str,
        reason: str,
        idempotency_key: str,
        do: Callable[[Run], Awaitable[bool]],
    ) -> Moving:
        """Once per key; of another's channel there is none."""
        none = CommandDeclined(code="COMMAND_UNKNOWN", path=("input", "command"))
        (before,) = await self._commands.by_id([command])
        if before is None or not self._caller.visibility.in_channel(before.channel):
            return none

        async def work(run: Run) -> CommandMoved | CommandDeclined:
            if not await do(run):
                return none
            (after,) = await self._commands.by_id([command], run)
            return none if after is None else CommandMoved(command=after)

        who = (self._owned.brand, self._caller.subject, idempotency_key)
        kinds = CommandMoved | CommandDeclined
        try:
            done: Moving = await self._owned.store.transaction(
                lambda run: once(run, who, (wish, command, reason), kinds, lambda: work(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done
