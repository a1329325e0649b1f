"""A section's `changes`: the same rows under another order, written as what differs."""

from typing import Any

# What is about the feed itself, and no part of the section that is asked.
_OF_FEED = ("overlap_minutes", "new_apart")


def overlaid(section: dict[str, Any]) -> dict[str, Any]:
    """The section as it is asked for changes, in the manifest's own values."""
    changes = section["changes"]
    differing = {name: one for name, one in changes.items() if name not in _OF_FEED}
    kept = {name: one for name, one in section.items() if name != "changes"}
    fixed = {**section.get("fixed", {}), **changes.get("fixed", {})}
    return {**kept, "search": {}, **differing, **({"fixed": fixed} if fixed else {})}


def of_feed(changes: dict[str, Any]) -> dict[str, Any]:
    """What is said of the feed itself."""
    return {name: one for name, one in changes.items() if name in _OF_FEED}
