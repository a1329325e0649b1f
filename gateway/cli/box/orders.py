"""Orders that arrive while the box runs."""

from pathlib import Path

from gateway.cli.box.control import call_control, control_of
from gateway.cli.box.errors import BoxError
from gateway.cli.box.parts import run_part
from gateway.cli.box.state import read_state

_SECONDS = 60.0


def let_orders_arrive(home: Path, system: str, count: int) -> None:
    """Adds `count` orders to the shop or the POS; BoxError where nothing runs, or for SAP."""
    state = read_state(home)
    address = control_of(state, system)
    if state is not None and system == "pos":
        call_control(address, "fault")  # whether it runs at all
        sale = ("add", "--dsn", state.pos_database, "--count", str(count))
        run_part(home.absolute(), "pos-add", "demo.pos", *sale, within=_SECONDS)
    elif system == "shop":
        call_control(address, "orders", {"count": count})
    else:
        raise BoxError(f"no orders arrive in {system}; choose shop or pos", code="DEMO_SYSTEM")
