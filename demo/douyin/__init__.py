"""A simulated Douyin shop (抖店): signed calls, and messages that are lost and repeated."""

from demo.douyin.app import create_douyin

__all__ = ["create_douyin"]
