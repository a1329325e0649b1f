"""One connector as a text of its own: what it says, and every fault with its place."""

import pytest

from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorOrigin
from connectors.manifest import ManifestError
from gateway.federation.definition import MAX_CHARACTERS, Entry, read_definition

GOOD = """\
name: east
settings: { base_url: "https://east.example" }
secrets: { password: "env:EAST" }
new_channels:
  - { code: east, name: 东区, kind: STORE }
channels: { order: east }
manifest:
  # a comment
  system: east_shop
  title: East
  version: "1"
  protocol: rest
  address: "{base_url}"
  paging: { limit: limit, offset: skip, sort: sort, direction: dir }
  orders:
    resource: orders
    channel: { from: origin }
    record: { number: id, placed_at: { from: created, as: instant, zone: UTC } }
    order: { ties: complete, by: created, before: until, after: since }
    by_key: { param: ids, keys: "[0-9]{1,12}" }
limits: { deadline_ms: 900 }
"""


def entry(text, **changes):
    known = {"place": "east.yaml", "name": "east", "origin": ConnectorOrigin.FOLDER}
    return Entry(text=text, **(known | changes))


def test_a_definition_is_a_connector_with_its_manifest():
    definition = read_definition(entry(GOOD))
    spec = definition.spec
    assert (spec.name, spec.system, spec.origin) == ("east", "east_shop", ConnectorOrigin.FOLDER)
    assert spec.limits.deadline_ms == 900
    assert spec.channels == {Capability.ORDER: {"*": "east"}}
    assert "system: east_shop" in spec.manifest
    assert [one.code for one in definition.new_channels] == ["east"]


def test_sealed_secrets_go_before_those_that_are_written():
    spec = read_definition(entry(GOOD, sealed={"password": "sealed:x", "token": "sealed:y"})).spec
    assert spec.secrets == {"password": "sealed:x", "token": "sealed:y"}


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (("name: east\n", "name: e a s t\n"), "1:7", "letters, digits"),
        (("kind: STORE", "kind: SHOP"), "5:35", "choose from STORE"),
        (("code: east", "code: ea/st"), "5:13", "letters, digits"),
        (("limits: { deadline_ms: 900 }", "limits: { deadline: 900 }"), "21:9", "deadline_ms"),
        (("channels: { order", "channels: { basket"), "6:11", "choose from member"),
        (("name: east\n", "name: east\nsystem: other\n"), "2:9", "'east_shop'"),
        (("name: east\n", "name: east\ncolour: red\n"), "1:1", "new_channels"),
        (('"env:EAST"', "hunter2"), "3:22", "given apart"),
    ],
)
def test_a_fault_says_where_and_what_would_be_right(change, place, words):
    with pytest.raises(SantongError) as caught:
        read_definition(entry(GOOD.replace(*change, 1)))
    assert caught.value.message.startswith(f"east.yaml:{place}")
    assert words in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_fault_of_the_manifest_has_the_line_of_the_whole_text():
    with pytest.raises(ManifestError) as caught:
        read_definition(entry(GOOD.replace("resource: orders", "resurce: orders")))
    fault = caught.value.faults[0]
    line = GOOD.splitlines().index("    resource: orders") + 1
    assert (fault.file, fault.line, fault.column) == ("east.yaml", line, 5)
    assert "did you mean 'resource'" in fault.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "- a",
        "{a: {b: [}",
        "? [a]\n: b",
        "[" * 5000,
        "&a [*a]",
        "name: east",
        "name: east\nsystem: ospos\nmanifest: [",
        "x" * (MAX_CHARACTERS + 1),
        "name: east\nmanifest: {}",
        "name: east\nmanifest: 7",
        "\x00",
        "a: &a [x, x]\nname: *a",
    ],
)
def test_what_says_nothing_is_refused_and_nothing_else_happens(text):
    with pytest.raises(SantongError) as caught:
        read_definition(entry(text))
    assert caught.value.message.startswith("east.yaml")
