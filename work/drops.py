"""The drop folders of the connectors in force, taken into the platform's copy."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import structlog

from capabilities.copied import Copied
from connectors.dropping import has_folder, open_intakes, own_folder
from connectors.protocols.files.intake import Intake, Taken
from work.settings import WorkSettings
from work.told import Told

_log = structlog.get_logger("work")


class Drops:
    """Scans the folders of the plan in force."""

    def __init__(self, told: Told, copied: Copied, settings: WorkSettings) -> None:
        self._told = told
        self._copied = copied
        self._settings = settings

    def names(self) -> Sequence[str]:
        """Connectors that have a folder and are not paused."""
        return [
            spec.name
            for spec in self._told.plan.connectors
            if not spec.paused and has_folder(spec, self._settings.systems)
        ]

    async def scan(self, connector: str) -> None:
        """Take every file that is ready; each leaves one line in the log."""
        for intake in self._intakes(connector):
            for taken in await intake.scan():
                _tell(connector, taken)

    async def forget(self, connector: str) -> None:
        """Empty the files of the past that hold rows of people who were erased."""
        for intake in self._intakes(connector):
            for name in await intake.forget():
                _log.info("file emptied", connector=connector, file=name, reason="erasure")

    def _intakes(self, connector: str) -> list[Intake]:
        """The ways of its files into the copy; none where it was taken out of the estate since."""
        plan = self._told.plan
        spec = next((one for one in plan.connectors if one.name == connector), None)
        if spec is None or spec.paused:
            return []
        return open_intakes(
            own_folder(spec),
            self._copied,
            zone=ZoneInfo(plan.time_zone),
            systems=self._settings.systems,
        )


def _tell(connector: str, taken: Taken) -> None:
    _log.info(
        "file",
        connector=connector,
        file=taken.name,
        feed=taken.feed,
        outcome=taken.outcome,
        rows=taken.rows,
        bad=taken.bad,
        skipped=dict(taken.skipped),
        reason=taken.reason,
    )
