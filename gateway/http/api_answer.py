"""What a resource answers: a request becomes its operation's variables, the answer its body."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from msgspec import Struct

from capabilities.caller import Caller
from capabilities.errors import BadInput, Forbidden
from capabilities.visibility.exports import may_export
from gateway.execution.persisted import OperationRefused
from gateway.execution.running import Running
from gateway.http.api_reply import (
    KEPT,
    PRIVATE,
    ApiReply,
    problem_reply,
    told_headers,
)
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.entity_tags import EntityTags
from gateway.http.executing import Executing
from gateway.http.introduced import text_of
from gateway.http.media import CSV, JSON, preferred
from gateway.http.reply import encoded
from gateway.http.request_body import Operation, read_json
from gateway.reasons import reason_of
from gateway.rest.asking import faults_of, variables_of
from gateway.rest.export import Export
from gateway.rest.given import Given, given
from gateway.rest.links import links
from gateway.rest.problem import Problem
from gateway.rest.resource import Resource
from gateway.settings import Settings

_MISFIT = "values of the request do not fit; `faults` says where they stood"
_BROKEN = Problem(
    status=503,
    code="RESOURCE_BROKEN",
    told="the operation of this resource was taken back, or does not fit the graph any more",
)
_OF_PEOPLE = "a file of people says why, such as a ticket's number: the header X-Santong-Reason"
_CONDITIONS = (b"if-match", b"if-unmodified-since")


class Exports(Protocol):
    """Who writes down that people left in a file."""

    async def exported(self, caller: Caller, name: str, reason: str) -> None:
        """A caller begins a file of a resource; StoreUnavailable where that cannot be kept."""


class Asking(Struct, frozen=True):
    """One request to one resource: by whom, and what stood in the places of its address."""

    asked: Asked
    caller: Caller
    resource: Resource
    values: tuple[str, ...]


class Answering:
    """Answers every resource through the one way that operations are run."""

    def __init__(
        self, settings: Settings, running: Running, executing: Executing, exports: Exports
    ) -> None:
        self._settings = settings
        self._running = running
        self._executing = executing
        self._exports = exports
        self._tags = EntityTags(settings)

    async def answer(self, asking: Asking) -> ApiReply:
        """The answer to a request; errors of ours leave it."""
        asked, resource = asking.asked, asking.resource
        media_type = _media_type(asking)
        if resource.writes and any(asked.header(one) for one in _CONDITIONS):
            told = "a write is protected by its Idempotency-Key; conditions are not evaluated"
            raise BadRequest(told, 412, "PRECONDITION_UNSUPPORTED")
        variables = variables_of(
            resource,
            asking.values,
            asked.query_string,
            text_of(asked.header(b"idempotency-key")),
            await self._body(asking),
        )
        if media_type == CSV:
            return await self._file(asking, variables)
        return self._reply(asking, await self.ask(asking, variables))

    async def _body(self, asking: Asking) -> Any:
        if not asking.resource.bound("body"):
            return None
        settings = self._settings
        return await read_json(asking.asked, settings.max_body_bytes, settings.body_timeout_seconds)

    async def ask(self, asking: Asking, variables: dict[str, Any]) -> Given:
        """Run the operation once, by its sha256 as any client does."""
        resource = asking.resource
        operation = Operation(
            query=None,
            sha256=resource.sha256,
            variables=variables,
            operation_name=resource.operation_name,
        )
        try:
            executed = await self._executing.run(asking.asked, asking.caller, operation)
        except OperationRefused:  # it was taken back
            return Given(problem=_BROKEN)
        if executed.answer.executed:
            return given(resource, executed.answer.body)
        found = executed.prepared.operation(resource.operation_name)
        if found is None:
            return Given(problem=_BROKEN)
        schema = self._running.documents.schema
        faults = faults_of(resource, found, schema, variables)
        problem = Problem(status=400, code="BAD_USER_INPUT", told=_MISFIT, faults=faults)
        return Given(problem=problem)

    def _reply(self, asking: Asking, found: Given) -> ApiReply:
        asked, resource = asking.asked, asking.resource
        told = told_headers({"santong-sources": found.sources, "santong-errors": found.errors})
        if found.problem is not None:
            return problem_reply(asked, found.problem)
        if found.value is None:
            return _absent(asking, told)
        if resource.pages is not None:
            linked = links(resource.pages, found.data, asked.query_string)
            told = (*told, *told_headers({"link": linked}))
        private = resource.personal or found.partial
        caching = PRIVATE if private else KEPT
        reply = ApiReply(status=200, body=encoded(found.value), headers=told, caching=caching)
        return reply if resource.writes else self._tags.conditional(asked, reply)

    async def _file(self, asking: Asking, variables: dict[str, Any]) -> ApiReply:
        """A list as CSV; who has people in a file stands in the audit trail before they leave."""
        resource, pages = asking.resource, asking.resource.pages
        if pages is not None and pages.turns_back:
            for one in resource.bound("query"):
                if one.name in (pages.before, pages.last) and one.target[0] in variables:
                    raise BadInput("a file is read forwards: leave out what turns pages back")
        reason = _reason(asking) if resource.personal else None

        async def ask(page: dict[str, Any]) -> Given:
            return await self.ask(asking, page)

        export = Export(resource, ask, self._settings.export_rows)
        variables = export.opened(variables)
        first = await ask(variables)
        if first.problem is not None:
            return problem_reply(asking.asked, first.problem)
        if reason is not None:
            await self._exports.exported(asking.caller, resource.name, reason)
        told = told_headers({"santong-sources": first.sources, "santong-errors": first.errors})
        chunks: AsyncIterator[bytes] = export.chunks(first, variables)
        return ApiReply(status=200, media_type=CSV, headers=told, chunks=chunks)


def _reason(asking: Asking) -> str:
    """Why a caller takes people along in a file; refused to who may not, or does not say."""
    if not may_export(asking.caller.role):
        raise Forbidden(f"The role {asking.caller.role.value} exports no people.")
    told = reason_of(asking.asked.header(b"x-santong-reason"))
    if told is None:
        raise BadInput(_OF_PEOPLE, code="REASON_REQUIRED")
    return told


def _media_type(asking: Asking) -> str:
    offered = (JSON,) if asking.resource.row is None else (JSON, CSV)
    found = preferred(text_of(asking.asked.header(b"accept")), offered)
    if found is None:
        raise BadRequest(f"accept {' or '.join(offered)}", 406, "NOT_ACCEPTABLE")
    return found


def _absent(asking: Asking, told: tuple[tuple[bytes, bytes], ...]) -> ApiReply:
    if asking.resource.declared.absent == 204:  # noqa: PLR2004 - as declared
        return ApiReply(status=204, media_type=None, headers=told)
    problem = Problem(status=404, code="NOT_FOUND", told="nothing answers to this address")
    return problem_reply(asking.asked, problem, told)
