"""Schedules: when something comes by a clock that people read."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from msgspec import Struct


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In every minute that `cron` names in `zone`."""

    cron: str
    zone: str

    def due(self, since: datetime | None, now: datetime) -> bool:
        """Whether one of its minutes has come since a moment; the first is due at once."""
        if since is None:
            return True
        after = since.astimezone(ZoneInfo(self.zone)).replace(second=0, microsecond=0)
        following = next(CronSim(self.cron, after), None)
        return following is not None and following <= now

    def check(self) -> None:
        """ValueError for a schedule that no clock reads."""
        try:
            CronSim(self.cron, datetime.now(ZoneInfo(self.zone)))
        except CronSimError as exc:
            raise ValueError(f"{self.cron!r} is no cron expression: {exc}") from exc
        except (ZoneInfoNotFoundError, OSError) as exc:
            raise ValueError(f"no time zone {self.zone!r}") from exc
