"""The port of changes: one call to the system, and the look-up that must come before a second."""

from capabilities.errors import Refused
from capabilities.member.ports import MembershipSink
from capabilities.member.writing import MembershipWrite, WriteKind
from connectors.manifest.model import WriteCall, Writing
from connectors.ports.port import Bound, Port


class MembershipWrites(Port, MembershipSink):
    """Memberships, changed as the manifest says."""

    async def write_membership(self, write: MembershipWrite) -> str | None:
        """Tell the system once."""
        bound, writing = self._writing()
        call = call_of(writing, write.kind)
        if call is None or bound.writer is None:
            raise self._refusal(write)
        async with self._observed(f"write_{write.kind.value.lower()}", 1), self._deadline():
            return await bound.writer.write(call.own, write.values())

    def repeats(self, kind: WriteKind) -> bool:
        """Whether its protocol says that this change, told again, changes nothing more."""
        bound, writing = self._writing()
        call = call_of(writing, kind)
        return call is not None and bound.writer is not None and bound.writer.repeats(call.own)

    async def written_membership(self, write: MembershipWrite) -> str | None:
        """Look up what a write came to."""
        bound, writing = self._writing()
        call = writing.find
        if write.number is not None and writing.check is not None:
            call = writing.check
        if bound.writer is None:
            raise self._refusal(write)
        async with self._observed("written_membership", 1), self._deadline():
            return await bound.writer.find(call.own, write.values())

    def _writing(self) -> tuple[Bound, Writing]:
        bound = self._bound["memberships"]
        writing = bound.compiled.section.write
        if writing is None:
            raise TypeError("a port without its section")
        return bound, writing

    def _refusal(self, write: MembershipWrite) -> Refused:
        message = f"its system takes no {write.kind.value} of memberships"
        return Refused(message, source=self.spec.name)


def call_of(writing: Writing, kind: WriteKind) -> WriteCall | None:
    """The call by which a kind of change is made."""
    calls = {
        WriteKind.REGISTER: writing.register,
        WriteKind.UPDATE: writing.update,
        WriteKind.ERASE: writing.erase,
    }
    return calls[kind]
