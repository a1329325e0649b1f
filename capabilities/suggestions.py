"""Product suggestions: what people would change about a product, taken in, compared and decided.

A text is compared without its spacing, width, case and punctuation. The same words again are a
duplicate; words that resemble another's wait for a person, who merges them or lets both stand.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import TypeAlias

from msgspec import Struct
from rapidfuzz import fuzz, process

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import SortKey
from capabilities.time import micros

LONGEST_TEXT = 2_000
# From this similarity of 100 on a person is asked whether two mean the same.
RESEMBLES = 80.0
_LEFT_OUT = ("P", "Z", "C", "S")
_MASK = "***"
# Numbers and addresses that name somebody: phones, cards, identity numbers, e-mail addresses.
_PERSONAL = re.compile(
    r"[\w.+%-]+(?:@|＠)[\w-]+(?:\.[\w-]+)+|(?<!\d)(?:[+＋]?\d(?:[\s-]?\d){7,18}[\dXx]?)(?!\d)"
)


class SuggestionSource(Enum):
    """Where a suggestion was made."""

    SERVICE = "SERVICE"
    FORUM = "FORUM"
    APP = "APP"
    OTHER = "OTHER"


class SuggestionStatus(Enum):
    """What became of a suggestion."""

    OPEN = "OPEN"
    RESEMBLING = "RESEMBLING"
    DUPLICATE = "DUPLICATE"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


# What a person may decide; the others come about by comparison or by merging.
DECISIONS = frozenset({SuggestionStatus.OPEN, SuggestionStatus.ACCEPTED, SuggestionStatus.DECLINED})


class NewSuggestion(Struct, frozen=True, kw_only=True):
    """A suggestion as it is handed in; `reference` names it at its source, `product` any code."""

    source: SuggestionSource
    reference: str
    text: str
    submitted_at: datetime
    author: str
    product: str = ""
    one_id: str | None = None

    def __repr__(self) -> str:
        return f"NewSuggestion({self.source.value}, {self.reference!r})"


class Suggestion(Struct, frozen=True, kw_only=True):
    """A suggestion that was taken in, its text without personal numbers.

    A duplicate names what it repeats; one that resembles another names it and how much, of 100.
    """

    brand: str
    key: str
    source: SuggestionSource
    reference: str
    text: str
    submitted_at: datetime
    author: str
    status: SuggestionStatus
    product: str | None = None
    one_id: str | None = None
    duplicate_of: str | None = None
    resembles: str | None = None
    similarity: float | None = None
    duplicates: int = 0
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def id(self) -> str:
        """Relay global id."""
        return suggestion_id(self.brand, self.key)

    @property
    def product_code(self) -> str | None:
        """The product's sku, or the code that was given."""
        return self.product

    @property
    def duplicate_of_id(self) -> str | None:
        """Global id of what it repeats."""
        return None if self.duplicate_of is None else suggestion_id(self.brand, self.duplicate_of)

    @property
    def resembles_id(self) -> str | None:
        """Global id of what it resembles."""
        return None if self.resembles is None else suggestion_id(self.brand, self.resembles)

    @property
    def sort_key(self) -> SortKey:
        """The newest first."""
        return SortKey(micros(self.submitted_at), "", self.key)


class SuggestionFilter(Struct, frozen=True, kw_only=True):
    """What a list of suggestions is restricted to."""

    product: str | None = None
    sources: frozenset[SuggestionSource] | None = None
    statuses: frozenset[SuggestionStatus] | None = None
    text: str | None = None


class SuggestionCount(Struct, frozen=True, kw_only=True):
    """How much was suggested about one product: all of it, and without what repeats."""

    product_code: str | None
    suggestions: int
    distinct: int


class SuggestionDeclined(Declined, frozen=True, kw_only=True):
    """Nothing was done: one of the suggestions is not there, or may not be decided so."""


class SuggestionSubmitted(Struct, frozen=True, kw_only=True, tag=True):
    """What was taken in, by its id; who hands it in learns nothing of others' suggestions."""

    brand: str
    key: str

    @property
    def id(self) -> str:
        """Relay global id."""
        return suggestion_id(self.brand, self.key)


Submitting: TypeAlias = SuggestionSubmitted | IdempotencyKeyReused
Deciding: TypeAlias = Suggestion | SuggestionDeclined | IdempotencyKeyReused


class Likeness(Struct, frozen=True):
    """The other one that a text resembles most, and how much."""

    key: str
    similarity: float


def suggestion_id(brand: str, key: str) -> str:
    """Relay global id of a suggestion."""
    return global_id("ProductSuggestion", brand, key)


def suggestion_key(source: SuggestionSource, reference: str) -> str:
    """The key of a suggestion: of what names it at its source, and says nothing of it."""
    digest = blake2b(f"{source.value}\x1f{reference}".encode(), digest_size=12)
    return digest.hexdigest()


def without_personal(text: str) -> str:
    """A text without phone numbers, cards and addresses that somebody wrote into it."""
    return _PERSONAL.sub(_MASK, unicodedata.normalize("NFKC", text)).strip()


def compared(text: str) -> str:
    """A text as it is compared: one width, one case, no spacing, punctuation or signs. Idempotent.

    Of a text that has nothing else its signs count.
    """
    before, folded = "", text
    while folded != before:  # leaving out a sign may let its neighbours combine
        before, folded = folded, _folded(folded)
    return folded


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = "".join(one for one in plain if unicodedata.category(one)[0] not in _LEFT_OUT)
    return words or "".join(plain.split())


def text_digest(text: str) -> bytes:
    """Of a compared text, to find the same again."""
    return blake2b(text.encode(), digest_size=16).digest()


def most_alike(text: str, others: Sequence[tuple[str, str]]) -> Likeness | None:
    """The one of (key, compared text) that a text resembles most; None below the threshold."""
    found = process.extractOne(
        text, [other for _, other in others], scorer=fuzz.ratio, score_cutoff=RESEMBLES
    )
    if found is None:
        return None
    _, similarity, place = found
    return Likeness(others[place][0], round(float(similarity), 1))
