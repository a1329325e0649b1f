"""The crosswalk, kept close: hits without the store, misses asked of it in one call.

Every key carries the version of the product reference, so what an import changes is never read
again, and the day, because a code may change owner; what Redis loses is only asked once more.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b

from msgspec import Struct, structs

from cache.connection import Near
from capabilities.errors import StoreUnavailable
from capabilities.product.codes import canonical_code
from capabilities.product.ports import CrosswalkSource
from capabilities.product.records import ProductCode, UnmatchedCode

_KEPT_SECONDS = 3600
_NOTHING_KEPT_SECONDS = 60
_NOTHING = b"-"
_FOUND = b"+"
_DIGEST_BYTES = 16


class CrosswalkAnswer(Struct, frozen=True):
    """One sku per code, and the codes nobody could be asked for; those have None too."""

    skus: tuple[str | None, ...]
    unanswered: frozenset[ProductCode] = frozenset()
    error: StoreUnavailable | None = None


class CachedCrosswalk(CrosswalkSource):
    """A crosswalk in front of another, the truth.

    `version` answers the version of the product reference, None while it is not known; then
    everything is asked of the truth. `today` is for tests.
    """

    def __init__(
        self,
        near: Near,
        truth: CrosswalkSource,
        *,
        brand: str,
        version: Callable[[], int | None],
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._near = near
        self._truth = truth
        self._brand = brand
        self._version = version
        self._today = today

    async def skus(self, codes: Sequence[ProductCode]) -> Sequence[str | None]:
        """One sku per code; StoreUnavailable when any of them could not be looked up."""
        answer = await self.look_up(codes)
        if answer.error is not None:
            raise answer.error
        return answer.skus

    async def look_up(self, codes: Sequence[ProductCode]) -> CrosswalkAnswer:
        """One sku per code, as far as it can be known; never raises StoreUnavailable."""
        today = self._today()
        dated = [code if code.on else structs.replace(code, on=today) for code in codes]
        known, error = await self._known(list(dict.fromkeys(dated)))
        unanswered = (code for code, asked in zip(codes, dated, strict=True) if asked not in known)
        return CrosswalkAnswer(
            tuple(known.get(code) for code in dated), frozenset(unanswered), error
        )

    async def record_unmatched(self, lines: Mapping[ProductCode, int]) -> None:
        """Count codes that matched nothing, in the truth."""
        await self._truth.record_unmatched(lines)

    async def unmatched(self, connector: str | None, first: int) -> Sequence[UnmatchedCode]:
        """The unmatched codes with the most lines, from the truth."""
        return await self._truth.unmatched(connector, first)

    async def _known(
        self, codes: Sequence[ProductCode]
    ) -> tuple[dict[ProductCode, str | None], StoreUnavailable | None]:
        # read before the truth is asked: what is written is then never older than its key says
        version = self._version()
        keys = [self._key(version, code) for code in codes] if version is not None else []
        kept = await self._near.get_many(keys) if keys else [None] * len(codes)
        known = {
            code: value[1:].decode() or None
            for code, value in zip(codes, kept, strict=True)
            if value and value[:1] in {_FOUND, _NOTHING}
        }
        missing = [code for code in codes if code not in known]
        if not missing:
            return known, None
        try:
            asked = await self._truth.skus(missing)
        except StoreUnavailable as exc:
            return known, exc
        fresh = dict(zip(missing, asked, strict=True))
        if version is not None:
            await self._near.set_many(
                {self._key(version, code): _entry(sku) for code, sku in fresh.items()}
            )
        return known | fresh, None

    def _key(self, version: int, code: ProductCode) -> str:
        """Fixed length whatever the code holds."""
        canonical = canonical_code(code.kind, code.code)
        text = repr((code.connector, code.system, code.kind, canonical, code.on))
        digest = blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
        return f"crosswalk:{self._brand}:{version}:{digest}"


def _entry(sku: str | None) -> tuple[bytes, int]:
    if sku is None:
        return _NOTHING, _NOTHING_KEPT_SECONDS
    return _FOUND + sku.encode(), _KEPT_SECONDS
