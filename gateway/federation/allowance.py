"""What one request may spend: so many questions to systems, within so long."""

import time

from capabilities.errors import BadInput

LEAST_SECONDS = 0.001


class Allowance:
    """The questions left of a request, and when it ends; None for one without a deadline."""

    def __init__(self, deadline_seconds: float | None, calls: int) -> None:
        self.ends = None if deadline_seconds is None else time.perf_counter() + deadline_seconds
        self.calls_left = calls

    def remaining(self) -> float | None:
        """Seconds left of the deadline that the client set; None when it set none."""
        if self.ends is None:
            return None
        return max(self.ends - time.perf_counter(), LEAST_SECONDS)

    def spend(self) -> None:
        """One question more; BadInput when this request has asked too many already."""
        self.calls_left -= 1
        if self.calls_left < 0:
            raise BadInput(
                "this asks the systems too many questions; ask for fewer rows or fields at once",
                code="QUERY_TOO_EXPENSIVE",
            )
