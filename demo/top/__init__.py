"""A simulated Taobao Open Platform: signed calls, and failures that come with status 200."""

from demo.top.app import create_top

__all__ = ["create_top"]
