"""How `santong serve` runs: no slow parser on the way of a request."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.cli.serve import SERVER


def test_the_fast_parser_and_loop_are_used_and_nothing_is_on_the_way():
    async def application(scope, receive, send):
        """Is never called."""

    config = uvicorn.Config(application, **SERVER)
    config.load()
    assert config.http_protocol_class is HttpToolsProtocol
    assert config.ws_protocol_class is WebSocketsSansIOProtocol
    assert config.loaded_app is application
    loop = config.get_loop_factory()()
    loop.close()
    assert isinstance(loop, uvloop.Loop)


_SUPERVISOR = """
import multiprocessing, os, time
from gateway.cli.serve import end_with_supervisor

pool = multiprocessing.get_context("spawn").Pool(1, end_with_supervisor)
print(pool.apply(os.getpid), flush=True)
pool.apply_async(time.sleep, (100,))
time.sleep(100)
"""


def test_a_process_ends_with_the_one_that_started_it():
    supervisor = subprocess.Popen(
        [sys.executable, "-c", _SUPERVISOR],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    with supervisor:
        child = int(supervisor.stdout.readline())
        os.kill(child, 0)
        supervisor.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while _lives(child):
        assert time.monotonic() < until, "it outlives the one that started it"
        time.sleep(0.05)


def _lives(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
