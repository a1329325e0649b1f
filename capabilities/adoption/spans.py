"""A span of time as people say it."""

from datetime import timedelta

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SEVERAL = 2


def span(of: timedelta) -> str:
    """As `7 d`, `90 min`, `0.2 s`: in the largest unit that there are several of, or just one."""
    seconds = of.total_seconds()
    for size, word in _UNITS:
        count = seconds / size
        if count >= _SEVERAL or count == 1:
            return f"{count:.4g} {word}"
    return f"{seconds:.3g} s"
