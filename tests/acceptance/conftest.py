"""One retailer in a box for all these tests, well at the start and the end of each."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.acceptance.retailer import Gateway, Retailer, running_gateway


@pytest.fixture
def retailer(box: Retailer) -> Iterator[Retailer]:
    """The retailer with every system well."""
    box.heal()
    yield box
    box.heal()


@pytest.fixture
def gateway_of(
    retailer: Retailer, tmp_path: Path
) -> Callable[[Path, Mapping[str, str]], AbstractContextManager[Gateway]]:
    """Starts another gateway over the same systems, with an estate file of its own."""

    def start(estate: Path, more: Mapping[str, str]) -> AbstractContextManager[Gateway]:
        environment = {**retailer.state.environment, "SANTONG_ESTATE": str(estate), **more}
        return running_gateway(tmp_path / "gateway", environment)

    return start
