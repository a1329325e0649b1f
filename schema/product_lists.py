"""Questions of products: one, the reference as a list, and codes that match nothing in it."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.product import records
from schema import restrict
from schema.context import Ask
from schema.page import DEFAULT_PAGE, LARGEST_PAGE, paged
from schema.product import (
    Product,
    ProductConnection,
    ProductFilterInput,
    UnmatchedCode,
    product_filter,
)
from schema.view import asked


@strawberry.type
class ProductQueries:
    """What is asked of products."""

    @asked(Product | None)
    @staticmethod
    async def product(
        info: Ask,
        sku: Annotated[str, strawberry.argument(description="The retailer's own code.")],
    ) -> records.Product | None:
        """One product 商品 by its sku; null where there is none."""
        return await info.context.reader.product(restrict.bounded_text("sku", sku))

    @paged(ProductConnection)
    @staticmethod
    async def products(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            ProductFilterInput | None, strawberry.argument(description="Which products.")
        ] = UNSET,
    ) -> MergedPage[records.Product]:
        """Products 商品 by sku."""
        return await info.context.reader.products(product_filter(filter or None), page)

    @asked(list[UnmatchedCode])
    @staticmethod
    async def unmatched_codes(
        info: Ask,
        connector: Annotated[
            str | None, strawberry.argument(description="Name of a connector; all where absent.")
        ] = UNSET,
        first: Annotated[
            int, strawberry.argument(description="How many: 1 to 100.")
        ] = DEFAULT_PAGE,
    ) -> Sequence[records.UnmatchedCode]:
        """Product codes in orders that match nothing, those with the most lines first."""
        if not 1 <= first <= LARGEST_PAGE:
            raise BadInput(f"`first` must be between 1 and {LARGEST_PAGE}.")
        wanted = restrict.optional_text("connector", connector)
        info.context.spend(first)
        return await info.context.reader.unmatched_codes(wanted, first)
