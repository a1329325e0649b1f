"""How a client names a document without its text.

`documentId` is the form of the GraphQL over HTTP draft, `extensions.persistedQuery` that of
Apollo's clients.
"""

from collections.abc import Mapping
from typing import Any

from capabilities.operations import is_operation_hash
from gateway.http.bad_request import BadRequest

_PREFIX = "sha256:"
_APOLLO_VERSION = 1


def asked_hash(document_id: Any, extensions: Mapping[str, Any]) -> str | None:
    """The sha256 that is asked for, None where there is none; BadRequest for half a name."""
    persisted = extensions.get("persistedQuery")
    named = None if document_id is None else _of_document_id(document_id)
    if persisted is None:
        return named
    sha256 = _of_apollo(persisted)
    if named not in (None, sha256):
        raise BadRequest("`documentId` and `persistedQuery` name two documents")
    return sha256


def _of_document_id(document_id: Any) -> str:
    if isinstance(document_id, str) and document_id.startswith(_PREFIX):
        sha256 = document_id.removeprefix(_PREFIX)
        if is_operation_hash(sha256):
            return sha256
    raise BadRequest("`documentId` must be sha256: and 64 small hexadecimal digits")


def _of_apollo(persisted: Any) -> str:
    if isinstance(persisted, dict) and persisted.get("version") == _APOLLO_VERSION:
        sha256 = persisted.get("sha256Hash")
        if isinstance(sha256, str) and is_operation_hash(sha256):
            return sha256
    raise BadRequest(
        "`persistedQuery` must be {version: 1, sha256Hash: 64 small hexadecimal digits}"
    )
