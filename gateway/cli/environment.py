"""The settings of a command: the environment, and beneath it those of the demo that runs here."""

import os

from pydantic import ValidationError

from capabilities.errors import BadInput
from gateway.cli.box.state import read_state
from gateway.keys import keyring
from gateway.settings import Settings

_INVALID = "SETTINGS_INVALID"


def read_settings() -> Settings:
    """The environment's settings; BadInput names those that are wrong, without their values."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"SANTONG_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise BadInput("; ".join(wrong), code=_INVALID) from None


def command_settings() -> Settings:
    """Settings for a command that talks to a gateway; the demo's own where nothing else is set."""
    settings = read_settings()
    state = read_state(settings.home)
    if state is None or settings.secret_key.get_secret_value():
        return settings
    for name, value in state.environment.items():
        os.environ.setdefault(name, value)
    return read_settings()


def signing_settings(settings: Settings) -> Settings:
    """The same settings; BadInput where they hold no key to sign with."""
    try:
        settings.key()
        keyring(settings)
    except ValueError as error:
        hint = f"or start the demo with `make demo`; SANTONG_HOME is {settings.home.absolute()}"
        raise BadInput(f"{error}; {hint}", code=_INVALID) from None
    return settings
