"""Secrets come by reference and show themselves to nobody."""

import copy
import pickle

import pytest

from capabilities.errors import BadInput
from connectors._kit import Secret, SecretPlaces, resolve


def test_a_reference_to_the_environment(monkeypatch):
    monkeypatch.setenv("SAP_PASSWORD", "s3cret")
    assert resolve("env:SAP_PASSWORD").reveal() == "s3cret"


def test_a_reference_to_a_file(tmp_path):
    place = tmp_path / "password"
    place.write_text("s3cret\n")
    assert resolve(f"file:{place}").reveal() == "s3cret"


@pytest.mark.parametrize("reference", ["env:NOT_SET", "env:EMPTY", "file:/not/there", "file:/"])
def test_a_missing_secret_names_its_reference(reference, monkeypatch):
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(BadInput, match=reference) as caught:
        resolve(reference)
    assert caught.value.code == "SECRET_MISSING"


@pytest.mark.parametrize("reference", ["hunter2", "vault:hunter2", "env:", "file:", ""])
def test_a_secret_in_place_of_its_reference_is_not_repeated(reference):
    with pytest.raises(BadInput) as caught:
        resolve(reference)
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


@pytest.fixture
def bounded(tmp_path, monkeypatch):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "sap").write_text("s3cret\n")
    (tmp_path / "outside").write_text("hunter2")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "good").symlink_to(folder / "sap")
    monkeypatch.setenv("CONNECTOR_SAP", "s3cret")
    monkeypatch.setenv("SANTONG_SECRET_KEY", "hunter2")
    monkeypatch.setenv("HOME_SECRET", "hunter2")
    return SecretPlaces(bounded=True, prefix="CONNECTOR_", folder=folder)


@pytest.mark.parametrize("reference", ["env:CONNECTOR_SAP", "file:sap", "file:good", "file:./sap"])
def test_a_bounded_reference_leads_where_it_may(bounded, reference):
    assert bounded.resolve(reference).reveal() == "s3cret"


@pytest.mark.parametrize(
    "reference",
    [
        "env:SANTONG_SECRET_KEY",
        "env:HOME_SECRET",
        "env:PATH",
        "file:/etc/passwd",
        "file:../outside",
        "file:link",
        "file:/proc/self/environ",
        "file:sap/../../outside",
        "file:\0",
    ],
)
def test_a_bounded_reference_leads_nowhere_else(bounded, reference):
    with pytest.raises(BadInput) as caught:
        bounded.resolve(reference)
    assert caught.value.code == "SECRET_REFERENCE_INVALID"
    assert "hunter2" not in caught.value.message


def test_our_own_settings_are_nobodys_secret_whatever_the_prefix(monkeypatch):
    monkeypatch.setenv("SANTONG_SECRET_KEY", "hunter2")
    with pytest.raises(BadInput):
        SecretPlaces(bounded=True, prefix="SANTONG_").resolve("env:SANTONG_SECRET_KEY")
    with pytest.raises(BadInput):
        SecretPlaces(bounded=True).resolve("env:SANTONG_SECRET_KEY")


def test_without_a_folder_no_file_may_be_referred_to(tmp_path):
    (tmp_path / "x").write_text("hunter2")
    with pytest.raises(BadInput, match="SANTONG_CONNECTOR_SECRETS"):
        SecretPlaces(bounded=True, prefix="C_").resolve(f"file:{tmp_path}/x")


def test_a_sealed_secret_is_unsealed_for_its_connector_and_name():
    places = SecretPlaces(unseal=lambda connector, name, sealed: f"{connector}.{name}.{sealed!r}")
    assert (
        places.resolve("sealed:AQI=", "east", "password").reveal() == "east.password.b'\\x01\\x02'"
    )


@pytest.mark.parametrize("text", ["sealed:AQI=", "sealed:no base64"])
def test_what_cannot_be_unsealed_is_missing(text):
    def unseal(connector, name, sealed):
        raise ValueError("another key")

    for places in (SecretPlaces(), SecretPlaces(unseal=unseal)):
        with pytest.raises(BadInput, match="'password'") as caught:
            places.resolve(text, "east", "password")
        assert caught.value.code == "SECRET_MISSING"
