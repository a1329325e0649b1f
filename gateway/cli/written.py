"""A file that a person wrote in YAML, as the struct that it is to be."""

from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from capabilities.errors import BadInput

T = TypeVar("T")


def read_written(path: Path, kind: type[T], code: str) -> T:
    """The file as a struct; BadInput with the place of what is wrong in it."""
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
        return msgspec.convert(found, kind)
    except OSError as exc:
        raise BadInput(f"{path} cannot be read: {exc.strerror}", code=code) from None
    except (yaml.YAMLError, ValueError) as exc:
        told = " ".join(str(exc).split())
        raise BadInput(f"{path}: {told}", code=code) from None
