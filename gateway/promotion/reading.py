"""A promotion's file → its plan; every fault with line and column, as of a programme."""

from pathlib import Path

import msgspec

from capabilities.errors import BadInput
from capabilities.promotion.plan_sense import nonsense
from capabilities.promotion.plans import PromotionPlan, plan_from
from connectors.manifest.errors import Fault, ManifestError
from connectors.manifest.source import Source, read_source
from gateway.programme.reading import path_of

_CODE = "PROMOTION_INVALID"


class PromotionError(BadInput):
    """A promotion that cannot be used; `faults` lists what is wrong with its file."""

    def __init__(self, faults: list[Fault]) -> None:
        told = [msgspec.structs.replace(fault, code=_CODE) for fault in faults]
        super().__init__("\n".join(map(str, told)), code=_CODE)
        self.faults = told


def read_promotion(text: str, file: str) -> PromotionPlan:
    """The plan of a file in YAML or JSON; PromotionError lists what is wrong."""
    try:
        source = read_source(text, file)
    except ManifestError as exc:
        raise PromotionError(list(exc.faults)) from exc
    if not isinstance(source.value, dict):
        raise PromotionError([source.fault((), _CODE, "a promotion is a mapping with an `id`")])
    if "version" in source.value:
        message = "versions are counted by the platform; take this line out"
        raise PromotionError([source.fault(("version",), _CODE, message)])
    return _sensible(source)


def _sensible(source: Source) -> PromotionPlan:
    try:
        plan = plan_from(source.value)
    except msgspec.ValidationError as exc:
        message, _, place = str(exc).partition(" - at `$")
        raise PromotionError([source.fault(path_of(place), _CODE, message)]) from exc
    faults = [source.fault(place, _CODE, message) for place, message in nonsense(plan)]
    if faults:
        raise PromotionError(sorted(faults, key=lambda one: (one.line, one.column)))
    return plan


def read_promotion_file(path: Path) -> PromotionPlan:
    """The plan of a file."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path} cannot be read", code=_CODE) from exc
    return read_promotion(text, str(path))
