"""What the doctor found becomes evidence of every channel that the connector answers for."""

from datetime import UTC, datetime

from capabilities.errors import StoreUnavailable
from connectors.connector import Connector
from connectors.doctor import Report, proved
from gateway.cli.given import author
from store.adoption.evidence import EvidenceRows

_BY = "santong connector doctor"


async def keep_report(rows: EvidenceRows, connector: Connector, report: Report) -> None:
    """Write down whether its answers fit the contract; without the store nothing is kept."""
    found = proved(connector, report, datetime.now(UTC), author(), _BY)
    for capability, one in found.items():
        for channel in sorted(connector.spec.codes(capability)):
            try:
                await rows.keep(channel, capability, one)
            except StoreUnavailable:
                return
