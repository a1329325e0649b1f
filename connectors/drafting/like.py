"""The manifest of a system that ships, as the start of another one's."""

import re

from connectors.choices import choices
from connectors.drafting.outline import DraftError
from connectors.manifest.load import SYSTEMS


def draft_like(shipped: str, system: str) -> str:
    """Its manifest under another name; DraftError where it does not ship."""
    file = SYSTEMS / shipped / "manifest.yaml"
    known = sorted(path.parent.name for path in SYSTEMS.glob("*/manifest.yaml"))
    if shipped not in known:
        raise DraftError(f"there is no system {shipped!r}; {choices(shipped, known)}")
    text = file.read_text("utf-8")
    functions = "call:" in text or "keep:" in text
    head = [f"# A draft like {shipped}; change what differs, leave out what your system has not."]
    if functions:
        head.append(
            f"# It calls functions of {shipped}/mapping.py: copy that file beside this one."
        )
    renamed = re.sub(r"(?m)^system: .*$", f"system: {system}", text, count=1)
    return "\n".join([*head, renamed])
