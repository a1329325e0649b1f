"""What a resolver may ask of the data's quality."""

from typing import Protocol

from capabilities.member.quality import DataQuality


class QualityPart(Protocol):
    """Counts over what the platform keeps."""

    async def data_quality(self) -> DataQuality:
        """The report as of now."""
