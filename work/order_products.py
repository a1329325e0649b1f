"""Lines of old orders that matched no product, asked again once the crosswalk has changed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from msgspec.structs import replace

from capabilities.estate import ConnectorSpec
from capabilities.events import Subject
from capabilities.order.facts import LineFact, OrderFact
from capabilities.product.records import ProductCode
from store.engine import Run
from store.order.facts import OrderFacts
from store.owned import Owned
from store.product.crosswalk import Crosswalk
from store.product.figures import ORDERS, ProductFigures

# Each hour it is asked whether anything is to be done.
LINES = "13 * * * *"

_log = structlog.get_logger("work")
_AT_ONCE = 500


async def match_lines(owned: Owned, spec_of: Callable[[str], ConnectorSpec | None]) -> None:
    """Nothing where the lines are of the reference as it is; else every order that lacks a sku.

    The version is noted when all are done, so one that was killed begins again. An order that
    changes is told as an event: points, figures and stages follow by themselves.
    """
    figures = ProductFigures(owned.store, owned.brand, ORDERS)
    version = await figures.waiting()
    if version is None:
        return
    matching, matched = _Matching(owned, spec_of), 0
    after: Subject | None = Subject(key="", channel="")
    while after is not None:
        after, changed = await owned.store.transaction(partial(matching.page, after))
        matched += changed
    await figures.done(version)
    _log.info("lines matched anew", orders=matched)


class _Matching:
    def __init__(self, owned: Owned, spec_of: Callable[[str], ConnectorSpec | None]) -> None:
        self._facts = OrderFacts(owned.store, owned.brand)
        self._crosswalk = Crosswalk(owned.store, owned.brand)
        self._spec_of = spec_of

    async def page(self, after: Subject, run: Run) -> tuple[Subject | None, int]:
        """Match some orders; the place behind them, None where there were none, and how many."""
        orders = await self._facts.unmatched_in(run, after, _AT_ONCE)
        if not orders:
            return None, 0
        asked = {
            code: None for order in orders for line in order.lines for code in self._of(order, line)
        }
        found = await self._crosswalk.skus(list(asked))
        skus = dict(zip(asked, found, strict=True))
        done = await self._facts.record_in(run, [self._matched(one, skus) for one in orders])
        return Subject(key=orders[-1].number, channel=orders[-1].channel), done.changed

    def _matched(self, order: OrderFact, skus: Mapping[ProductCode, str | None]) -> OrderFact:
        lines = []
        for line in order.lines:
            named = (skus[code] for code in self._of(order, line))
            sku = line.sku or next((one for one in named if one), None)
            lines.append(replace(line, sku=sku))
        return replace(order, lines=tuple(lines))

    def _of(self, order: OrderFact, line: LineFact) -> Sequence[ProductCode]:
        if line.sku is not None:
            return ()
        spec = self._spec_of(order.connector)
        return [
            ProductCode(
                connector=order.connector,
                system="" if spec is None else spec.system,
                kind=ref.kind,
                code=ref.code,
                on=order.business_date,
            )
            for ref in line.codes
        ]
