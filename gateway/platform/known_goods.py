"""Categories of the goods that carts hold, kept until the product reference changes."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

from capabilities.product.records import ProductCode
from store.owned import Owned
from store.product.crosswalk import Crosswalk
from store.product.products import ProductReference

_K = TypeVar("_K")
_V = TypeVar("_V")
_MOST_KEPT = 50_000


class KnownGoods:
    """Goods of one brand; `version` is that of the reference, None while nobody knows it."""

    def __init__(self, owned: Owned, version: Callable[[], int | None] = lambda: None) -> None:
        self._reference = ProductReference(owned.store, owned.brand)
        self._crosswalk = Crosswalk(owned.store, owned.brand)
        self._version = version
        self._seen: int | None = None
        self._paths: OrderedDict[str, tuple[str, ...] | None] = OrderedDict()
        self._codes: OrderedDict[ProductCode, str | None] = OrderedDict()

    async def skus(self, codes: Sequence[ProductCode]) -> Sequence[str | None]:
        """The sku that each code means; None where it means none."""
        self._look()
        missing = [one for one in dict.fromkeys(codes) if one not in self._codes]
        found = dict(zip(missing, await self._crosswalk.skus(missing), strict=True))
        answer = [found.get(one, self._codes.get(one)) for one in codes]
        _keep(self._codes, found)
        return answer

    async def categories(self, skus: Sequence[str]) -> Sequence[tuple[str, ...] | None]:
        """The category path of each sku; None of one that is no product of ours."""
        self._look()
        missing = [one for one in dict.fromkeys(skus) if one not in self._paths]
        found: dict[str, tuple[str, ...] | None] = {}
        if missing:
            products = await self._reference.products(missing)
            for sku, product in zip(missing, products, strict=True):
                found[sku] = None if product is None else product.category_path
        answer = [found[one] if one in found else self._paths[one] for one in skus]
        _keep(self._paths, found)
        return answer

    def _look(self) -> None:
        version = self._version()
        if version is None or version != self._seen:
            self._paths.clear()
            self._codes.clear()
            self._seen = version


def _keep(kept: OrderedDict[_K, _V], found: dict[_K, _V]) -> None:
    kept.update(found)
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
