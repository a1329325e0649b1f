"""The simulated systems in this process, each test with its own."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from demo.sap import create_sap
from demo.shop import create_shop

SAP_ROOT = "/sap/opu/odata/sap"


@pytest.fixture
async def sap() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_sap())
    parameters = {"sap-client": "100", "$format": "json"}
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://sap",
        auth=("SANTONG", "demo-sap"),
        params=parameters,
    ) as client:
        yield client


@pytest.fixture
async def shop() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_shop())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://shop", auth=("ck_demo", "cs_demo")
    ) as client:
        yield client


@pytest.fixture
def spawn() -> Iterator[Callable[..., str]]:
    """Start `python -m …` and hand back the address that it prints; all end with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> str:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout
        return process.stdout.readline().split()[-1]

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
