"""The connection of a protocol whose rows come to us: the platform's copy."""

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec
from connectors._kit import rules_of
from connectors.manifest import At, CompiledSection
from connectors.ports.copied import CopiedReader, CopyAge
from connectors.ports.wanted import Reader
from connectors.protocols.opening import Speaker


def copy_speaker(spec: ConnectorSpec) -> Speaker:
    """Readers over the copy that the opening was handed; BadInput where it was handed none."""
    copied = rules_of(spec).copied
    if copied is None:
        message = (
            f"connector {spec.name!r} answers from the platform's copy, which is not open here"
        )
        raise BadInput(message, code="COPY_MISSING")
    age = CopyAge(copied, spec.name)

    def reader(section: CompiledSection, at: At) -> Reader:
        return CopiedReader(copied, section, at, age)

    return Speaker(reader, _nothing_is_open, lambda: age.milliseconds)


async def _nothing_is_open() -> None:
    """The copy outlives every connector."""
