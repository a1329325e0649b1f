"""A simulated Meituan takeaway platform: signed calls, JSON in texts, numbers that expire."""

from demo.meituan.app import create_meituan

__all__ = ["create_meituan"]
