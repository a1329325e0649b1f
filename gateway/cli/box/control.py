"""The control doors of the simulated systems: their faults, and orders that arrive."""

from typing import Any

import httpx

from gateway.cli.box.errors import BoxError
from gateway.cli.box.state import BoxState

_TIMEOUT_SECONDS = 5.0


def call_control(address: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """POSTs `body` to a control, or reads it where there is none; BoxError where it refuses."""
    method = "GET" if body is None else "POST"
    try:
        with httpx.Client(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
            answer = client.request(method, f"{address}/__control/{name}", json=body)
    except httpx.TransportError as error:
        raise _not_running() from error
    told: dict[str, Any] = answer.json()
    if answer.is_error:
        raise BoxError(str(told.get("error", answer.status_code)), code="DEMO_REFUSED")
    return told


def control_of(state: BoxState | None, system: str) -> str:
    """The address of a system's control door; BoxError names the valid systems."""
    if state is None:
        raise _not_running()
    if system not in state.controls:
        valid = ", ".join(sorted(state.controls))
        raise BoxError(f"there is no system {system!r}; choose from {valid}", code="DEMO_SYSTEM")
    return state.controls[system]


def _not_running() -> BoxError:
    return BoxError(
        "no demo runs here; start one with `make demo`, or set SANTONG_HOME to that of one",
        code="DEMO_NOT_RUNNING",
    )
