"""Splink over DuckDB: which memberships look like one person's, and why.

Personal values are compared in the memory of this process alone: DuckDB writes no file, reaches
nothing outside, and what comes out names fields and never values.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from capabilities.errors import BadInput
from work.duplicates.model import EXPECTED_SHARE, FIELDS, MEETINGS, MOST_ALIKE, Field

# Nothing on disk, nothing from outside.
_CONFIG = {"temp_directory": "", "autoload_known_extensions": "false"}
_CLOSED = "SET enable_external_access = false"


class Compared(Struct, frozen=True, kw_only=True, gc=False):
    """One membership by a name of the caller's; fields that it does not show are None."""

    ref: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birthday: str | None = None
    store: str | None = None


class FieldEvidence(Struct, frozen=True, gc=False):
    """What one field said: SAME, CLOSE or DIFFERENT, and its weight in bits."""

    field: str
    agreement: str
    weight: float


class ScoredPair(Struct, frozen=True, gc=False):
    """Two memberships and the probability that they are one person's."""

    left: str
    right: str
    score: float
    evidence: tuple[FieldEvidence, ...]


def scored(people: Sequence[Compared], least: float) -> list[ScoredPair]:
    """The pairs that score at least so much, the likeliest first.

    BadInput where the extra `dedupe` is not installed.
    """
    if len(people) < 2:  # noqa: PLR2004 - a pair
        return []
    columns, chances = _columns(people)
    pairs = _predicted(columns, chances, least)
    return sorted(pairs, key=lambda one: (-one.score, one.left, one.right))


def _columns(
    people: Sequence[Compared],
) -> tuple[dict[str, list[str | None]], dict[str, float]]:
    """Values by field, crowded ones left out, and how often two of a field are equal by chance."""
    columns: dict[str, list[str | None]] = {"unique_id": [one.ref for one in people]}
    chances: dict[str, float] = {}
    for field in FIELDS:
        values: list[str | None] = [getattr(one, field.name) or None for one in people]
        counts = Counter(value for value in values if value is not None)
        if field.bounded:
            values = [None if value and counts[value] > MOST_ALIKE else value for value in values]
            counts = Counter({value: n for value, n in counts.items() if n <= MOST_ALIKE})
        columns[field.name] = values
        chances[field.name] = _chance(counts)
    return columns, chances


def _chance(counts: Counter[str]) -> float:
    """The probability that two different memberships show one value, never nought nor certain."""
    total = sum(counts.values())
    alike = sum(n * (n - 1) for n in counts.values())
    pairs = max(total * (total - 1), 1)
    return min(max(alike / pairs, 1 / (10 * pairs + 10)), 0.5)


def _predicted(
    columns: dict[str, list[str | None]], chances: dict[str, float], least: float
) -> list[ScoredPair]:
    duckdb, pa, splink = _engine()
    share = min(2 * EXPECTED_SHARE / len(columns["unique_id"]), 0.1)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=share,
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,  # with them come the levels
        comparisons=[_comparison(field, chances[field.name]) for field in FIELDS],
        blocking_rules_to_generate_predictions=[splink.block_on(*one) for one in MEETINGS],
    )
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        connection.execute(_CLOSED)
        api = splink.DuckDBAPI(connection)
        schema = pa.schema([(name, pa.string()) for name in columns])
        linker = splink.Linker(api.register(pa.table(columns, schema=schema)), settings)
        found = linker.inference.predict(threshold_match_probability=least)
        return [_pair(row) for row in found.as_record_list()]


def _comparison(field: Field, chance: float) -> Any:
    from splink import comparison_level_library as levels  # noqa: PLC0415  # an extra
    from splink.comparison_library import CustomComparison  # noqa: PLC0415  # an extra

    same = levels.ExactMatchLevel(field.name, term_frequency_adjustments=field.by_value)
    steps = [same.configure(m_probability=field.same, u_probability=chance)]
    rest, rest_by_chance = 1 - field.same, 1 - chance
    if field.close is not None:
        near = levels.DamerauLevenshteinLevel(field.name, 1)
        by_chance = field.close_by_chance
        steps.append(near.configure(m_probability=field.close, u_probability=by_chance))
        rest, rest_by_chance = rest - field.close, rest_by_chance - by_chance
    other = levels.ElseLevel().configure(m_probability=rest, u_probability=rest_by_chance)
    return CustomComparison(
        [levels.NullLevel(field.name), *steps, other], output_column_name=field.name
    )


def _pair(row: dict[str, Any]) -> ScoredPair:
    evidence = [_evidence(field, row) for field in FIELDS]
    return ScoredPair(
        left=row["unique_id_l"],
        right=row["unique_id_r"],
        score=float(row["match_probability"]),
        evidence=tuple(one for one in evidence if one is not None),
    )


def _evidence(field: Field, row: dict[str, Any]) -> FieldEvidence | None:
    level = row[f"gamma_{field.name}"]
    if level < 0:
        return None  # one of the two does not show it
    highest = 1 if field.close is None else 2
    agreement = "SAME" if level == highest else "CLOSE" if level else "DIFFERENT"
    weight = row[f"mw_{field.name}"] + (row.get(f"mw_tf_adj_{field.name}") or 0.0)
    return FieldEvidence(field.name, agreement, round(weight, 2))


def _engine() -> tuple[Any, Any, Any]:
    try:
        import duckdb  # noqa: PLC0415  # an extra
        import pyarrow as pa  # noqa: PLC0415  # an extra
        import splink  # noqa: PLC0415  # an extra
    except ImportError as exc:
        raise BadInput(
            "this needs the extra `dedupe`: run `make dedupe`, or install santong[dedupe]",
            code="EXTRA_MISSING",
        ) from exc
    logging.getLogger("splink").setLevel(logging.ERROR)
    return duckdb, pa, splink
