"""The text of a draft: a manifest that can be checked and tried, with every guess marked."""

from collections.abc import Iterator, Mapping

from connectors.drafting.asking import asking, order_of
from connectors.drafting.guess import KEY, guessed, sections_of
from connectors.drafting.outline import DraftError, Entity, Found, Holds, Outline
from connectors.drafting.statuses import STATUSES, meant
from connectors.drafting.written import written

_CHECK = "# guessed"
_WIDTH = 96


def draft(outline: Outline, system: str) -> str:
    """The manifest of a system, as far as its description tells; DraftError where nothing fits."""
    outline = outline.plain()
    chosen = sections_of(outline.entities)
    if not chosen:
        names = ", ".join(sorted(one.name for one in outline.entities)[:20]) or "nothing"
        raise DraftError(
            "nothing here is called like members, orders, promotions, coupons or stores; "
            f"found: {names}. Name the one that you mean with --entity, as in --entity orders=NAME"
        )
    lines = [
        f"# A draft from a description of {outline.title}. What is marked as guessed was found by",
        "# its name only: look at rows and records side by side with `santong connector try`.",
        f"system: {system}",
        f"title: {written(outline.title)}",
        'version: "1"',
        f"protocol: {outline.protocol}",
        'address: "{base_url}"                   # a setting of the connection',
        '# auth: { kind: basic, user: "{username}", password: password }   # or another kind',
        "# time: { zone: Asia/Shanghai }         # of local times",
        *outline.head,
    ]
    for name, entity in chosen.items():
        lines += ["", f"{name}:", *(f"  {line}" for line in _section(outline, name, entity))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _section(outline: Outline, name: str, entity: Entity) -> Iterator[str]:
    found = guessed(name, entity.fields)
    if outline.protocol in ("odata", "rest"):
        yield f"resource: {written(entity.place)}"
    yield "channel: {}                          # one channel; or `from:` a path of a row"
    currency = found.pop("currency", None)
    if name not in ("memberships", "stores"):
        yield f"currency_from: {currency.path}" if currency else "currency: CNY"
    yield "record:"
    yield from (f"  {line}" for line in _record(found, name))
    yield from order_of(outline, name, found)
    yield from asking(outline, name, entity, found)
    used = {one.path for one in found.values()}
    rest = [one.path for one in entity.fields if one.path not in used]
    yield from _unused(rest)


def _record(found: Mapping[str, Found], section: str) -> Iterator[str]:
    inner: dict[str, list[str]] = {}
    for target, field in found.items():
        outer, _, name = target.rpartition(".")
        if outer:
            inner.setdefault(outer, []).append(_line(name, field))
        elif target == "lines":
            yield from _lines(field)
        elif target == "status":
            yield from _status(section, field)
        else:
            yield _line(target, field, checked=target == KEY[section])
    for outer, lines in inner.items():
        yield f"{outer}:"
        yield "  record:"
        yield from (f"    {line}" for line in lines)
    if section == "promotions":
        yield "kind: { const: UNKNOWN }             # decide: ORDER_DISCOUNT, ITEM_DISCOUNT, …"


def _line(target: str, field: Found, *, checked: bool = False) -> str:
    cast = {Holds.INSTANT: "instant", Holds.LOCAL: "local", Holds.DATE: "date"}.get(field.holds)
    path = written(field.path)
    why = "" if checked else f"  {_CHECK}"
    if cast is not None:
        return f"{target}: {{ from: {path}, as: {cast} }}{why}"
    if target.endswith("_at"):
        return f"{target}: {{ from: {path}, as: instant }}  # guessed; a text: has it a zone?"
    return f"{target}: {path}{why}"


def _lines(field: Found) -> Iterator[str]:
    inside = guessed("lines", field.fields)
    if "ref" not in inside:
        yield f"# lines: each of {field.path}; say which field names a line"
        return
    yield "lines:"
    yield f"  each: {written(field.path)}"
    yield "  record:"
    yield from (f"    {_line(name, one)}" for name, one in inside.items())


def _status(section: str, field: Found) -> Iterator[str]:
    kind = STATUSES.get(section)
    if kind is None:
        return
    if not field.words:
        words = ", ".join(member.name for member in kind)
        yield f'# status: {{ from: {field.path}, map: {{ "its word": {next(iter(kind)).name} }} }}'
        yield from (f"#   {line}" for line in _wrapped(f"ours: {words}"))
        return
    yield "status:"
    yield f"  from: {written(field.path)}"
    yield "  map:"
    for word in field.words:
        member = meant(kind, word)
        doubt = _CHECK if member.name != "UNKNOWN" else "# decide what it means"
        yield f"    {written(word)}: {member.name}  {doubt}"


def _unused(paths: list[str]) -> Iterator[str]:
    if paths:
        yield from (f"# {line}" for line in _wrapped(f"not read yet: {', '.join(paths)}"))


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= _WIDTH:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line
