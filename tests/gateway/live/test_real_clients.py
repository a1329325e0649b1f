"""What npm's own clients of both transports are told, while their lines are cut again and again."""

import asyncio

from tests.gateway.live.conftest import sold
from tests.node_tools import run_node

STORE = "M0777"
EVENTS = 45


async def test_clients_whose_lines_are_cut_are_told_everything_once_and_in_order(
    gateway, facts, token
):
    host, port = gateway
    bearer = token(subject="clients").removeprefix("Bearer ")
    told = [f"node-{number}" for number in range(EVENTS)]
    asked = ("follow.mjs", f"http://{host}:{port}", bearer, STORE, told[-1])
    running = asyncio.create_task(asyncio.to_thread(run_node, *asked))
    for number in told:
        await facts.record([sold(number, STORE)])
    run = await running
    assert run.status == 0, run.complaint
    for name, outcome in run.json().items():
        assert outcome["numbers"] == told, name
        assert outcome["connections"] == EVENTS // 10 + 1, name
