"""What people are told, by code, in every language that they may prefer."""

from collections.abc import Mapping

Said = Mapping[str, Mapping[str, str]]
