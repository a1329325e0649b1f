"""Attributes of a manifest: what rows tell for profiles, in our words and one spelling."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from capabilities.member.records import Contact, ToldAttribute
from connectors._kit import Decoder
from connectors.manifest import At, ManifestError, compile_manifest, read_manifest

TEXT = """\
system: acme_club
title: Acme
version: "7"
protocol: rest
address: "{{base_url}}"
paging: {{ limit: l, offset: o, sort: s, direction: d }}
memberships:
  resource: members
  channel: {{ const: shop }}
  by_key: {{ param: include }}
  record: {{ number: id, contact: {{ record: {{ name: who }} }} }}
  attributes:
{attributes}
"""
MAPPING = SimpleNamespace(pets=lambda pets: [one["kind"] for one in pets or ()])


def told(row, *lines):
    text = TEXT.format(attributes="\n".join(f"    {line}" for line in lines))
    manifest = read_manifest(text, "acme.yaml", MAPPING)
    section = compile_manifest(manifest, MAPPING).sections["memberships"]
    unknown = []
    at = At(
        connector="club",
        system="acme_club",
        version="acme_club/7",
        channels={},
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda *seen: unknown.append(seen),
    )
    return section.record(Decoder(section.row_type).decode(row), at).contact, unknown


@pytest.mark.parametrize(
    ("spec", "row", "values"),
    [
        ("lang", '"lang": " zh "', ["zh"]),
        ("lang", '"lang": ""', []),
        ("{ from: born, as: date }", '"born": "1990-11-02"', ["1990-11-02"]),
        ("{ from: size, as: decimal }", '"size": "38.50"', ["38.5"]),
        ("{ from: size, as: integer }", '"size": 100', ["100"]),
        ("{ from: vip, as: flag }", '"vip": "X"', ["true"]),
        ("{ from: likes, split: ',' }", '"likes": "茶, 坚果,,茶"', ["茶", "坚果"]),
        (
            "{ call: pets, of: [pets] }",
            '"pets": [{"kind": "CAT"}, {"kind": "DOG"}]',
            ["CAT", "DOG"],
        ),
        ("\"meta[?key=='born'].value | [0]\"", '"meta": [{"key": "born", "value": "x"}]', ["x"]),
        ("long", f'"long": "{"x" * 201}"', []),
    ],
)
def test_a_row_tells_values_in_one_spelling(spec, row, values):
    contact, unknown = told(f'{{"id": 1, {row}}}'.encode(), f"some: {spec}", "none: nothing")
    assert contact.attributes == tuple(ToldAttribute("some", value) for value in values)
    assert unknown == []
    assert "zh" not in repr(contact.attributes)


def test_words_of_the_system_become_ours_and_unknown_ones_are_counted():
    line = 'gender: { from: sex, map: { "1": MALE, "2": FEMALE }, confidence: 80, none: ["0"] }'
    contact, _ = told(b'{"id": 1, "who": "Li", "sex": 2}', line)
    assert contact == Contact(name="Li", attributes=(ToldAttribute("gender", "FEMALE", 0.8),))
    contact, unknown = told(b'{"id": 1, "sex": 9}', line)
    assert (contact.attributes, unknown) == ((), [("memberships.attributes.gender", "9")])
    assert told(b'{"id": 1, "sex": 0}', line)[0].attributes == ()


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("Birthday: born", "MANIFEST_BAD_VALUE", 12),
        ("birthday: { from: born, as: instant }", "MANIFEST_BAD_CHOICE", 13),
        ("birthday: { from: born, confidence: 200 }", "MANIFEST_BAD_VALUE", 13),
        ("birthday: { call: nowhere, of: [born] }", "MANIFEST_UNKNOWN_FUNCTION", 13),
        ("birthday: 'a[?'", "MANIFEST_BAD_PATH", 13),
    ],
)
def test_what_is_wrong_is_said_with_its_place(line, code, place):
    with pytest.raises(ManifestError) as caught:
        told(b"{}", line)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert caught.value.faults[0].line == place
