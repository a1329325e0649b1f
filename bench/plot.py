"""A bar chart as SVG: no library is needed for a dozen bars."""

from collections.abc import Mapping
from math import floor, log10
from xml.sax.saxutils import escape

_LEFT, _WIDE, _ROW, _TOP, _MARGIN = 270, 420, 26, 48, 90
_OWN, _OTHER, _INK, _PAPER = "#1a7f5a", "#9aa5b1", "#1f2933", "#ffffff"


def bars(title: str, values: Mapping[str, float], *, marked: str) -> str:
    """One bar a value on a logarithmic scale; those whose name begins with `marked` stand out."""
    least = floor(log10(min(values.values())))
    scale = _WIDE / (log10(max(values.values())) - least or 1)
    width, height = _LEFT + _WIDE + _MARGIN, _TOP + _ROW * len(values) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f'<g font-family="sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
        f'<text x="16" y="28" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for place, (name, value) in enumerate(values.items()):
        length = max(1.0, (log10(value) - least) * scale)
        colour = _OWN if name.startswith(marked) else _OTHER
        parts += _bar(_TOP + place * _ROW, name, value, length, colour)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _bar(top: int, name: str, value: float, length: float, colour: str) -> list[str]:
    middle = top + 15
    return [
        f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{_LEFT}" y="{top}" width="{length:.1f}" height="20" fill="{colour}"/>',
        f'<text x="{_LEFT + length + 6:.1f}" y="{middle}">{value:.3g}</text>',
    ]
