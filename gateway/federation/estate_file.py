"""The estate as an operator writes it: one YAML file, every fault with its line."""

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from capabilities.errors import SantongError
from capabilities.estate import (
    CachePolicy,
    Capability,
    Channel,
    ChannelKind,
    ConnectorSpec,
    Limits,
)
from gateway.federation.cache_policy import DURATION_RULE, CacheRow, CacheTable, policy_of

_EVERY_ROW = "*"
_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
_WORD_RULE = "write 1 to 40 letters, digits, - or _; it stands in ids"


class EstateFault(SantongError):
    """The estate file cannot be put in force; the message says where and what is allowed."""

    code = "ESTATE_INVALID"


class EstatePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an estate file says, checked."""

    brand: str
    time_zone: str
    channels: tuple[Channel, ...]
    connectors: tuple[ConnectorSpec, ...]


class _ChannelRow(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    name: str
    kind: ChannelKind
    time_zone: str | None = None


class _ConnectorRow(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    system: str
    settings: dict[str, str] = {}
    secrets: dict[str, str] = {}
    limits: Limits = Limits()
    cache: CacheTable = CacheTable()
    channels: dict[Capability, str | dict[str, str]] = {}


class _EstateRow(msgspec.Struct, forbid_unknown_fields=True):
    brand: str
    channels: list[_ChannelRow]
    connectors: list[_ConnectorRow]
    time_zone: str = "Asia/Shanghai"


def read_estate(path: Path) -> EstatePlan:
    """The estate of a file; EstateFault with file, line and path of what is wrong."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise EstateFault(f"{path}: the estate file cannot be read") from exc
    return parse_estate(text, str(path))


def parse_estate(text: str, name: str = "estate.yaml") -> EstatePlan:
    """As `read_estate`, from the text itself."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise EstateFault(f"{where}: this is no YAML") from exc
    try:
        row = msgspec.convert(raw, _EstateRow)
    except msgspec.ValidationError as exc:
        reason, _, place = str(exc).partition(" - at `")
        keys = _keys(place.rstrip("`"))
        if "matching regex" in reason:
            reason = f"This is no duration; write {DURATION_RULE}"
        choices = _choices(reason, keys)
        raise EstateFault(
            f"{name}:{_line(tree, keys)}: {_dotted(keys)}: {reason}{choices}"
        ) from exc
    return _checked(row, tree, name)


def _checked(row: _EstateRow, tree: yaml.Node | None, name: str) -> EstatePlan:
    _checked_words(row, tree, name)
    codes = [channel.code for channel in row.channels]
    _unique(codes, "channels", tree, name)
    _unique([connector.name for connector in row.connectors], "connectors", tree, name)
    specs = []
    for place, connector in enumerate(row.connectors):
        tables = {cap: _table(table) for cap, table in connector.channels.items()}
        for capability, table in tables.items():
            unknown = sorted(set(table.values()) - set(codes))
            if unknown:
                keys = ["connectors", place, "channels", capability.value]
                raise EstateFault(
                    f"{name}:{_line(tree, keys)}: {_dotted(keys)}: no channel {unknown[0]!r}; "
                    f"channels are {', '.join(sorted(codes))}"
                )
        specs.append(
            ConnectorSpec(
                name=connector.name,
                system=connector.system,
                settings=connector.settings,
                secrets=connector.secrets,
                limits=connector.limits,
                cache=_policies(connector.cache, place, tree, name),
                channels=tables,
            )
        )
    _one_answer(specs, tree, name)
    return EstatePlan(
        brand=row.brand,
        time_zone=row.time_zone,
        connectors=tuple(specs),
        channels=_channels(row),
    )


def _policies(
    table: CacheTable, place: int, tree: yaml.Node | None, name: str
) -> Mapping[Capability, CachePolicy]:
    """What may be kept, and for how long; a capability without a policy is never kept."""
    found = {}
    for capability, row in table.rows():
        try:
            found[capability] = policy_of(row)
        except ValueError as exc:
            keys: list[str | int] = ["connectors", place, "cache", capability.value]
            raise EstateFault(f"{name}:{_line(tree, keys)}: {_dotted(keys)}: {exc}") from exc
    return found


def _channels(row: _EstateRow) -> tuple[Channel, ...]:
    return tuple(
        Channel(
            brand=row.brand,
            code=channel.code,
            name=channel.name,
            kind=channel.kind,
            time_zone=channel.time_zone or row.time_zone,
        )
        for channel in row.channels
    )


def _checked_words(row: _EstateRow, tree: yaml.Node | None, name: str) -> None:
    """Names that can stand in ids, zones that exist."""
    words: list[tuple[list[str | int], str]] = [(["brand"], row.brand)]
    zones: list[tuple[list[str | int], str]] = [(["time_zone"], row.time_zone)]
    for place, channel in enumerate(row.channels):
        words.append((["channels", place, "code"], channel.code))
        if channel.time_zone is not None:
            zones.append((["channels", place, "time_zone"], channel.time_zone))
    words += [(["connectors", place, "name"], one.name) for place, one in enumerate(row.connectors)]
    faults = [(keys, _WORD_RULE) for keys, word in words if not _WORD.fullmatch(word)]
    faults += [(keys, f"no time zone {zone!r}") for keys, zone in zones if not _is_zone(zone)]
    if faults:
        keys, reason = faults[0]
        raise EstateFault(f"{name}:{_line(tree, keys)}: {_dotted(keys)}: {reason}")


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _choices(reason: str, keys: list[str | int]) -> str:
    """What would have been valid, where the set is closed."""
    if "enum value" in reason and "cache" in keys:
        return "; write never, or for how long"
    if "enum value" in reason:
        valid: type[Enum] = ChannelKind if keys[-1:] == ["kind"] else Capability
        return f"; choose from {', '.join(str(one.value) for one in valid)}"
    if "unknown field" in reason:
        row: type[msgspec.Struct] = _EstateRow
        if len(keys) > 1:
            row = _ChannelRow if keys[0] == "channels" else _ConnectorRow
        if keys[-1:] == ["limits"]:
            row = Limits
        if "cache" in keys:
            row = CacheTable if keys[-1] == "cache" else CacheRow
        return f"; choose from {', '.join(row.__struct_fields__)}"
    return ""


def _table(table: str | dict[str, str]) -> Mapping[str, str]:
    return {_EVERY_ROW: table} if isinstance(table, str) else table


def _unique(names: list[str], key: str, tree: yaml.Node | None, name: str) -> None:
    for place, one in enumerate(names):
        if one in names[:place]:
            where = _line(tree, [key, place])
            raise EstateFault(f"{name}:{where}: {key}[{place}]: {one!r} stands here twice")


def _one_answer(specs: list[ConnectorSpec], tree: yaml.Node | None, name: str) -> None:
    """Law 6: exactly one connector answers for a channel and capability."""
    answers: dict[tuple[Capability, str], str] = {}
    for place, spec in enumerate(specs):
        for capability, table in spec.channels.items():
            for channel in sorted(set(table.values())):
                other = answers.setdefault((capability, channel), spec.name)
                if other != spec.name:
                    keys = ["connectors", place, "channels", capability.value]
                    raise EstateFault(
                        f"{name}:{_line(tree, keys)}: {_dotted(keys)}: {other!r} already answers "
                        f"{capability.value} for channel {channel!r}; name one of them only"
                    )


def _keys(place: str) -> list[str | int]:
    """The place of a msgspec message as keys; `[...]` stands for a key that it does not name."""
    keys: list[str | int] = []
    for part in place.removeprefix("$").replace("[", ".[").split("."):
        if part.startswith("["):
            inner = part.strip("[]")
            if inner.isdigit():
                keys.append(int(inner))
        elif part:
            keys.append(part)
    return keys


def _dotted(keys: list[Any]) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.lstrip(".") or "the file"


def _line(tree: yaml.Node | None, keys: list[Any]) -> str:
    """`line:column` of the deepest node on the way that exists."""
    node = tree
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        node = found
    if node is None:
        return "1:1"
    return f"{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None
