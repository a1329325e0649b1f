"""Settings put into a manifest's templates."""

import pytest

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec
from connectors.protocols.settings import filled

SPEC = ConnectorSpec(name="east", system="x", settings={"base_url": "https://east.example"})


def test_a_mark_is_the_name_of_a_setting():
    assert filled("{base_url}/api/{{x}}", SPEC) == "https://east.example/api/{x}"


def test_a_setting_that_is_missing_is_named():
    with pytest.raises(BadInput, match="'user'") as caught:
        filled("{user}", SPEC)
    assert caught.value.code == "SETTING_MISSING"


@pytest.mark.parametrize(
    "template",
    ["{base_url:>999999999}", "{base_url!r}", "{", "}", "{}", "{base_url:{base_url}}"],
)
def test_a_mark_is_nothing_more(template):
    with pytest.raises(BadInput) as caught:
        filled(template, SPEC)
    assert caught.value.code == "MANIFEST_BAD_VALUE"


@pytest.mark.parametrize("template", ["{base_url.__class__}", "{base_url[0]}", "{0}"])
def test_a_mark_reaches_into_nothing(template):
    with pytest.raises(BadInput) as caught:
        filled(template, SPEC)
    assert caught.value.code == "SETTING_MISSING"
