"""The doctor: what a live system really does, measured against what its manifest says."""

from connectors.doctor.examination import examine
from connectors.doctor.hearing import Hearing
from connectors.doctor.proving import proved
from connectors.doctor.report import Finding, Report, Verdict

__all__ = ["Finding", "Hearing", "Report", "Verdict", "examine", "proved"]
