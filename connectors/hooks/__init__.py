"""Hooks: what systems tell us by themselves, declared in their manifests, proved and read."""

from connectors.hooks.declared import Hooks, Part, hooks_schema
from connectors.hooks.hook import Delivered, Heard, Hook, HookRefused, is_ping, open_hook

__all__ = [
    "Delivered",
    "Heard",
    "Hook",
    "HookRefused",
    "Hooks",
    "Part",
    "hooks_schema",
    "is_ping",
    "open_hook",
]
