"""What is kept close, in Redis, which may lose everything at any moment."""

from cache.answering import Answering
from cache.answers import Fetched, Served
from cache.connection import Near
from cache.counts import Counts
from cache.crosswalk import CachedCrosswalk, CrosswalkAnswer
from cache.drops import Tag
from cache.entity_cache import EntityCache
from cache.loads import Loads
from cache.questions import LISTS, QUESTIONS
from cache.shelf import Scope

__all__ = [
    "LISTS",
    "QUESTIONS",
    "Answering",
    "CachedCrosswalk",
    "Counts",
    "CrosswalkAnswer",
    "EntityCache",
    "Fetched",
    "Loads",
    "Near",
    "Scope",
    "Served",
    "Tag",
]
