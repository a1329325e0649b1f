"""A simulated Youzan shop: a token in the address, sealed names, failures that come with 200."""

from demo.youzan.app import create_youzan

__all__ = ["create_youzan"]
