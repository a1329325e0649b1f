"""One connector's webhook: whether a delivery is its system's own, and which order it names."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import jmespath
import msgspec
from msgspec import Struct

from capabilities.errors import SantongError
from capabilities.estate import ConnectorSpec
from capabilities.points.told_outside import PointsTold
from connectors._kit import OpeningRules, Secret
from connectors.hooks.declared import Hooks, Part
from connectors.hooks.proving import KINDS, Signed, digest_of

_WINDOW = timedelta(minutes=5)
_LONGEST = 200
_LONGEST_SECONDS = 11  # 3,000 years
_LONGEST_COUNT = 18  # what a bigint holds
_FORM = "application/x-www-form-urlencoded"


class HookRefused(SantongError):
    """A delivery that is not taken; `status` is what its sender is answered with."""

    code = "HOOK_REFUSED"

    def __init__(self, message: str, code: str, status: int) -> None:
        super().__init__(message, code=code)
        self.status = status


class Delivered(Struct, frozen=True, kw_only=True):
    """A message as it came: headers by their small names, the query, and the body's own bytes.

    `url` is the address that is registered at the platform, without its query.
    """

    url: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes


class Heard(Struct, frozen=True, kw_only=True):
    """What a proved delivery means: an order's number, or nothing where `number` is None.

    `points` are a change of points, which is answered before the message is confirmed.
    """

    delivery: str
    topic: str
    number: str | None
    gone: bool = False
    sequence: int | None = None
    points: PointsTold | None = None


class Hook:
    """The webhook of one connector; `zone` is that of times without one."""

    def __init__(self, declared: Hooks, secrets: Sequence[Secret], zone: ZoneInfo) -> None:
        self.answer = declared.answer.encode()
        self.ping = declared.ping
        self._declared = declared
        self._kind = KINDS[declared.signed]
        self._secrets = secrets
        self._zone = zone
        self._compiled = {
            part.body: jmespath.compile(part.body)
            for part in (declared.signature, declared.order, *_optional(declared))
            if part.body is not None
        }

    def hear(self, delivered: Delivered, now: datetime) -> Heard:
        """What it means; HookRefused where it is not the system's own, too old, or no message."""
        form = _form(delivered)
        signed = Signed(
            url=delivered.url,
            headers=delivered.headers,
            params=[*delivered.query, *form],
            body=b"" if form else delivered.body,
            raw=delivered.body,
        )
        self._prove(signed)
        body = _opened(_decoded(signed.body), self._declared.unwrap)
        read = _Read(delivered.headers, dict(signed.params), body, self._compiled)
        self._check_time(read, now)
        topic = read.text(self._declared.topic) or ""
        known = not self._declared.topics or topic in self._declared.topics
        number = read.text(self._declared.order) if known else None
        if known and not number:
            raise HookRefused("the message names no order", "HOOK_NO_ORDER", 400)
        own = self._own(read, signed)
        gone = topic in self._declared.gone
        sequence = _counted(read.text(self._declared.sequence))
        return Heard(
            delivery=own, topic=topic[:_LONGEST], number=number, gone=gone, sequence=sequence
        )

    def _own(self, read: "_Read", signed: Signed) -> str:
        """What tells a delivery from others.

        Few signatures cover headers: an id that stands in one counts with what is covered, or who
        has one message could use up the ids of later ones.
        """
        digest = digest_of(self._kind, signed, self._declared.signature.parameter)
        told = read.text(self._declared.delivery)
        return digest if told is None else f"{told}:{digest[:32]}"

    def _prove(self, signed: Signed) -> None:
        where = self._declared.signature
        if where.header is not None:
            shown = signed.headers.get(where.header.lower(), "")
        else:
            shown = dict(signed.params).get(where.parameter or "", "")
        # Every key is tried, so that the time says nothing of which one it was.
        proved = [self._kind.proves(signed, key, shown) for key in self._secrets]
        if not shown or True not in proved:
            raise HookRefused("the signature is not this connector's", "HOOK_SIGNATURE", 401)

    def _check_time(self, read: "_Read", now: datetime) -> None:
        declared = self._declared
        if declared.seconds is None and declared.local is None:
            return
        sent = _instant(read.text(declared.seconds)) or _moment(
            read.text(declared.local), self._zone
        )
        if sent is None:
            raise HookRefused("the message says no time", "HOOK_STALE", 401)
        if abs(now - sent) > _WINDOW:
            raise HookRefused("the message is too old or too new", "HOOK_STALE", 401)


def _counted(told: str | None) -> int | None:
    """A count, where it is one."""
    fits = told is not None and told.isascii() and told.isdigit() and len(told) <= _LONGEST_COUNT
    return int(told or "") if fits else None


def _instant(told: str | None) -> datetime | None:
    """Seconds since 1970."""
    if told is None or not (told.isascii() and told.isdigit() and len(told) <= _LONGEST_SECONDS):
        return None
    return datetime.fromtimestamp(int(told), UTC)


def _moment(told: str | None, zone: ZoneInfo) -> datetime | None:
    """`YYYY-MM-DD HH:MM:SS` of a zone."""
    try:
        return datetime.strptime(told or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None


class _Read:
    def __init__(
        self,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        body: Any,
        compiled: Mapping[str, Any],
    ) -> None:
        self._headers = headers
        self._params = params
        self._body = body
        self._compiled = compiled

    def text(self, part: Part | None) -> str | None:
        """What stands at a place, as a text; None where nothing usable does."""
        if part is None:
            return None
        found: Any = None
        if part.header is not None:
            found = self._headers.get(part.header.lower())
        elif part.parameter is not None:
            found = self._params.get(part.parameter)
        elif part.body is not None:
            found = self._compiled[part.body].search(self._body)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        text = str(found).strip()
        return text if 0 < len(text) <= _LONGEST and text.isprintable() else None


def is_ping(body: bytes, pings: frozenset[str]) -> bool:
    """Whether a body says nothing: platforms try an address before they sign anything."""
    if not pings or len(body) > _LONGEST:
        return False
    pairs = _pairs(body)
    return len(pairs) == 1 and pairs[0][0] in pings


def open_hook(
    declared: Hooks | None, spec: ConnectorSpec, rules: OpeningRules, zone: ZoneInfo
) -> Hook | None:
    """The webhook of a connector that has a secret for it; None where it has none."""
    if declared is None:
        return None
    given = [(name, spec.secrets[name]) for name in declared.secrets if name in spec.secrets]
    secrets = [rules.secrets.resolve(reference, spec.name, name) for name, reference in given]
    return Hook(declared, secrets, zone) if secrets else None


def _optional(declared: Hooks) -> list[Part]:
    parts = (
        *(declared.delivery, declared.topic),
        *(declared.seconds, declared.local, declared.sequence),
    )
    return [one for one in parts if one is not None]


def _form(delivered: Delivered) -> list[tuple[str, str]]:
    kind = delivered.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _pairs(delivered.body) if kind == _FORM else []


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return []


def _decoded(body: bytes) -> Any:
    """The body as JSON; None where there is none, or a form instead."""
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise HookRefused("the body is no JSON", "HOOK_BODY", 400) from exc


def _opened(body: Any, names: Sequence[str]) -> Any:
    """The body with some of its fields read as JSON, where they are texts of it."""
    if not isinstance(body, dict):
        return body
    texts = {name: body[name] for name in names if isinstance(body.get(name), str)}
    return body | {name: _decoded(one.encode("utf-8", "replace")) for name, one in texts.items()}
