"""Exports of people: every role by every set of columns, with a reason and without."""

import pytest

from capabilities.caller import Role
from capabilities.errors import BadInput, Forbidden
from capabilities.visibility import POLICY
from gateway.cli.segment_export import checked_columns

MASKED = {Role.SERVICE, Role.OPERATIONS, Role.ADMIN}
CLEAR = {Role.SERVICE}
SETS = [frozenset(), frozenset({"name"}), frozenset({"phone"}), frozenset({"name", "phone"})]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("columns", SETS, ids=lambda one: "-".join(sorted(one)) or "masked")
def test_a_role_exports_what_is_its_and_in_the_clear_with_a_reason_only(role, columns):
    if role not in (CLEAR if columns else MASKED):
        with pytest.raises(Forbidden):
            checked_columns(columns, role, "ticket 1")
        return
    assert checked_columns(columns, role, "ticket 1") == columns
    for reason in (None, "", "  "):
        if columns:
            with pytest.raises(BadInput) as refused:
                checked_columns(columns, role, reason)
            assert refused.value.code == "REASON_MISSING"
        else:
            assert checked_columns(columns, role, reason) == columns


def test_nobody_has_more_in_a_file_than_in_the_graph():
    assert POLICY.row("Query", "members") >= MASKED
    assert POLICY.row("Member", "unmasked") >= CLEAR


@pytest.mark.parametrize("column", ["address", "email", "one_id", ""])
def test_nothing_else_is_unmasked(column):
    with pytest.raises(BadInput):
        checked_columns(frozenset({column}), Role.ADMIN, "ticket 1")
