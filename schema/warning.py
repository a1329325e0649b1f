"""Warnings: what `extensions.warnings` says of lists that lack a source."""

from collections.abc import Sequence

from capabilities.sources import SourceReport
from schema.context import Ask, Context, SourceWarning

Path = list[str | int]


def note(info: Ask, reports: Sequence[SourceReport]) -> None:
    """Record a warning for each source whose part of this field is missing, or old by a failure.

    Said once per source, code and field of the document: a list of a hundred members with one
    source down warns once, with the path of the first.
    """
    missing = [one for one in reports if not one.complete or one.code is not None]
    if missing:
        path: Path = info.path.as_list()
        for report in missing:
            _add(info.context, report, path)


def _add(context: Context, report: SourceReport, path: Path) -> None:
    code = report.code or f"SOURCE_{report.status.value}"
    place = _place(path)
    said = any(
        (one.source, one.code) == (report.name, code) and _place(one.path) == place
        for one in context.warnings
    )
    if not said:
        context.warnings.append(SourceWarning(code, report.name, report.retryable, path))


def _place(path: Sequence[str | int]) -> list[str]:
    return [part for part in path if isinstance(part, str)]
