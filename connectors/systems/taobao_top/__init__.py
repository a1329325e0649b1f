"""Taobao and Tmall over the Taobao Open Platform."""
