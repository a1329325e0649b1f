"""Resources over the real contract, from texts that a test writes."""

import re
from functools import cache
from pathlib import Path

from capabilities.operations import operation_hash
from gateway.cli.operations_known import KnownTexts
from gateway.execution.configured import configured_documents
from gateway.rest.declared import read_resources
from gateway.rest.published import in_force
from gateway.settings import Settings

BOX = Path("gateway/cli/box/published")
STORES = """query Stores($first: Int, $after: String, $last: Int, $before: String) {
  stores(first: $first, after: $after, last: $last, before: $before) {
    nodes { code name } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }"""
MEMBER = "query Member($phone: String!) { member(by: {phone: $phone}) { id displayName } }"
PROFILE = """mutation Profile($input: UpdateProfileInput!) { updateProfile(input: $input) {
  __typename ... on ProfileUpdated { memberId } ... on UserError { code message path } } }"""
CHANNELS = "query Channels($deep: Boolean = true) { channels { code name @include(if: $deep) } }"


@cache
def documents():
    return configured_documents(Settings())


def texts(*operations):
    return KnownTexts(listed={operation_hash(one): one for one in operations})


def box_texts():
    return texts(*(path.read_text("utf-8") for path in sorted(BOX.glob("*.graphql"))))


def published(file, *operations):
    """The resources of a file; ResourcesFault where they do not fit the operations."""
    return in_force(read_resources(file), texts(*operations), documents())


def box_resources():
    return in_force(read_resources(BOX / "resources.yaml"), box_texts(), documents())


def fault_codes(error):
    return re.findall(r":(\d+): (\S+): .* \[([A-Z_]+)\]", str(error))
