"""Secrets come by reference and show themselves to nobody."""

import copy
import pickle

import pytest

from capabilities.errors import BadInput
from connectors._kit import Secret, resolve


def test_a_reference_to_the_environment():
    assert resolve("env:SAP_PASSWORD", {"SAP_PASSWORD": "s3cret"}).reveal() == "s3cret"


def test_a_reference_to_a_file(tmp_path):
    place = tmp_path / "password"
    place.write_text("s3cret\n")
    assert resolve(f"file:{place}").reveal() == "s3cret"


@pytest.mark.parametrize("reference", ["env:NOT_SET", "env:EMPTY", "file:/not/there", "file:/"])
def test_a_missing_secret_names_its_reference(reference):
    with pytest.raises(BadInput, match=reference) as caught:
        resolve(reference, {"EMPTY": ""})
    assert caught.value.code == "SECRET_MISSING"


@pytest.mark.parametrize("reference", ["hunter2", "vault:hunter2", "env:", "file:", ""])
def test_a_secret_in_place_of_its_reference_is_not_repeated(reference):
    with pytest.raises(BadInput) as caught:
        resolve(reference, {})
    assert caught.value.code == "SECRET_REFERENCE_INVALID"
    assert "hunter2" not in f"{caught.value!r}{caught.value!s}"


def test_it_hides_itself():
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)
    assert secret == Secret("hunter2")
    assert secret != Secret("other")
