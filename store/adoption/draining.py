"""Rolling back from where the platform leads writes: its outbox is drained before it switches."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import Wanted
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.states import AdoptionState, Share
from store.adoption.outbox import UNDRAINED, Undrained
from store.adoption.steering import AdoptionOutcome, Pair, Steering

_LEADING = AdoptionState.DUAL_WRITE_MIDDLE_LEAD


async def rolled_back(
    steering: Steering,
    pair: Pair,
    target: AdoptionState | None,
    wanted: Wanted,
    within: timedelta,
    tell: Callable[[Undrained], None] = lambda _left: None,
) -> AdoptionOutcome:
    """Take a step down. Where writes are on their way, its system leads new ones from now on.

    They are waited for, at most so long; whoever asks again later goes on where this ended.
    """
    done = await steering.rollback(pair, target, wanted)
    if not isinstance(done, AdoptionDeclined) or done.code != UNDRAINED or done.standing is None:
        return done
    # the version that was looked at is gone with the first of these steps
    key = wanted.key if wanted.version is None else f"{wanted.key}/drained"
    step = replace(wanted, version=None, key=key)
    if done.standing.state is AdoptionState.MIDDLE_OWNED:
        await steering.rollback(pair, _LEADING, replace(step, key=f"{wanted.key}/leading"))
    none = replace(step, key=f"{wanted.key}/none")
    led = await steering.share(pair, Share.WRITE, 0, PRODUCTION, none)
    if isinstance(led, AdoptionDeclined):
        return led
    await steering.outbox.drained(pair.channel, within, tell)
    return await steering.rollback(pair, target, step)
