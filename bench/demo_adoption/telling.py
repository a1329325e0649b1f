"""One telling of the whole story: who takes part, the ticks of their load, and what it came to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.demo_adoption.application import OldApplication
from bench.demo_adoption.story import Story, Told
from bench.demo_adoption.timeline import Tick, Timeline
from bench.demo_adoption.traffic import GRAPH, WIRE, Traffic
from bench.demo_adoption.truth import Truth
from bench.demo_adoption.world import World

_TICK_SECONDS = 1.0


def tell(running: World, pause: float, say: Callable[[str], None]) -> tuple[Told, Timeline]:
    """The whole story over a world; each of the people rests so long between two questions."""
    application = OldApplication(running)
    told = Told(Truth(running.names_in_the_shop()))
    timeline = Timeline(say)
    traffic = Traffic(running, told.truth, application, pause)
    with _ticking(told.truth, timeline):
        return Story(running, application, traffic, told, timeline).tell(), timeline


@contextmanager
def _ticking(truth: Truth, timeline: Timeline) -> Iterator[None]:
    """Notes every second what the people got, until the block ends."""
    over = threading.Event()

    def tick() -> None:
        before = Tick(0.0, 0, 0, 0)
        while not over.wait(_TICK_SECONDS):
            good = sum(truth.reads[door] for door in (GRAPH, WIRE))
            writes = sum(truth.writes[door] for door in (GRAPH, WIRE))
            now = Tick(timeline.now(), good, truth.reads.total() - good, writes)
            counts = (now.reads - before.reads, now.refused - before.refused)
            timeline.ticks.append(Tick(now.at, *counts, now.writes - before.writes))
            before = now

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
