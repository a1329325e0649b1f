import pytest

from capabilities.profile.attributes import Observation, surviving
from capabilities.profile.rules import (
    AttributeType,
    KeyRule,
    ProfileRules,
    Survivorship,
    types_of,
)
from tests.capabilities.profile.test_attributes import told


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (AttributeType.TEXT, " 上海 ", "上海"),
        (AttributeType.TEXT, " ", None),
        (AttributeType.TEXT, "x" * 201, None),
        (AttributeType.NUMBER, "38.50", "38.5"),
        (AttributeType.NUMBER, "-0.0", "0"),
        (AttributeType.NUMBER, "100", "100"),
        (AttributeType.NUMBER, "1e9", None),
        (AttributeType.NUMBER, "NaN", None),
        (AttributeType.NUMBER, "３", None),
        (AttributeType.FLAG, "True", "true"),
        (AttributeType.FLAG, "yes", None),
        (AttributeType.DATE, "1990-05-17", "1990-05-17"),
        (AttributeType.DATE, "1990-02-30", None),
        (AttributeType.DATE, "19900517", None),
        (AttributeType.DATE, "1990-W20-4", None),
    ],
)
def test_a_value_has_one_spelling_by_its_type(kind, raw, value):
    rule = KeyRule(type=kind)
    assert rule.read(raw) == value
    if value is not None:
        assert rule.accepts(value)
        assert kind in types_of(value)


def test_what_is_not_of_the_type_or_no_value_never_stands_even_where_it_is_newer():
    rules = ProfileRules(
        keys={
            "size": KeyRule(type=AttributeType.NUMBER),
            "pets": KeyRule(values=("CAT",), survivorship=Survivorship.UNION),
        }
    )
    given = [
        told("38", key="size"),
        told("big", key="size", days=1),
        told("CAT", key="pets"),
        told("COW", key="pets"),
    ]
    assert [one.value for one in surviving(given, rules)] == ["CAT", "38"]


def test_a_record_says_nothing_of_its_value():
    assert "zh" not in repr(told("zh"))
    assert isinstance(told("zh"), Observation)
