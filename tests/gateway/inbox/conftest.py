from itertools import count

import pytest

from tests.gateway.inbox.pushing import pushed
from tests.migrated import migrated

_NUMBERS = count()


@pytest.fixture
def database(postgres):
    made = migrated(postgres, f"inbox_{next(_NUMBERS)}")
    return str(made)


@pytest.fixture
def gateway(tmp_path, database):
    with pushed(tmp_path, database) as found:
        yield found


@pytest.fixture
def santong_inbox(gateway):
    """Runs `santong inbox` against the gateway's own store."""
    return gateway.run_inbox
