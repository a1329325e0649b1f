"""Bodies of operations: values are text and never markup, whatever they hold."""

import pytest
from lxml import etree

from capabilities.errors import BadInput
from connectors.protocols.soap.template import Template

HOSTILE = (
    *(
        "</id><id>1",
        "<![CDATA[x]]>",
        "&amp;",
        "&x;",
        "<!-- x -->",
        "]]>",
        "<?x y?>",
        "'\"",
        "{keys}",
    ),
    *("<!DOCTYPE a>", "林小满😀", " a ", "\\u0000", "%s", "{{x}}"),
)


def _xml(text: str, values: dict, **more) -> str:
    found = Template(text, "op", more.get("spaces", {}), more.get("own", "")).filled(values)
    return "".join(etree.tostring(one, encoding="unicode") for one in found)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("<a>{x}</a>", {"x": "1"}, "<a>1</a>"),
        ("<a>from {x} to {y}</a>", {"x": "1", "y": "2"}, "<a>from 1 to 2</a>"),
        ("<a>{x}</a><b>2</b>", {"x": None}, "<b>2</b>"),
        ("<a>{x}</a><b>2</b>", {}, "<b>2</b>"),
        ("<a><i>{k}</i></a>", {"k": ["1", "2"]}, "<a><i>1</i><i>2</i></a>"),
        ("<f><a><i>{k}</i></a></f><b/>", {"k": None}, "<b/>"),
        ("<f><a><i>{k}</i></a></f><b/>", {"k": []}, "<b/>"),
        ("<f><a>{x}</a><c>1</c></f>", {}, "<f><c>1</c></f>"),
        ("<f> <a>1</a> </f>", {}, "<f><a>1</a></f>"),
        ("<f><k>status</k><v>{x}</v></f>", {"x": "done"}, "<f><k>status</k><v>done</v></f>"),
    ],
)
def test_what_has_no_value_is_left_out(text, values, expected):
    assert _xml(text, values) == expected


def test_a_template_is_used_again_and_again():
    template = Template("<a><i>{k}</i></a>", "op", {})
    for keys in (["1"], ["2", "3"], ["1"]):
        (found,) = template.filled({"k": keys})
        assert [one.text for one in found] == keys
    assert template.marks == {"k"}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_text(value):
    (found,) = Template("<a><id>{keys}</id></a>", "op", {}).filled({"keys": [value]})
    again = etree.fromstring(etree.tostring(found))
    assert [(one.tag, one.text) for one in again] == [("id", value)]
    assert len(again[0]) == 0


@pytest.mark.parametrize("value", ["a\x00b", "\x1b", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_refused_and_not_shown(value):
    with pytest.raises(BadInput) as caught:
        Template("<a>{x}</a>", "op", {}).filled({"x": value})
    assert value not in caught.value.message


def test_elements_have_name_spaces_where_the_service_wants_them():
    assert _xml("<a>1</a>", {}) == "<a>1</a>"
    assert _xml("<a>1</a>", {}, own="urn:x") == '<a xmlns="urn:x">1</a>'
    spaces = {"t": "urn:t"}
    (found,) = Template("<t:a>1</t:a>", "op", spaces).filled({})
    assert found.tag == "{urn:t}a"


@pytest.mark.parametrize(
    "text", ["<a>", "<a/></b>", "&x;", "<!-- x -->", "<?x y?>", "<t:a/>", "<a x=1/>", "a < b"]
)
def test_what_is_no_body(text):
    with pytest.raises(ValueError, match=r"\w"):
        Template(text, "op", {})
