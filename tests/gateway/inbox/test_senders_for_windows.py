"""docs/senders/*.ps1: nothing here runs PowerShell, so they are parsed, and read beside the others.

No registry that the build reaches carries a PowerShell; what a grammar and a comparison can find,
is looked for.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tree_sitter import Language, Node, Parser
from tree_sitter_powershell import language

SENDERS = Path(__file__).parents[3] / "docs" / "senders"
SCRIPTS = sorted(SENDERS.glob("*.ps1"))
# What PowerShell 3 and .NET 4 have; another name is a slip, or needs something newer.
COMMANDS = {
    *("ConvertFrom-Json", "ConvertTo-Json", "ForEach-Object", "Get-ChildItem", "Join-Path"),
    *("Move-Item", "New-Object", "Set-StrictMode", "Sort-Object", "Start-Sleep", "Test-Path"),
    *("Where-Object", "Write-Host"),
}
AUTOMATIC = {"_", "ErrorActionPreference", "false", "null", "true"}
# Heads, refusals and settings that a sender must speak of, by what it sends.
SAID = {
    "santong_send": [
        *("Santong-Batch", "Santong-Signature", "INBOX_CLOCK", "lastKey", "wanted", "POST"),
        *("sender", "table", "sequence", "rows", "sha256", "time", "first", "last", "children"),
        *("key_file", "state", "encoding", "batch", "every", "start", "query"),
    ],
    "santong_send_files": [
        *("Santong-Batch", "Santong-Signature", "INBOX_CLOCK", "wanted", "POST", "retryAfter"),
        *("sender", "file", "size", "sha256", "offset", "part", "time", "whole", "429", "409"),
        *("key_file", "state", "folder", "pattern", "settle", "every"),
    ],
}


def parsed(text: str) -> Node:
    return Parser(Language(language())).parse(text.encode()).root_node


def nodes(root: Node) -> Iterator[Node]:
    yield root
    for child in root.children:
        yield from nodes(child)


def faults(text: str) -> list[str]:
    found = (one for one in nodes(parsed(text)) if one.type == "ERROR" or one.is_missing)
    return [f"{one.type} at {one.start_point}" for one in found]


def words(root: Node, kind: str) -> set[str]:
    return {one.text.decode() for one in nodes(root) if one.type == kind and one.text}


@pytest.fixture(params=SCRIPTS, ids=lambda path: path.stem)
def script(request):
    return request.param


def test_it_is_parsed_without_a_fault_and_short(script):
    text = script.read_text("utf-8")
    assert faults(text) == []
    assert len(text.splitlines()) < 100
    assert "no test runs it" in text


def test_a_bracket_a_quote_or_a_word_that_is_lost_is_noticed(script):
    text = script.read_text("utf-8")
    for lost in ("param(", "try {", "} finally {", "'POST'"):
        assert lost in text
        assert faults(text.replace(lost, lost[:-1], 1))
    assert faults(text.replace("{", "", 1))
    assert faults(text + "}")


def test_it_calls_what_old_windows_has_and_nothing_that_is_not_there(script):
    root = parsed(script.read_text("utf-8"))
    own = words(root, "function_name")
    called = words(root, "command_name")
    assert called <= COMMANDS | own, called - COMMANDS - own
    assert own <= called, "a function that nobody calls"


def test_every_variable_is_given_a_value_before_it_is_read(script):
    """Under strict mode a slip in a name would stop the script when it is met."""
    text = script.read_text("utf-8")
    root = parsed(text)
    read = {one.removeprefix("$").removeprefix("script:") for one in words(root, "variable")}
    read = {one.strip("{}") for one in read} - AUTOMATIC
    given = set()
    for one in nodes(root):
        if one.type in {"left_assignment_expression", "script_parameter", "foreach_statement"} or (
            one.type in {"function_parameter_declaration", "post_increment_expression"}
        ):
            given |= {
                word.removeprefix("$").removeprefix("script:") for word in words(one, "variable")
            }
    assert read <= given, read - given


def test_it_says_what_the_other_script_says(script):
    text, other = (script.with_suffix(end).read_text("utf-8") for end in (".ps1", ".py"))
    missing = [word for word in SAID[script.stem] if word not in text or word not in other]
    assert missing == []
    assert set(SAID) == {path.stem for path in SCRIPTS}
