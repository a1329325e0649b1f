"""Texts of a description as a draft writes them: whatever they hold, they stay one text."""

import re

import yaml

_PLAIN = re.compile(r"[\w./ -]*")


def written(text: str) -> str:
    """A text as YAML writes it on one line, quoted where it has to be, also within braces."""
    style = None if _PLAIN.fullmatch(text) else '"'
    dumped: str = yaml.safe_dump(text, allow_unicode=True, width=10_000, default_style=style)
    return dumped.partition("\n")[0]
