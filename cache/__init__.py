"""What is kept close, in Redis, which may lose everything at any moment."""

from cache.connection import Near
from cache.crosswalk import CachedCrosswalk, CrosswalkAnswer

__all__ = ["CachedCrosswalk", "CrosswalkAnswer", "Near"]
