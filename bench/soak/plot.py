"""The memory of a soak over time, as SVG."""

from collections.abc import Sequence
from html import escape

from bench.soak.growth import Sample

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 720, 320, 56, 36, 36


def plot(samples: Sequence[Sample], warm: float, title: str) -> str:
    """Resident memory of each sample; what lies before `warm` seconds is warm-up."""
    longest = max(one.seconds for one in samples) or 1.0
    most = max(one.rss_mb for one in samples) * 1.1
    across = (_WIDTH - _LEFT - 12) / longest
    up = (_HEIGHT - _TOP - _BOTTOM) / most

    def x(seconds: float) -> float:
        return round(_LEFT + seconds * across, 1)

    def y(rss: float) -> float:
        return round(_HEIGHT - _BOTTOM - rss * up, 1)

    points = " ".join(f"{x(one.seconds)},{y(one.rss_mb)}" for one in samples)
    marks = [most * part / 4 for part in range(5)]
    lines = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - 12}" y1="{y(one)}" y2="{y(one)}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{y(one) + 4}" text-anchor="end">{one:.0f}</text>'
        for one in marks
    ]
    minutes = [
        f'<text x="{x(longest * part / 4)}" y="{_HEIGHT - 12}" text-anchor="middle">'
        f"{longest * part / 240:.1f} min</text>"
        for part in range(5)
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12">'
    )
    warming = (
        f'<rect x="{_LEFT}" y="{_TOP}" width="{x(warm) - _LEFT:.1f}"'
        f' height="{_HEIGHT - _TOP - _BOTTOM}" fill="#f3f0e6"/>'
    )
    return "\n".join(
        [
            head,
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
            warming,
            *lines,
            *minutes,
            f'<polyline points="{points}" fill="none" stroke="#0a6" stroke-width="1.5"/>',
            "</svg>",
            "",
        ]
    )
