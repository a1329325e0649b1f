"""Every way out of a connector goes through the operator's rules of addresses."""

import ast
from pathlib import Path

import pytest

from tests.layout.parsed import parsed

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "connectors").rglob("*.py"))
# What must be given so that the rules are those of the connector.
GIVEN = {"Wire": "upstream", "SqlClient": "upstream", "Upstream": "addresses"}
# Who may connect, behind an endpoint that was checked.
CONNECTING = {
    "connectors/_kit/pool.py",
    "connectors/protocols/sql/postgresql.py",
    "connectors/protocols/sql/mysql.py",
    "connectors/protocols/sql/sqlserver.py",
    "connectors/protocols/sql/pooled.py",  # takes a connection of its pool
    "connectors/connector.py",  # its own `connect` makes a connector
}
# A default for what is made without a connector, as in tests.
DEFAULTS = {"connectors/_kit/wire.py", "connectors/protocols/sql/client.py"}
_WAYS = {
    "create_connection",
    "create_unix_connection",
    "open_connection",
    "open_unix_connection",
    "start_connection",
    "urlopen",
    "connect",
}


def calls(path):
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_wire_is_made_under_the_rules_of_its_connector(path):
    if str(path.relative_to(ROOT)) in DEFAULTS:
        return
    for name, call in calls(path):
        if (needed := GIVEN.get(name)) is not None:
            given = {one.arg for one in call.keywords} | (
                {"addresses"} if len(call.args) > 4 else set()
            )
            assert needed in given, f"{path}:{call.lineno}: {name} without `{needed}`"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_else_connects(path):
    if str(path.relative_to(ROOT)) not in CONNECTING:
        assert [name for name, _ in calls(path) if name in _WAYS] == []
    foreign = {"httpx", "aiohttp", "requests", "urllib3"}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            assert not foreign & {one.name.partition(".")[0] for one in node.names}
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in foreign
