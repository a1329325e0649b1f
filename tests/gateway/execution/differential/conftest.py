import gc

import pytest


@pytest.fixture(autouse=True)
def _swept():
    """What graphql-core left unawaited is collected here, and not in somebody else's test."""
    yield
    gc.collect()
