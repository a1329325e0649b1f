"""What the doctor found becomes evidence of every channel that the connector answers for."""

from datetime import UTC, datetime

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.errors import StoreUnavailable
from connectors.basis import basis_of
from connectors.connector import Connector
from connectors.doctor import Report, Verdict
from gateway.cli.given import author
from store.adoption.evidence import EvidenceRows


async def keep_report(rows: EvidenceRows, connector: Connector, report: Report) -> None:
    """Write down whether its answers fit the contract; without the store nothing is kept."""
    wrong = sum(one.verdict is Verdict.WRONG for one in report.findings)
    for capability in connector.capabilities & connector.spec.channels.keys():
        found = Evidence(
            fact=Fact.CONTRACT_PASSED,
            value=float(report.sound),
            at=datetime.now(UTC),
            sample=report.calls,
            query=f"santong connector doctor: {wrong} of {len(report.findings)} findings wrong",
            basis=basis_of(connector, capability),
            author=author(),
        )
        for channel in sorted(connector.spec.codes(capability)):
            try:
                await rows.keep(channel, capability, found)
            except StoreUnavailable:
                return
