"""What statements to SQL Server have to know, away from its driver."""

from datetime import datetime, timedelta

# 2,100 a call, of which sp_executesql takes two itself.
MOST_PARAMETERS = 2_098
# A `datetime` is kept in ticks of 1/300 s, and is shown by its nearest millisecond.
_TICK_ROUNDED = timedelta(microseconds=334)


def outward(moment: datetime, *, later: bool) -> datetime:
    """A bound that leaves out no row whose `datetime` is shown as this very moment.

    .003 stands for .0033… and .007 for .0066…, which a comparison with `datetime2` tells apart.
    """
    shown = moment.microsecond % 10_000
    if later:
        return moment + _TICK_ROUNDED if shown == 3000 else moment  # noqa: PLR2004 - as above
    return moment - _TICK_ROUNDED if shown == 7000 else moment  # noqa: PLR2004 - as above
