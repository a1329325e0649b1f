"""Whether a declared resource fits its operation: what a request would meet, found at the start."""

from graphql import GraphQLInterfaceType, GraphQLSchema, OperationType, is_abstract_type

from capabilities.visibility import POLICY
from gateway.execution.documents import Prepared
from gateway.rest.answering import body_of, pages_of
from gateway.rest.binding import bindings_of
from gateway.rest.declared import DeclaredResource
from gateway.rest.resource import Resource
from gateway.rest.shape import Place, Shapes, types_of
from gateway.rest.template import Template, read_template
from gateway.rest.wrong import Wrong

_KINDS = {OperationType.QUERY: ("GET",), OperationType.MUTATION: ("POST", "PUT", "PATCH")}


def compiled(
    declared: DeclaredResource,
    sha256: str,
    operation_name: str | None,
    prepared: Prepared,
    schema: GraphQLSchema,
) -> Resource:
    """The resource of a declaration and its operation; Wrong says which key does not fit."""
    operation = prepared.operation(operation_name)
    if prepared.document is None or operation is None:
        raise Wrong("operation", _refused(prepared), code="RESOURCE_OPERATION")
    if declared.method not in _KINDS.get(operation.operation, ()):
        told = "a query goes by GET, a mutation by POST, PUT or PATCH"
        raise Wrong("method", told, code="RESOURCE_METHOD")
    template = _template(declared)
    bindings = bindings_of(declared, template, operation, schema)
    whole = Shapes(schema, prepared.document).of(operation)
    way = tuple(declared.answer.split(".")) if declared.answer else ()
    body = body_of(whole, way)
    writes = operation.operation is OperationType.MUTATION
    named = operation.name.value if operation.name is not None else None
    return Resource(
        name=_name(declared, named),
        declared=declared,
        template=template,
        sha256=sha256,
        operation_name=operation_name,
        writes=writes,
        bindings=bindings,
        way=way,
        whole=whole,
        body=body,
        pages=pages_of(whole, way, bindings),
        refusals=_refusals(whole, body, schema) if writes else frozenset(),
        personal=writes or any(one in POLICY.scopes for one in types_of(whole)),
    )


def _template(declared: DeclaredResource) -> Template:
    try:
        return read_template(declared.path)
    except ValueError as exc:
        raise Wrong("path", str(exc), code="RESOURCE_PATH") from exc


def _name(declared: DeclaredResource, operation_name: str | None) -> str:
    name = declared.name or operation_name
    if not name:
        raise Wrong("name", "its operation has no name: give one", code="RESOURCE_SHAPE")
    return name


def _refusals(whole: Place, body: Place, schema: GraphQLSchema) -> frozenset[str]:
    """The types of a mutation's answer that say no; it has to tell which one came."""
    if len(whole.keys) != 1 or body is not next(iter(whole.keys.values())):
        told = "publish a mutation of one field, and let `answer` name it"
        raise Wrong("answer", told, code="RESOURCE_ANSWER")
    error = schema.get_type("UserError")
    if not isinstance(error, GraphQLInterfaceType) or not is_abstract_type(body.named):
        return frozenset()
    found = [one.name for one in schema.get_possible_types(body.named) if error in one.interfaces]
    if found and not {"__typename", "code", "message"} <= body.keys.keys():
        told = "select __typename, and code and message of UserError, so that a no is told as one"
        raise Wrong("operation", told, code="RESOURCE_REFUSALS")
    return frozenset(found)


def _refused(prepared: Prepared) -> str:
    if prepared.document is None:
        return f"it is refused: {prepared.errors[0].message}"
    return "its text holds several operations, or none of this name"
