"""What an examination proves of each capability: that its answers fit the contract, or do not."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.estate import Capability
from connectors.basis import basis_of
from connectors.connector import Connector
from connectors.doctor.patient import WAYS
from connectors.doctor.report import Finding, Report, Verdict


def proved(
    connector: Connector, report: Report, at: datetime, author: str, by: str
) -> Mapping[Capability, Evidence]:
    """By capability, whether its contract is kept; nothing of one that the system did not answer.

    A system that is away breaks no contract. `by` says who examined it, in words.
    """
    found: dict[Capability, Evidence] = {}
    for capability in connector.capabilities & connector.spec.channels.keys():
        concerning = [one for one in report.findings if _concerns(one, capability)]
        wrong = [one for one in concerning if one.verdict is Verdict.WRONG]
        if any(not one.answered for one in wrong):
            continue
        found[capability] = Evidence(
            fact=Fact.CONTRACT_PASSED,
            value=float(not wrong),
            at=at,
            sample=report.calls,
            query=f"{by}: {_said(wrong, len(concerning))}",
            basis=basis_of(connector, capability),
            author=author,
        )
    return found


def _concerns(one: Finding, capability: Capability) -> bool:
    """What is of no section concerns all of them."""
    return one.section is None or WAYS[one.section].capability is capability


def _said(wrong: Sequence[Finding], of: int) -> str:
    names = ", ".join(
        f"{one.check} of {one.section}" if one.section else one.check for one in wrong
    )
    return f"{len(wrong)} of {of} findings wrong" + (f": {names}" if names else "")
