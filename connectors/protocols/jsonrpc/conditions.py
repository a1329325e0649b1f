"""Conditions of a search, in the prefix form that Odoo and Tryton share: a list is an `and`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.errors import BadInput
from capabilities.time import from_micros, local_date
from connectors.manifest.model import Ordering, Section
from connectors.ports.wanted import Wanted
from connectors.protocols.jsonrpc.convention import Convention

# Texts have seconds and their columns more: a bound is as much wider.
_SECOND = timedelta(seconds=1)
_EVERY = "*"


def among(field: str, values: Sequence[str], literal: str = "text") -> list[Any]:
    """A field that is one of some values."""
    return [field, "in", [typed(value, literal) for value in values]]


def typed(value: str, literal: str) -> str | int:
    """A key as its field holds it; a whole number of any size is never a float."""
    if literal == "text":
        return value
    try:
        return int(value)
    except ValueError:
        raise BadInput("a key is no whole number") from None


def of_list(
    wanted: Wanted, section: Section, convention: Convention, zone: ZoneInfo
) -> list[list[Any]]:
    """What restricts a list, from the place's own moment on, without rows that were read there."""
    found: list[list[Any]] = [[name, "=", value] for name, value in section.fixed.items()]
    if wanted.customers is not None and section.by_customer is not None:
        own = section.by_customer.own
        found.append(among(own.field, wanted.customers, own.literal))
    if section.channel.push is not None and _EVERY not in wanted.channels:
        found.append(among(section.channel.push, list(wanted.channels)))
    found += [among(name, values) for name, values in wanted.pushed.items()]
    if wanted.known:
        found.append(["id", "not in", [int(one) for one in wanted.known]])
    if section.order is not None:
        found += _window(wanted, section.order, convention, zone)
    return found


def _window(
    wanted: Wanted, order: Ordering, convention: Convention, zone: ZoneInfo
) -> list[list[Any]]:
    since, until = wanted.since, wanted.until
    if wanted.after is not None:
        place = from_micros(wanted.after.value)
        if wanted.newest_first:
            until = place if until is None else min(until, place)
        else:
            since = place if since is None else max(since, place)
    is_date = order.cast == "date"
    found: list[list[Any]] = []
    if since is not None:
        day = convention.day(local_date(since, zone))
        found.append([order.by, ">=", day if is_date else convention.moment(since - _SECOND)])
    if until is not None:
        day = convention.day(local_date(until, zone))
        found.append([order.by, "<=", day if is_date else convention.moment(until + _SECOND)])
    return found
