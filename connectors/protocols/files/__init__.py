"""Files that stores and SAP drop into a folder: read here, answered from the platform's copy."""

from connectors.protocols.files.feed import Column, Feed, Group, Void, Words
from connectors.protocols.files.found import Bad, Row, Settled, Skipped
from connectors.protocols.files.names import Named, Pattern
from connectors.protocols.files.reading import read_feed

__all__ = [
    "Bad",
    "Column",
    "Feed",
    "Group",
    "Named",
    "Pattern",
    "Row",
    "Settled",
    "Skipped",
    "Void",
    "Words",
    "read_feed",
]
