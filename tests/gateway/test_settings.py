"""Settings: every one has its row in the docs, and none shows a secret."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gateway.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def row(name: str) -> str:
    field = Settings.model_fields[name]
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        default = str(default).lower()
    if isinstance(default, tuple):
        default = json.dumps(default)
    shown = "none" if default in (None, "") else f"`{default}`"
    return f"| `SANTONG_{name.upper()}` | {shown} | {field.description} |"


def test_the_page_has_every_setting_and_no_other():
    expected = [row(name) for name in Settings.model_fields]
    written = [one for one in PAGE.read_text("utf-8").splitlines() if one.startswith("| `SANTONG_")]
    assert written == expected


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


SECRET = "an-invented-secret-of-more-than-thirty-two"


@pytest.mark.parametrize(
    "show", [repr, str, lambda one: one.model_dump_json(), lambda one: str(one.model_dump())]
)
def test_no_secret_is_shown(show):
    settings = Settings(
        secret_key=SecretStr(SECRET),
        database_url=SecretStr(f"postgresql://u:{SECRET}@db/santong"),
        redis_url=SecretStr(f"redis://:{SECRET}@near/0"),
    )
    assert SECRET not in show(settings)
    assert settings.key() == SECRET.encode()


def test_settings_come_from_the_environment_and_do_not_change(monkeypatch):
    monkeypatch.setenv("SANTONG_PORT", "8123")
    monkeypatch.setenv("SANTONG_CORS_ORIGINS", '["https://shop.example"]')
    monkeypatch.setenv("SANTONG_INTROSPECTION", "false")
    settings = Settings()
    assert (settings.port, settings.introspection) == (8123, False)
    assert settings.cors_origins == ("https://shop.example",)
    with pytest.raises(ValidationError):
        settings.port = 1


@pytest.mark.parametrize("key", ["", "short", "a" * 31])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(ValueError, match="SANTONG_SECRET_KEY must hold at least 32"):
        Settings(secret_key=SecretStr(key)).key()


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "70000"), ("max_depth", "0"), ("body_timeout_seconds", "0"), ("processes", "0")],
)
def test_a_value_out_of_bounds_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"SANTONG_{name.upper()}", value)
    with pytest.raises(ValidationError):
        Settings()
