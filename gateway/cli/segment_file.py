"""A segment as a command is given it: a name, or a file of its own."""

from pathlib import Path

import yaml

from capabilities.errors import BadInput
from capabilities.segment.records import Segment, SegmentDraft, read_draft
from store.owned import Owned
from store.profile.segments import Segments


def read_file(path: Path) -> SegmentDraft:
    """The segment of a YAML or JSON file."""
    try:
        raw = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise BadInput(f"{path} cannot be read as YAML", code="SEGMENT_INVALID") from exc
    return read_draft(raw)


async def given_segment(owned: Owned, name_or_file: str) -> Segment | SegmentDraft:
    """The segment of a name, or of a file where it is written like one."""
    if name_or_file.endswith((".yaml", ".yml", ".json")):
        return read_file(Path(name_or_file))
    found = await Segments(owned.store, owned.brand).named(name_or_file)
    if found is None:
        raise BadInput(f"there is no segment {name_or_file!r}", code="SEGMENT_UNKNOWN")
    return found
