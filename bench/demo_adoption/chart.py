"""The story as a picture: the state as steps, the platform's shares, what callers got, and why.

Every entry is a dot with the number under which the list below, and the table, tell it.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from bench.demo_adoption.timeline import Entry, Tick
from capabilities.adoption.states import WAY, AdoptionState

_WIDTH, _LEFT, _RIGHT = 1080, 220, 24
_TOP, _ROW, _LOAD, _GAP = 84, 30, 90, 40
_LINE, _COLUMNS, _LONGEST = 18, 2, 80
# Dots nearer than this have their numbers at different heights.
_NEAR, _HEIGHTS = 15, 3
_INK, _QUIET, _EDGE, _PAPER = "#1f2933", "#5b6876", "#dcdde3", "#ffffff"
_STATE, _READ, _WRITE, _BAD, _WARN = "#1a7f5a", "#2563b8", "#c2410c", "#b91c1c", "#925400"
_COLOURS = {"up": _STATE, "down": _WARN, "refused": _BAD, "found": _BAD, "said": _QUIET}
_LEGEND = (
    (_STATE, "state, and steps up"),
    (_WARN, "steps down"),
    (_BAD, "refused"),
    (_READ, "share of reads"),
    (_WRITE, "share of writes"),
)
_ALL = 10_000
Points = Sequence[tuple[float, float]]


def chart_of(title: str, entries: Sequence[Entry], ticks: Sequence[Tick]) -> str:
    """The whole picture as SVG; no script, nothing from elsewhere."""
    return _Chart(entries, ticks).drawn(title)


class _Chart:
    def __init__(self, entries: Sequence[Entry], ticks: Sequence[Tick]) -> None:
        self._entries = entries
        self._ticks = ticks
        self._end = max(1.0, entries[-1].at, *(one.at for one in ticks))
        heights = [_height(one.state) for one in entries]
        self._states = list(WAY[min(heights) : max(heights) + 1])
        self._foot = _TOP + _ROW * len(self._states)

    def drawn(self, title: str) -> str:
        loaded = self._foot + _GAP + _LOAD + _GAP
        lines = -(-len(self._entries) // _COLUMNS)
        height = loaded + _LINE * lines + _GAP // 2
        parts = [
            f"<title>{escape(title)}</title>",
            _shape("rect", width=_WIDTH, height=height, fill=_PAPER),
            _text(16, 28, title, size=16),
            *self._rows(),
            self._share([(one.at, one.read) for one in self._entries], _READ),
            self._share([(one.at, one.write) for one in self._entries], _WRITE),
            self._steps(),
            *self._marks(),
            *self._load(self._foot + _GAP),
            *self._times(loaded - 22),
            *self._legend(),
            *self._list(loaded + 10, lines),
        ]
        opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        group = f'<g font-family="sans-serif" font-size="12" fill="{_INK}">'
        return "\n".join([f'{opening} role="img">', group, *parts, "</g>", "</svg>", ""])

    def _x(self, at: float) -> float:
        return _LEFT + at / self._end * (_WIDTH - _LEFT - _RIGHT)

    def _y(self, state: AdoptionState) -> float:
        place = self._states.index(state) if state in self._states else 0
        return self._foot - _ROW * (place + 0.5)

    def _rows(self) -> list[str]:
        lines = []
        for state in self._states:
            y = self._y(state)
            lines += [
                _shape("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, stroke=_EDGE),
                _text(_LEFT - 10, y + 4, state.value, anchor="end"),
            ]
        return lines

    def _steps(self) -> str:
        """Where the pair stood, as a line that goes in steps."""
        points = self._stepped([(one.at, self._y(one.state)) for one in self._entries])
        joined = _joined(points)
        return _shape("polyline", points=joined, fill="none", stroke=_STATE, stroke_width=3)

    def _share(self, values: Points, colour: str) -> str:
        """How much is the platform's, as an area behind the steps."""
        full = self._foot - _TOP
        points = self._stepped([(at, self._foot - value / _ALL * full) for at, value in values])
        corners = [(self._x(0), self._foot), *points, (self._x(self._end), self._foot)]
        return _shape("polygon", points=_joined(corners), fill=colour, opacity=0.12)

    def _stepped(self, values: Points) -> list[tuple[float, float]]:
        """Each height until the next one begins, over the whole width."""
        points, height = [], values[0][1]
        for at, following in values:
            points += [(self._x(at), height), (self._x(at), following)]
            height = following
        return [*points, (self._x(self._end), height)]

    def _marks(self) -> list[str]:
        """Every entry as a numbered dot that says what happened when it is pointed at."""
        parts, level, before = [], 0, -float(_WIDTH)
        for number, one in enumerate(self._entries, 1):
            x, y, colour = self._x(one.at), self._y(one.state), _COLOURS[one.kind]
            level = (level + 1) % _HEIGHTS if x - before < _NEAR else 0
            title = f"<title>{one.at:.0f} s: {escape(one.told)}</title>"
            place = y - 8 - 9 * level
            parts += [
                _shape("circle", title, cx=x, cy=y, r=5, fill=colour),
                _text(x, place, str(number), anchor="middle", size=9, colour=colour),
            ]
            before = x
        return parts

    def _list(self, top: float, lines: int) -> list[str]:
        """What happened, by number, in columns."""
        wide = (_WIDTH - 2 * _RIGHT) / _COLUMNS
        parts = []
        for place, one in enumerate(self._entries):
            column, line = divmod(place, lines)
            told = one.told if len(one.told) <= _LONGEST else one.told[: _LONGEST - 1] + "…"
            x, y, colour = _RIGHT + column * wide, top + line * _LINE, _COLOURS[one.kind]
            parts += [
                _text(x + 16, y, str(place + 1), anchor="end", size=11, colour=colour),
                _text(x + 62, y, f"{one.at:.0f} s", anchor="end", size=11, colour=_QUIET),
                _text(x + 72, y, told, size=11),
            ]
        return parts

    def _load(self, top: float) -> list[str]:
        """What people read in each tick as bars; what nobody answered stands on top, in red."""
        most = max((one.reads + one.refused for one in self._ticks), default=0) or 1
        wide = max(1.0, (_WIDTH - _LEFT - _RIGHT) / max(1, len(self._ticks)) - 1)
        parts = [_text(_LEFT - 10, top + 14, f"reads, at most {most} a second", anchor="end")]
        for one in self._ticks:
            foot = top + _LOAD
            for count, colour in ((one.reads, _READ), (one.refused, _BAD)):
                tall = count / most * _LOAD
                foot -= tall
                place = {"x": self._x(one.at) - wide, "y": foot}
                parts.append(_shape("rect", **place, width=wide, height=tall, fill=colour))
        return parts

    def _times(self, y: float) -> list[str]:
        return [
            _text(self._x(self._end * part), y, f"{self._end * part:.0f} s", anchor=anchor)
            for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
        ]

    def _legend(self) -> list[str]:
        return [
            _text(_LEFT + 150 * place, 50, name, colour=colour)
            for place, (colour, name) in enumerate(_LEGEND)
        ]


def _height(state: AdoptionState) -> int:
    return WAY.index(state) if state in WAY else WAY.index(AdoptionState.FEDERATED_READ)


def _shape(name: str, inside: str = "", **attributes: float | str) -> str:
    """One element of SVG; underscores stand for hyphens."""
    told = " ".join(
        f"{key.replace('_', '-')}={quoteattr(_written(value))}" for key, value in attributes.items()
    )
    return f"<{name} {told}>{inside}</{name}>"


def _text(
    x: float, y: float, told: str, *, anchor: str = "start", size: int = 12, colour: str = _INK
) -> str:
    return _shape("text", escape(told), x=x, y=y, text_anchor=anchor, font_size=size, fill=colour)


def _written(value: float | str) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _joined(points: Points) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
