"""What rows alone tell: fields that are filled, words without a table, sums that are off."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from connectors.doctor.patient import Patient, Rows
from connectors.doctor.report import Finding, Verdict
from connectors.sampling import side_by_side

_SELDOM = 0.1
# Of more words, most of them met once, a field is no status: it may hold people's values.
_FEW_WORDS = 5
_LONGEST_WORD = 40
_PERSONAL = re.compile(r"@|\d(?:\D?\d){5}")


def kept(patient: Patient, name: str, found: Rows) -> Finding:
    """How many rows are of channels that this connector answers for."""
    chosen = patient.bound(name).compiled.section.keep is not None
    own = sum(record is not None for _, record in found)
    told = f"{own} of {len(found)} rows are of channels that this connector answers for"
    if chosen:
        told = f"{own} of {len(found)} rows are kept, by channel and by `keep`"
    some = Verdict.NOTICE if own or chosen else Verdict.WRONG
    verdict = Verdict.GOOD if own == len(found) else some
    if not own and not chosen:
        told += "; are the words of `channels` the system's own?"
    figures = {"rows": len(found), "own": own}
    return Finding(check="channels", section=name, verdict=verdict, told=told, figures=figures)


def coverage(patient: Patient, name: str, found: Rows) -> Finding:
    """The share of rows in which each declared field has a value."""
    section = patient.bound(name).compiled.section
    own = [(row, record) for row, record in found if record is not None]
    filled: Counter[str] = Counter()
    fields: dict[str, None] = {}
    for row, record in own:
        for side in side_by_side(section, row, record):
            fields[side.field] = None
            filled[side.field] += side.record not in (None, "", (), [])
    share = {one: round(filled[one] / len(own), 2) for one in fields} if own else {}
    never = sorted(one for one, part in share.items() if part == 0)
    seldom = sorted(one for one, part in share.items() if 0 < part < _SELDOM)
    told = f"{len(share) - len(never)} of {len(share)} fields have values"
    if never:
        told += f"; never filled: {', '.join(never)}"
    if seldom:
        told += f"; seldom: {', '.join(seldom)}"
    verdict = Verdict.NOTICE if never else Verdict.GOOD
    return Finding(check="coverage", section=name, verdict=verdict, told=told, figures=share)


def words(patient: Patient, name: str) -> Iterator[Finding]:
    """Words that became UNKNOWN, each with how often it was met."""
    unknown = {
        (field, raw): count
        for (field, raw), count in patient.hearing.unknowns.items()
        if field.partition(".")[0] == name
    }
    if not unknown:
        told = "every word of a status or kind is in its table"
        yield Finding(check="words", section=name, verdict=Verdict.GOOD, told=told)
        return
    by_field: dict[str, dict[str, int]] = {}
    for (field, raw), count in sorted(unknown.items()):
        by_field.setdefault(field, {})[raw] = count
    for field, raws in by_field.items():
        if len(raws) > max(_FEW_WORDS, sum(raws.values()) / 2):
            told = f"{field}: {len(raws)} words that no table has; is it a status or kind at all?"
            figures = {"words": len(raws), "rows": sum(raws.values())}
        else:
            figures = _codes(raws)
            listed = ", ".join(f"{raw!r} × {count}" for raw, count in figures.items())
            told = f"{field}: no table has {listed}; add them to its `map`"
        yield Finding(
            check="words", section=name, verdict=Verdict.NOTICE, told=told, figures=figures
        )


def _codes(raws: Mapping[str, int]) -> dict[str, int]:
    """Words with their counts; of what is no code only how long it is."""
    shown: Counter[str] = Counter()
    for raw, count in raws.items():
        hidden = len(raw) > _LONGEST_WORD or _PERSONAL.search(raw)
        shown[f"({len(raw)} characters)" if hidden else raw] += count
    return dict(shown)


def sums(found: Rows) -> Finding:
    """Orders whose parts do not add up to their total."""
    own = [record for _, record in found if record is not None]
    off = Counter(warning.code for order in own for warning in order.integrity_warnings)
    bad = sum(bool(order.integrity_warnings) for order in own)
    if not bad:
        told = f"the sums of {len(own)} orders add up"
        return Finding(check="sums", section="orders", verdict=Verdict.GOOD, told=told)
    told = f"{bad} of {len(own)} orders do not add up ({', '.join(sorted(off))})"
    verdict = Verdict.WRONG if bad == len(own) else Verdict.NOTICE
    return Finding(check="sums", section="orders", verdict=verdict, told=told, figures=dict(off))
