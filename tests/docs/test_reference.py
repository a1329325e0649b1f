"""The reference pages say what the code says, no more and no less."""

import json
import re
from datetime import timedelta

import msgspec
import pytest
import typer
from msgspec.structs import fields

from capabilities.adoption.bounds import DEMO, STANDARD, Bounds
from capabilities.adoption.spans import span
from capabilities.estate import Capability, ChannelKind, Limits
from capabilities.load import Blackout, LoadAgreement, LoadWindow
from capabilities.native import CLASSES
from capabilities.schedule import Schedule
from connectors.manifest.model import (
    SECTIONS,
    Changes,
    ChannelFrom,
    Field,
    Filter,
    Lookup,
    Manifest,
    NativeSpec,
    Ordering,
    Search,
    Section,
)
from connectors.manifest.schema import CASTS, FILTERS
from connectors.protocols.auth_kinds import KINDS, Auth, LogonCall, Showing
from connectors.protocols.files import Feed
from connectors.protocols.rest.declared import PAGING, Paging
from connectors.protocols.soap.declared import Service
from connectors.protocols.sql.options import SqlDatabase
from connectors.protocols.table import PROTOCOLS
from gateway.cli import app
from gateway.federation import connector_row, definition, estate_file
from gateway.federation.cache_policy import CacheRow
from gateway.observe import Metrics
from gateway.trace import Call, Question, Trace
from tests.docs.doc_blocks import ROOT, table_rows

_REFERENCE = ROOT / "docs" / "reference"


def _page(name):
    return (_REFERENCE / f"{name}.md").read_text("utf-8")


def _part(page, heading):
    """The text of one second-level part."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no part {heading!r}"
    return found[1]


def _words(text):
    """What stands in backquotes in the first column of the part's tables."""
    return [word for row in table_rows(text) for word in re.findall(r"`([^`]+)`", row[0])]


# The command line


def _commands():
    group = typer.main.get_command(app)
    found = {}
    waiting = list(group.commands.items())
    for name, command in waiting:
        found[name] = command
        below = getattr(command, "commands", {})
        waiting += [(f"{name} {inner}", one) for inner, one in below.items()]
    return found


_COMMANDS = _commands()


def _shown(parameter):
    """An option as `--name`, an argument in capitals."""
    is_option = parameter.param_type_name == "option"
    return parameter.opts[0] if is_option else (parameter.metavar or parameter.name).upper()


def test_every_command_is_described_and_no_other():
    headings = re.findall(r"^## `santong (.+)`$", _page("cli"), re.MULTILINE)
    runnable = {
        name
        for name, one in _COMMANDS.items()
        if not getattr(one, "commands", None) or one.invoke_without_command
    }
    assert sorted(headings) == sorted(runnable)


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_a_command_has_its_help_and_parameters(name):
    command = _COMMANDS[name]
    if getattr(command, "commands", None) and not command.invoke_without_command:
        return  # a group that does nothing by itself
    part = _part(_page("cli"), f"`santong {name}`")
    told = {_shown(one): one.help for one in command.params if one.name != "help"}
    assert {row[0].strip("`"): row[-1] for row in table_rows(part)} == told
    if not getattr(command, "commands", None):
        assert (command.help or "").splitlines()[0] in part


# The gates of adoption


def test_every_value_of_a_gate_is_described_with_its_production_and_demo():
    rows = table_rows(_part(_page("adoption-gates"), "Values"))
    keys = Bounds.__struct_fields__
    assert [row[0].strip("`") for row in rows] == list(keys)
    for key, row in zip(keys, rows, strict=True):
        value = getattr(STANDARD.defaults, key)
        value = value.total_seconds() if isinstance(value, timedelta) else value
        told = [float(one) for one in row[1].split(", ")]
        assert told == list(value if isinstance(value, tuple) else [value]), key
        here = DEMO.durations.get(key)
        assert row[-1] == ("" if here is None else span(here)), key


# The estate file


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("The file", estate_file.EstateRow),
        ("A channel", connector_row.ChannelRow),
        ("A connector", connector_row.ConnectorRow),
    ],
)
def test_every_key_of_the_estate_is_described(part, row):
    assert _words(_part(_page("estate-file"), part)) == list(row.__struct_fields__)


def test_every_key_of_a_connector_by_itself_is_described():
    row = definition.DefinitionRow
    further = set(row.__struct_fields__) - set(connector_row.ConnectorRow.__struct_fields__)
    words = set(_words(_part(_page("estate-file"), "A connector by itself")))
    assert words == {*further, "system"}


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("Load agreement", LoadAgreement),
        ("A window", LoadWindow),
        ("A blackout", Blackout),
        ("A schedule", Schedule),
    ],
)
def test_every_key_of_a_load_agreement_is_described(part, row):
    assert _words(_part(_page("estate-file"), part)) == list(row.__struct_fields__)


def test_every_limit_has_its_default():
    rows = table_rows(_part(_page("estate-file"), "Limits"))
    told = {row[0].strip("`"): json.loads(row[1].replace(",", "")) for row in rows}
    assert told == msgspec.structs.asdict(Limits())


def test_every_key_of_a_cache_policy_is_described():
    words = _words(_part(_page("estate-file"), "Cache"))
    assert words == list(CacheRow.__struct_fields__)


def test_every_kind_and_capability_is_listed():
    page = _page("estate-file")
    assert set(_words(_part(page, "Kinds of channel"))) == {kind.value for kind in ChannelKind}
    assert set(_words(_part(page, "Capabilities"))) == {one.value for one in Capability}


# The manifest

_PARTS = {
    "The file": Manifest,
    "A section": Section,
    "A field": Field,
    "The channel of a row": ChannelFrom,
    "Look-ups": Lookup,
    "The order": Ordering,
    "Searches": Search,
    "Filters": Filter,
}
_WHERE = {
    "file": "the file",
    "section": "a section",
    "lookup": "a look-up",
    "order": "the order",
    "search": "a search",
    "write": "a write",
    "command": "a command",
}


@pytest.mark.parametrize("part", _PARTS)
def test_every_key_of_the_manifest_is_described(part):
    # `moment` is a key of `changes`, which makes a section with one.
    keys = {one.encode_name for one in fields(_PARTS[part])} - {"own", "moment"}
    if part == "The file":
        keys -= set(SECTIONS)
    assert set(_words(_part(_page("manifest"), part))) == keys


def test_every_key_of_changes_is_described():
    keys = {one.encode_name for one in fields(Changes)} - {"section"}
    words = ["moment", "order", "resource", "fixed", "search"]
    assert _words(_part(_page("manifest"), "Changes")) == [*words, *sorted(keys, reverse=True)]


def test_every_key_of_a_native_field_is_described():
    own = set(NativeSpec.__struct_fields__) - set(Field.__struct_fields__)
    rows = table_rows(_part(_page("manifest"), "Native fields"))
    assert {row[0].strip("`") for row in rows[: len(own)]} == own
    assert {row[0].strip("`") for row in rows[len(own) :]} == set(CLASSES)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_key_of_a_protocol_alone_is_described(name):
    rows = table_rows(_part(_page("manifest"), f"Keys of `{name}`"))
    told = {
        (row[1], word) for row in rows if len(row) == 3 for word in re.findall(r"`(\w+)`", row[0])
    }
    keys = PROTOCOLS[name].keys.items()
    assert told == {(_WHERE[level], key) for level, one in keys for key in one.schema}


def test_every_way_to_show_who_calls_is_described():
    part = _part(_page("manifest"), "Who calls")
    told = {row[0].strip("`"): row for row in table_rows(part.partition("| Key of")[0])}
    assert list(told) == list(KINDS)
    for name, kind in KINDS.items():
        assert re.findall(r"`(\w+)`", told[name][2]) == list(kind.needs)
        assert set(kind.may) <= set(re.findall(r"`([\w-]+)`", told[name][3]))
        for word in (*kind.digests, *kind.places):
            assert f"`{word}`" in told[name][3]
    words = set(_words(part))
    for record in (Auth, LogonCall, Showing):
        assert {one.encode_name for one in fields(record)} <= words


def test_every_key_of_a_database_is_described():
    keys = {one.encode_name for one in fields(SqlDatabase)}
    assert set(_words(_part(_page("manifest"), "The block `database`"))) == keys


def test_every_key_of_a_soap_service_is_described():
    keys = {one.encode_name for one in fields(Service)}
    assert set(_words(_part(_page("manifest"), "The block `soap`"))) == keys


def test_every_way_to_give_out_a_list_is_described():
    part = _part(_page("manifest"), "Keys of `rest`").partition("| Key of `paging`")[2]
    assert set(re.findall(r"`(\w+)`", part)) >= {*PAGING, *(one.name for one in fields(Paging))}


def test_every_key_of_a_feed_is_described():
    rows = table_rows(_part(_page("manifest"), "Keys of `files`").partition("### A feed")[2])
    assert {row[0].strip("`") for row in rows} == {one.encode_name for one in fields(Feed)}


def test_every_section_and_its_filters_are_listed():
    rows = table_rows(_part(_page("manifest"), "Sections"))
    told = {row[0].strip("`"): tuple(re.findall(r"`(\w+)`", row[-1])) for row in rows}
    assert told == {name: tuple(FILTERS.get(name, ())) for name in SECTIONS}


def test_every_cast_is_listed():
    assert _words(_part(_page("manifest"), "Casts")) == list(CASTS)


# Metrics, targets


def test_every_metric_is_described_with_its_labels():
    told = {row[0].strip("`"): row[2] for row in table_rows(_page("metrics"))}
    known = {}
    for metric in Metrics().registry._collector_to_names:
        name = metric._name + ("_total" if metric._type == "counter" else "")
        known[name] = ", ".join(f"`{label}`" for label in metric._labelnames) or "–"
    assert told == known


def test_every_target_is_described():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    told = [row[0].strip("`").removeprefix("make ") for row in table_rows(_page("make-targets"))]
    assert sorted(told) == sorted(phony[1].split())


# The plan of an answer


@pytest.mark.parametrize(
    ("name", "row"),
    [("plan", Trace().shown()), ("questions", Question), ("calls", Call)],
    ids=["plan", "questions", "calls"],
)
def test_every_field_of_a_plan_is_described(name, row):
    rows = table_rows(_page("contract").partition("### The plan of an answer")[2])
    told = {word: one[1] for one in rows for word in re.findall(r"`(\w+)`", one[0])}
    if name == "plan":
        assert set(row) <= set(told)
        return
    known = [one.encode_name for one in fields(row)]
    assert re.findall(r"`(\w+)`", told[name])[-len(known) :] == known


# Architecture


def test_every_room_is_described():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    told = {word.rstrip("/") for word in _words(_part(_page("architecture"), "Rooms"))}
    assert rooms <= told
    assert {name for name in told if not (ROOT / name).exists()} == set()
