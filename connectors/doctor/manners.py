"""How the system behaves: its clock, its rates, its speed."""

from connectors.doctor.patient import Patient
from connectors.doctor.report import Finding, Verdict

_SKEW_NOTICE, _SKEW_WRONG = 5.0, 300.0
_SLOW_SHARE = 0.8
# Headers by which systems tell how much may still be asked.
_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_LIMITS = ("ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit")
_SHOPIFY = "x-shopify-shop-api-call-limit"
_LITTLE = 0.2


def clock(patient: Patient) -> Finding:
    """How far the system's clock is from ours."""
    found = patient.hearing.clock
    if found is None:
        told = "its protocol tells no time of the system"
        return Finding(check="clock", verdict=Verdict.NOT_ASKED, told=told)
    skew = found.skew_seconds
    figures = {"skew_seconds": round(skew, 1)}
    if abs(skew) < _SKEW_NOTICE:
        told = "its clock is right"
        return Finding(check="clock", verdict=Verdict.GOOD, told=told, figures=figures)
    side = "ahead of" if skew > 0 else "behind"
    told = f"its clock is {abs(skew):.0f} s {side} ours; windows of time may miss rows"
    verdict = Verdict.WRONG if abs(skew) >= _SKEW_WRONG else Verdict.NOTICE
    return Finding(check="clock", verdict=verdict, told=told, figures=figures)


def rates(patient: Patient) -> Finding:
    """What the system says of its own rate limit, beside what was agreed."""
    left, most = _told(patient)
    agreed = patient.connector.spec.load
    figures = {
        "remaining": left,
        "limit": most,
        "agreed_per_second": None if agreed is None else agreed.per_second,
    }
    if left is None:
        told = "it tells no rate limit"
        told += "" if agreed else ", and no load was agreed with its owner; `load:` says one"
        verdict = Verdict.GOOD if agreed else Verdict.NOTICE
        return Finding(check="rates", verdict=verdict, told=told, figures=figures)
    told = f"{left:g} calls are left" + (f" of {most:g}" if most else "")
    low = most is not None and left < most * _LITTLE
    verdict = Verdict.NOTICE if low else Verdict.GOOD
    return Finding(check="rates", verdict=verdict, told=told, figures=figures)


def latency(patient: Patient) -> Finding:
    """Percentiles of the calls of this examination, against the deadline."""
    hearing, deadline = patient.hearing, patient.connector.spec.limits.deadline_ms
    if not hearing.seconds:
        return Finding(check="latency", verdict=Verdict.NOT_ASKED, told="no call was measured")
    figures = {
        f"p{share}_ms": round(hearing.percentile(share / 100) * 1000) for share in (50, 95, 100)
    }
    told = (
        f"half of {len(hearing.seconds)} calls within {figures['p50_ms']} ms, 95 % within "
        f"{figures['p95_ms']} ms, the slowest {figures['p100_ms']} ms"
    )
    told += f"; the deadline is {deadline} ms"
    slow = figures["p95_ms"] > deadline * _SLOW_SHARE
    verdict = Verdict.NOTICE if slow or hearing.failed else Verdict.GOOD
    if hearing.failed:
        told += f"; failed: {', '.join(sorted(hearing.failed))}"
    return Finding(check="latency", verdict=verdict, told=told, figures=figures)


def _told(patient: Patient) -> tuple[float | None, float | None]:
    headers = patient.hearing.headers
    used, _, most = headers.get(_SHOPIFY, "").partition("/")
    if (limit := _number(most)) is not None and (asked := _number(used)) is not None:
        return limit - asked, limit
    left = next((_number(headers[one]) for one in _REMAINING if one in headers), None)
    whole = next((_number(headers[one]) for one in _LIMITS if one in headers), None)
    return left, whole


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
