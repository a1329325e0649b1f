"""The life of the work process: the plan, the queue, the store, and an end that loses nothing."""

import asyncio
import signal
from collections.abc import Coroutine
from functools import partial
from typing import Any, BinaryIO

import structlog
from procrastinate import App

from capabilities.errors import BadInput
from capabilities.working import decode_plan
from connectors.speaking import read_protocols
from work.adoption_watch import WATCH_ADOPTION
from work.back import Back, opened_back
from work.consumers import follow_events
from work.contracts import CONTRACTS
from work.drops import Drops
from work.erasures import FINISH, finish_erasures
from work.flash_orders import SEND
from work.hook_gaps import WATCH_HOOKS
from work.hooks import FORGET, HOOKS
from work.jobs import add_chores, add_jobs, add_streams
from work.messages import MESSAGES
from work.order_products import LINES, match_lines
from work.parts import Chore, chores_of, consumers_of
from work.queue import open_queue, prepare
from work.quotas import LOOK
from work.reconciling import RECONCILE
from work.relaying import RELAY
from work.settings import WorkSettings
from work.told import Told, follow, listen
from work.turns import Turns

_log = structlog.get_logger("work")
_PLAN_WITHIN_SECONDS = 30.0
# A file that is being taken is finished first.
_FINISH_SECONDS = 20.0
# Passes and scans may take hours: they take turns, and hold up nothing that comes by the clock.
_LONG_AT_ONCE = 4
_AT_ONCE = 1_000
_CONNECTIONS = 12


async def run(settings: WorkSettings, source: BinaryIO) -> None:
    """Work until the plan's teller is gone or a signal comes."""
    read_protocols()
    reader = await listen(source)
    try:
        line = await asyncio.wait_for(reader.readline(), _PLAN_WITHIN_SECONDS)
    except TimeoutError:
        line = b""
    if not line:
        raise BadInput("nobody told what to work on; start it with `santong work`")
    told = Told(decode_plan(line))
    await asyncio.to_thread(prepare, settings.database_url.get_secret_value())
    async with opened_back(settings, told, _CONNECTIONS) as back:
        await _work(settings, back, Drops(told, back.copied, settings), follow(reader, told))


async def _work(
    settings: WorkSettings, back: Back, drops: Drops, following: Coroutine[Any, Any, None]
) -> None:
    owned = back.owned
    queue = open_queue(settings.database_url.get_secret_value())
    turns = Turns(_LONG_AT_ONCE)
    add_jobs(queue, drops, turns, settings.work_seconds)
    add_streams(queue, back.taken, turns, settings.work_seconds)
    add_chores(queue, _chores(settings, back, drops))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with queue.open_async():
        tasks = [
            asyncio.create_task(work_off(queue)),
            asyncio.create_task(following),
            asyncio.create_task(follow_events(owned, consumers_of(owned, back.order_owner))),
            asyncio.create_task(stop.wait()),
        ]
        _log.info("work begins", connectors=list(drops.names()))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        turns.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    _log.info("work ends")


def _chores(settings: WorkSettings, back: Back, drops: Drops) -> list[Chore]:
    """Everything that comes by the clock."""
    owned = back.owned
    finish = partial(finish_erasures, owned, back.copied, drops)
    erasing = Chore(name="finish_erasures", cron=FINISH, run=finish)
    level = Chore(name="reconcile_adoption", cron=RECONCILE, run=back.reconciling.run)
    relay = Chore(name="relay_commands", cron=RELAY, run=back.relay.run)
    orders = Chore(name="relay_order_commands", cron=RELAY, run=back.order_relay.run)
    flash = Chore(name="send_flash_orders", cron=SEND, run=back.flash.run)
    quotas = (
        Chore(name="relay_stock_commands", cron=RELAY, run=back.stock_relay.run),
        Chore(name="watch_quotas", cron=LOOK, run=back.quota_watch.run),
    )
    match = partial(match_lines, owned, back.spec_of)
    lines = Chore(name="match_lines", cron=LINES, run=match)
    hooks = (
        Chore(name="hook_deliveries", cron=HOOKS, run=back.hooked.run),
        Chore(name="take_messages", cron=MESSAGES, run=back.messages.run),
        Chore(name="watch_hooks", cron=WATCH_HOOKS, run=back.hook_gaps.run),
        Chore(name="forget_deliveries", cron=FORGET, run=back.hooked.forget),
    )
    adopted = (
        Chore(name="check_contracts", cron=CONTRACTS, run=back.contracts.run),
        Chore(name="watch_adoption", cron=WATCH_ADOPTION, run=back.watch.run),
        *back.shadowing.chores,
    )
    told = (erasing, relay, level, orders, flash, lines, *adopted)
    return [*chores_of(owned, settings), *told, *hooks, *quotas]


async def work_off(queue: App) -> None:
    """Jobs until it is cancelled; those that run may finish."""
    await queue.run_worker_async(
        concurrency=_AT_ONCE,
        delete_jobs="successful",
        shutdown_graceful_timeout=_FINISH_SECONDS,
        install_signal_handlers=False,
    )
