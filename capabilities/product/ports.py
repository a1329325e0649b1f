"""Questions about products, answered by the platform's own store."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from capabilities.product.records import Product, ProductCode, ProductFilter, UnmatchedCode


class ProductSource(ABC):
    """Products by sku."""

    @abstractmethod
    async def products(self, skus: Sequence[str]) -> Sequence[Product | None]:
        """One product per sku, None where there is none."""


class ProductSearch(ABC):
    """A page of products, by sku."""

    @abstractmethod
    async def search_products(
        self, filters: ProductFilter, first: int, after_sku: str | None, *, backward: bool = False
    ) -> Sequence[Product]:
        """At most `first` products strictly after (or before, when backward) a sku, in order."""

    @abstractmethod
    async def count_products(self, filters: ProductFilter) -> int:
        """How many products the filter has."""


class CrosswalkSource(ABC):
    """The crosswalk: codes of systems to skus."""

    @abstractmethod
    async def skus(self, codes: Sequence[ProductCode]) -> Sequence[str | None]:
        """One sku per code, None where nothing matches or two entries disagree."""

    @abstractmethod
    async def record_unmatched(self, lines: Mapping[ProductCode, int]) -> None:
        """Count codes that matched nothing, for the list of their owner."""

    @abstractmethod
    async def unmatched(self, connector: str | None, first: int) -> Sequence[UnmatchedCode]:
        """The unmatched codes with the most lines."""
