"""`santong work`: the back door, a process of its own, told which connectors are in force."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capabilities.errors import BadInput, SantongError
from capabilities.working import WorkPlan, encode_plan
from gateway.cli.environment import command_settings, signing_settings
from gateway.embedded.process import tied
from gateway.federation.assembly import assemble
from gateway.federation.estate_file import read_estate
from gateway.federation.folder import Folder
from gateway.federation.registered import entries_of

if TYPE_CHECKING:
    from gateway.settings import Settings
    from store.operating.connectors import RegisteredConnectors

app = typer.Typer(name="work", help="The back door: run its jobs, and see what waits.")
_POLL_SECONDS = 2.0
_STORE_SECONDS = 5.0
_END_SECONDS = 30.0


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    *,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End at once when this process is killed.")
    ] = False,
) -> None:
    """Run the jobs of the connectors in force, such as the scans of drop folders."""
    if context.invoked_subcommand is not None:
        return
    settings = signing_settings(command_settings())
    command = [sys.executable, "-m", "work"]
    if with_parent:
        command = tied(command, directory=Path.cwd())
    code = asyncio.run(_run(settings, command))
    if code:
        raise BadInput(f"the work process ended with code {code}", code="WORK_ENDED")


@app.command()
def status(
    *, as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False
) -> None:
    """What waits behind the door: events, commands, touches, and the passes of the sync."""
    from gateway.cli.work_status import show_status  # noqa: PLC0415  # slow to import

    show_status(as_json=as_json)


async def _run(settings: "Settings", command: list[str]) -> int:
    from store.engine import Store  # noqa: PLC0415  # as above
    from store.operating.connectors import RegisteredConnectors  # noqa: PLC0415  # only this command needs it

    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    kept = RegisteredConnectors(store, read_estate(settings.estate).brand)
    telling = asyncio.create_task(_tell(settings, kept, process))
    ended = asyncio.create_task(process.wait())
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({telling, ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        return await _end(process, asked=stop.is_set())
    finally:
        for task in (telling, ended, asked):
            task.cancel()
        await asyncio.gather(telling, ended, asked, return_exceptions=True)
        await store.aclose()


async def _end(process: asyncio.subprocess.Process, *, asked: bool) -> int:
    """Close its input, at which it finishes the file in hand; whoever was asked to stop is well."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        code = await asyncio.wait_for(process.wait(), _END_SECONDS)
    except TimeoutError:
        process.kill()
        code = await process.wait()
    return 0 if asked else code


async def _tell(
    settings: "Settings", kept: "RegisteredConnectors", process: asyncio.subprocess.Process
) -> None:
    """The plan, and every change of it; while it cannot be read the last one stands."""
    told = b""
    while process.stdin is not None:
        try:
            line = encode_plan(await plan_of(settings, kept))
        except (SantongError, OSError):
            line = told or b""
        if line != told:
            process.stdin.write(line)
            await process.stdin.drain()
            told = line
        await asyncio.sleep(_POLL_SECONDS)


async def plan_of(settings: "Settings", kept: "RegisteredConnectors") -> WorkPlan:
    """The connectors in force, as work is told of them."""
    base = await asyncio.to_thread(read_estate, settings.estate)
    folder = () if settings.connectors is None else await Folder(settings.connectors).read()
    current, secrets = await kept.current(), await kept.secrets()
    plan = assemble(base, [*folder, *entries_of(current.connectors, secrets)], {}, {}).plan
    return WorkPlan(brand=plan.brand, time_zone=plan.time_zone, connectors=plan.connectors)
