"""What the explorer offers first is compiled, whoever asks it."""

from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, OperationType, parse, validate

from capabilities.caller import Caller, Role, Visibility
from gateway.execution.plan import Planner
from schema.build import build_schema

SCHEMA = build_schema()._schema
QUERIES = sorted(Path("gateway/explorer/queries").glob("*.graphql"))


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.stem)
@pytest.mark.parametrize("role", Role, ids=lambda role: role.name)
def test_a_starter_query_never_falls_back(file, role):
    document = parse(file.read_text("utf-8"))
    assert validate(SCHEMA, document) == []
    caller = Caller(subject="t", visibility=Visibility(role=role, brand="b"))
    planner = Planner(SCHEMA)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    for operation in operations:
        if operation.operation is OperationType.SUBSCRIPTION:
            continue  # it is followed, not planned: tests/gateway/live
        plan = planner.plan(document, operation.name and operation.name.value, caller)
        assert plan.fallback is None
        assert plan.weight > 0
