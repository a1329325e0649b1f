"""`santong operations export`: a list of the graph as one CSV file, page by page, resumable."""

import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from capabilities.audit import Entry
from capabilities.caller import Role
from capabilities.errors import BadInput, Forbidden, SantongError
from capabilities.visibility import POLICY
from capabilities.visibility.exports import may_export
from gateway.cli.console import aside
from gateway.cli.csv_part import CsvPart
from gateway.cli.environment import command_settings
from gateway.cli.given import author
from gateway.cli.operations_known import NamedOperation, named_operation
from gateway.cli.query import ask_over, body_of, gateway_client, read_variables
from gateway.cli.store import at_owned
from gateway.cli.token import MemberOption, RoleOption, StoreOption, make_token
from gateway.redact import redacted_text
from gateway.settings import Settings

_ROWS = 100
_ATTEMPTS = 3
_OF_PEOPLE = "these rows are of people: say why with --reason"


def export(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name or sha256:… of a registered operation.")
    ],
    csv: Annotated[Path, typer.Option("--csv", help="The file to be written.")],
    variables: Annotated[str, typer.Option(help="Variables as a JSON object.")] = "{}",
    role: RoleOption = Role.OPERATIONS,
    store: StoreOption = None,
    member: MemberOption = None,
    reason: Annotated[str, typer.Option(help="Why; asked for where somebody owns the rows.")] = "",
    *,
    partial: Annotated[
        bool, typer.Option("--partial", help="Go on where a source is missing, and say so.")
    ] = False,
) -> None:
    """Write every page of a registered list as CSV; the same command goes on after a break."""
    if csv.exists():
        raise BadInput(f"{csv} is there already", code="EXPORT_EXISTS")
    settings = command_settings()
    operation = named_operation(settings, name)
    walk = _Walk(settings, operation, read_variables(variables), partial=partial)
    token = make_token(role, store or [], member)
    if walk.personal:
        if not may_export(role):
            raise Forbidden(f"the role {role.value} exports no people")
        if not reason.strip():
            raise BadInput(_OF_PEOPLE, code="REASON_MISSING")
        _record(name, role, reason)
    part = CsvPart(csv, {"operation": operation.sha256, "variables": walk.variables})
    with gateway_client(settings, token) as client, part, _progress() as progress:
        missing = walk.run(client, part, progress)
    part.finish()
    if missing:
        aside.print(f"[yellow]missing[/] {', '.join(sorted(missing))}", highlight=False)
    typer.echo(f"{csv}: {part.rows} rows")


class _Walk:
    """The pages of one operation's list."""

    def __init__(
        self,
        settings: Settings,
        operation: NamedOperation,
        variables: dict[str, Any],
        *,
        partial: bool,
    ) -> None:
        from gateway.execution.configured import configured_documents  # noqa: PLC0415  # slow
        from gateway.rest.columns import columns_of  # noqa: PLC0415  # as above
        from gateway.rest.lists import paged_list  # noqa: PLC0415  # as above
        from gateway.rest.shape import Shapes, types_of  # noqa: PLC0415  # as above

        with aside.status("reading the contract"):
            documents = configured_documents(settings)
        prepared = documents.prepare(operation.text)
        found = prepared.operation(operation.name)
        if prepared.document is None or found is None:
            raise BadInput("the operation does not fit the graph", code="OPERATION_INVALID")
        whole = Shapes(documents.schema, prepared.document).of(found)
        self._operation = operation
        self._list = paged_list(whole)
        self._columns = columns_of(self._list.row)
        self._partial = partial
        self.personal = any(one in POLICY.scopes for one in types_of(whole))
        self.variables = variables
        if self._list.first is not None:
            self.variables.setdefault(self._list.first, _ROWS)

    def run(self, client: httpx.Client, part: CsvPart, progress: Progress) -> set[str]:
        """Write all pages behind what the part holds; names of the sources that were missing."""
        task = progress.add_task("rows", total=None, completed=part.rows, rate="")
        began, before, missing = time.monotonic(), part.rows, set[str]()
        if part.cursor is None and not part.rows:
            part.begin(self._columns.names)
        while True:
            page, absent = self._page(client, part.cursor)
            missing |= absent
            rows = page.get(self._list.rows) or []
            info = page["pageInfo"]
            last = not info["hasNextPage"] or info["endCursor"] in (None, part.cursor)
            part.add((self._columns.cells(row) for row in rows), info["endCursor"])
            _show(progress, task, part.rows, part.rows - before, time.monotonic() - began)
            if self._list.counted:
                progress.update(task, total=page["totalCount"]["value"])
            if last or (absent and not rows):
                return missing

    def _page(self, client: httpx.Client, cursor: str | None) -> tuple[dict[str, Any], set[str]]:
        """A page, and the sources that it lacks; SantongError where it is not to be had."""
        asked: dict[str, Any] = {
            "documentId": f"sha256:{self._operation.sha256}",
            "variables": {**self.variables, self._list.after: cursor},
        }
        if self._operation.name is not None:
            asked["operationName"] = self._operation.name
        error: dict[str, Any] = {}
        for _ in range(_ATTEMPTS):
            body = body_of(ask_over(client, asked))
            errors = body.get("errors") or []
            page = _below(body.get("data"), self._list.way)
            warnings = (body.get("extensions") or {}).get("warnings") or []
            if page is not None and not errors and (self._partial or not warnings):
                return page, {one["source"] for one in warnings}
            error = errors[0] if errors else _missing(warnings)
            if page is None and not errors:
                raise BadInput("there is no list at this place", code="OPERATION_NOT_A_LIST")
            if not error.get("extensions", {}).get("retryable"):
                break
        told = f"{error['message']}; what was written is kept: the same command goes on"
        raise SantongError(told, code=error["extensions"]["code"])


def _missing(warnings: list[dict[str, Any]]) -> dict[str, Any]:
    first = warnings[0]
    names = ", ".join(sorted({one["source"] for one in warnings}))
    told = {"code": first["code"], "retryable": first["retryable"]}
    return {"message": f"a page lacks {names} (--partial goes on without)", "extensions": told}


def _below(data: Any, way: tuple[str, ...]) -> dict[str, Any] | None:
    for step in way:
        data = (data or {}).get(step)
    return None if data is None else dict(data)


def _record(name: str, role: Role, reason: str) -> None:
    from store.access.audit import Audit  # noqa: PLC0415  # not every command has a store

    entry = Entry(
        action="operation.exported",
        actor=author(),
        role=role.value,
        reason=redacted_text(reason),
        facts={"operation": name},
    )
    at_owned(lambda owned: Audit(owned.store, owned.brand).record(entry))


def _show(progress: Progress, task: TaskID, rows: int, here: int, seconds: float) -> None:
    rate = f"{here / seconds:,.0f} rows/s" if seconds > 0 else ""
    progress.update(task, completed=rows, rate=rate)


def _progress() -> Progress:
    told = TextColumn("{task.completed:,.0f} rows  {task.fields[rate]}")
    return Progress(told, BarColumn(), TimeElapsedColumn(), console=aside, transient=True)
