"""The estate as an operator writes it: one YAML file, every fault with its line."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from capabilities.estate import Channel, ConnectorSpec
from gateway.federation.connector_row import (
    Answerers,
    ChannelRow,
    ConnectorRow,
    check_channels,
    check_word,
    check_zone,
    convert,
)
from gateway.federation.written import EstateFault, Written, parse_written, read_written

__all__ = ["EstateFault", "EstatePlan", "parse_estate", "read_estate"]


class EstatePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an estate file says, checked."""

    brand: str
    time_zone: str
    channels: tuple[Channel, ...]
    connectors: tuple[ConnectorSpec, ...]


class EstateRow(msgspec.Struct, forbid_unknown_fields=True):
    """The file as it is written."""

    brand: str
    channels: list[ChannelRow]
    connectors: list[ConnectorRow]
    time_zone: str = "Asia/Shanghai"


_ROWS: Mapping[str, type[msgspec.Struct]] = {
    "": EstateRow,
    "channels": ChannelRow,
    "connectors": ConnectorRow,
}


def read_estate(path: Path) -> EstatePlan:
    """The estate of a file; EstateFault with file, line and path of what is wrong."""
    return _checked(read_written(path, "the estate file"))


def parse_estate(text: str, name: str = "estate.yaml") -> EstatePlan:
    """As `read_estate`, from the text itself."""
    return _checked(parse_written(text, name))


def _checked(written: Written) -> EstatePlan:
    row = convert(written, EstateRow, _ROWS)
    _check_words(row, written)
    codes = [channel.code for channel in row.channels]
    _unique(codes, "channels", written)
    _unique([connector.name for connector in row.connectors], "connectors", written)
    specs, answerers = [], Answerers()
    for place, connector in enumerate(row.connectors):
        spec = connector.spec(at := written.below("connectors", place))
        check_channels(at, spec, codes)
        answerers.check(at, spec)
        answerers.add(spec)
        specs.append(spec)
    return EstatePlan(
        brand=row.brand,
        time_zone=row.time_zone,
        connectors=tuple(specs),
        channels=tuple(one.channel(row.brand, row.time_zone) for one in row.channels),
    )


def _check_words(row: EstateRow, written: Written) -> None:
    """Names that can stand in ids, zones that exist."""
    check_word(written, "brand", row.brand)
    check_zone(written, "time_zone", row.time_zone)
    for place, channel in enumerate(row.channels):
        channel.checked(written.below("channels", place))
    for place, connector in enumerate(row.connectors):
        check_word(written.below("connectors", place), "name", connector.name)


def _unique(names: list[str], key: str, written: Written) -> None:
    for place, one in enumerate(names):
        if one in names[:place]:
            raise written.fault([key, place], f"{one!r} stands here twice")
