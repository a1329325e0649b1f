"""Four real processes with a wrong password: the system sees at most two logons."""

import json
from collections import Counter

from tests.connectors._kit.raw_server import RawServer, answering
from tests.migrated import migrated
from tests.processes.processes import started

_LATCHED = "UPSTREAM_LOGON_LATCHED"


async def test_at_most_two_logons_reach_the_system(postgres):
    database = migrated(postgres, "shared_logon")
    system = RawServer()
    system.script = answering(401)
    await system.start()
    told = {"part": "log_on", "database": database, "url": system.url}
    async with started(4, told) as processes:
        codes = Counter()
        for one in processes:
            await one.go()
        for one in processes:
            codes.update(json.loads(await one.line()))
    await system.stop()
    assert 1 <= len(system.requests) <= 2
    assert codes == {"answered": len(system.requests), _LATCHED: 40 - len(system.requests)}
