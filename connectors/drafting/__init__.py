"""Drafts: a manifest to start from, guessed from what a system says of itself."""

from connectors.drafting.draft import draft
from connectors.drafting.like import draft_like
from connectors.drafting.outline import DraftError, Entity, Found, Outline
from connectors.drafting.sources import SOURCES, outline_of, read_outline

__all__ = [
    "SOURCES",
    "DraftError",
    "Entity",
    "Found",
    "Outline",
    "draft",
    "draft_like",
    "outline_of",
    "read_outline",
]
