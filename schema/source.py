"""Where an answer came from, and what each source did for it."""

from capabilities.sources import SourceRef, SourceStatus
from capabilities.sources import SourceReport as SourceReportRecord
from schema.view import plain, view


@view(SourceRef, shared=True)
class Source:
    """Where a record came from; provenance, never part of an id."""

    connector: str = plain("Name of the connector whose record it is.")
    system: str = plain("The product that this connector speaks to.")
    answered_by: str = plain("Who answered: that connector, or `platform` for its copy.")


@view(SourceRef, shared=True)
class OrderSource:
    """Where an order came from; provenance, never part of its id."""

    connector: str = plain("Name of the connector whose record it is.")
    system: str = plain("The product that this connector speaks to.")
    answered_by: str = plain("Who answered: that connector, or `platform` for its copy.")
    external_id: str = plain("The order's key inside that system.")


@view(SourceReportRecord)
class SourceReport:
    """What one source 数据源 did for this answer; it is whole where all are OK or STALE."""

    name: str = plain("Name of the connector.")
    status: SourceStatus = plain("How it fared.")
    latency_ms: int | None = plain("Milliseconds of its slowest call; null where none was made.")
    age_ms: int | None = plain("How old its rows are, in milliseconds; 0 for a live answer.")
    count: int = plain("How many rows it gave to this answer.")
    code: str | None = plain("Code of its failure.")
    message: str | None = plain("What failed, in words for a person; never a payload.")
    retryable: bool = plain("Whether the same question may succeed later.")
    channels: list[str] = plain("Codes of the channels that it was asked for.")
