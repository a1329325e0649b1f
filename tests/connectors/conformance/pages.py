"""`python -m tests.connectors.conformance.pages` writes docs/systems from the suite itself.

What a page says is what the suite knows: the ports that a manifest declares, the checks that each
of them passes, the waivers, and what the checks are run against.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from capabilities.member.writing import WriteKind
from capabilities.order.writing import OrderWriteKind
from connectors.connector import ABILITIES, _connector_class
from connectors.manifest import System, load_system
from connectors.manifest.model import Commanding, Section
from connectors.ports.order_writes import call_of as order_call_of
from connectors.ports.order_writes import limits_of
from connectors.ports.writes import call_of
from connectors.protocols.sql.dialect import DIALECTS
from tests.connectors.conformance.subject import SUBJECTS, Subject
from tests.connectors.conformance.suite import checks_of_ports

PLACE = Path("docs/systems")
_SECTIONS = ("memberships", "orders", "order_mirrors", "stores", "promotions", "coupons")


def pages() -> dict[Path, str]:
    """Every page by its place; a system that ships without a case has none."""
    shipping = {subject.system: subject for subject in SUBJECTS.values() if subject.systems is None}
    found = {
        PLACE / f"{name}.md": _page(load_system(name), subject)
        for name, subject in sorted(shipping.items())
    }
    found[PLACE / "README.md"] = _index(shipping)
    return found


def _index(shipping: dict[str, Subject]) -> str:
    lines = [
        "# Systems",
        "",
        "What ships, and what each was tested against. These pages are written from the",
        "conformance suite, which asks every port of every system the same. A waiver is a defect",
        "of a vendor that no mapping can mend; it is named with its reason.",
        "",
        "| System | Protocol | Answers | Tested against | Waivers |",
        "|---|---|---|---|---|",
    ]
    for name, subject in sorted(shipping.items()):
        system = load_system(name)
        answers = ", ".join(one for one in _SECTIONS if one in system.sections)
        lines.append(
            f"| [{system.manifest.title}]({name}.md) | {system.manifest.protocol} | {answers} "
            f"| {subject.tested_against} | {len(subject.waivers) or '–'} |"
        )
    lines += [
        "",
        "## Systems of the suite only",
        "",
        "They prove a protocol, where there is such software against what others wrote.",
        "",
        "| Case | Protocol | Tested against |",
        "|---|---|---|",
    ]
    for name, subject in SUBJECTS.items():
        if subject.systems is not None:
            protocol = load_system(subject.system, subject.systems).manifest.protocol
            lines.append(f"| `{name}` | {protocol} | {subject.tested_against} |")
    lines += ["", *_dialects()]
    return "\n".join(lines) + "\n"


def _dialects() -> Iterator[str]:
    yield "## Dialects of SQL"
    yield ""
    yield "| Dialect | Verified | What was checked |"
    yield "|---|---|---|"
    for one in DIALECTS.values():
        told = "against a real server" if one.verified else "**unverified**"
        yield f"| {one.title} | {told} | {one.checked} |"


def _page(system: System, subject: Subject) -> str:
    manifest = system.manifest
    spoken = f"Over `{manifest.protocol}`; tested against {subject.tested_against}."
    lines = [
        f"# {manifest.title}",
        "",
        f"`system: {manifest.system}`, version {manifest.version} of its manifest. {spoken}",
        "",
        f"A connection needs the settings {_settings(system)} and the secrets {_secrets(system)}.",
        *_logon(system),
        "",
        "## Questions",
        "",
        "| Section | By key | By identity | By customer | Lists, with their filters | Changes |",
        "|---|---|---|---|---|---|",
        *(_questions(name, one.section) for name, one in system.sections.items()),
        "",
        *_writes(system),
        "## Fields that it fills",
        "",
        "| Section | Fields | Native fields |",
        "|---|---|---|",
        *(_fields(name, one.section) for name, one in system.sections.items()),
        "",
        "## Checks",
        "",
        "| Port | Checks that it passes |",
        "|---|---|",
        *_checks(system, subject),
        "",
        *_waivers(subject),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _writes(system: System) -> Iterator[str]:
    """What it takes; `test_conformance_sinks.py` asks every such system the same."""
    for name, one in system.sections.items():
        writing = one.section.write
        if writing is not None:
            kinds = [kind.value.lower() for kind in WriteKind if call_of(writing, kind)]
            yield "## Changes"
            yield ""
            yield f"It takes changes of {name}: {', '.join(kinds)}. Each is made once, and is"
            yield "looked up by our reference before it is repeated."
            yield ""
        if one.section.commands is not None:
            yield from _commands(one.section.commands)
    if (stock := getattr(system.manifest.own, "stock", None)) is not None:
        kept = "by our reference" if stock.read.reference_at else "by what stands there"
        yield "## Stock"
        yield ""
        yield f"What it offers of a product can be set, by its `{stock.code}`. It is told once,"
        yield f"read back, and looked up {kept} before it is told again."
        yield ""


def _commands(commands: Commanding) -> Iterator[str]:
    """What it takes of orders; `order_sinks.py` asks every such system the same."""
    kinds = ", ".join(kind.value for kind in OrderWriteKind if order_call_of(commands, kind))
    yield "## Orders that it takes"
    yield ""
    yield f"{kinds}. Each is one unit that is done wholly or not, and is looked up by our reference"
    yield "before it is repeated. Everything else is refused as `CHANNEL_UNSUPPORTED`."
    yield ""
    for kind, limit in limits_of(commands).items():
        held = f"{limit.characters} characters"
        held += f", {limit.octets} bytes" if limit.octets else ""
        held += ", each of at most three bytes" if limit.basic_plane else ""
        yield f"- {kind.value}: {held}"
    names = ", ".join(f"`{name}` ({held or 'none'})" for name, held in commands.values.items())
    yield ""
    yield f"Settings of a connection that say otherwise: {names or 'none'}."
    yield ""


def _settings(system: System) -> str:
    manifest = system.manifest
    texts = [manifest.address, *manifest.headers.values(), *manifest.parameters.values()]
    call = getattr(manifest.own, "jsonrpc", None)
    logon = (call.database, call.user) if call is not None else (manifest.auth.user,)
    texts += [one for one in logon if one]
    names = dict.fromkeys(
        name for text in texts for _, name, _, _ in Formatter().parse(text) if name
    )
    return ", ".join(f"`{name}`" for name in names) or "none"


def _secrets(system: System) -> str:
    auth = getattr(system.manifest.own, "jsonrpc", system.manifest.auth)
    names = [getattr(auth, name, None) for name in ("password", "token", "session")]
    return ", ".join(f"`{name}`" for name in names if name) or "none"


def _logon(system: System) -> Iterator[str]:
    login = getattr(system.manifest.auth, "login", None)
    texts = login.send.values() if login is not None else ()
    names = sorted({name for text in texts for _, name, _, _ in Formatter().parse(text) if name})
    if names:
        shown = ", ".join(f"`{name}`" for name in names)
        yield f"Its logon takes {shown}, of which what is secret is a secret."


def _questions(name: str, section: Section) -> str:
    kinds = ", ".join(sorted(section.by_identity)) or "–"
    lists = "–"
    if section.search is not None:
        ways = (f"{word} ({_way(one)})" for word, one in section.search.filters.items())
        lists = ", ".join(ways) or "yes"
    batch = section.by_key.batch if section.by_key is not None else None
    key = "–" if section.by_key is None else f"{batch} at once" if batch else "yes"
    customer = "yes" if section.by_customer else "–"
    order = section.changes.section.order if section.changes is not None else None
    changes = f"by `{order.by}`" if order is not None else "–"
    return f"| {name} | {key} | {kinds} | {customer} | {lists} | {changes} |"


def _way(one: object) -> str:
    return next(way for way in ("push", "window", "scan") if getattr(one, way))


def _fields(name: str, section: Section) -> str:
    native = ", ".join(f"`{one}`" for one in section.native) or "–"
    return f"| {name} | {', '.join(section.record)} | {native} |"


def _checks(system: System, subject: Subject) -> Iterator[str]:
    kind = _connector_class(system.manifest)
    abilities = frozenset(port for port in ABILITIES if issubclass(kind, port))
    for port, checks in checks_of_ports(kind, abilities).items():
        names = [
            check.__name__ for check in checks if (port, check.__name__) not in subject.waivers
        ]
        yield f"| {port} | {', '.join(_spoken(one) for one in names)} |"


def _spoken(name: str) -> str:
    return re.sub("_", " ", name)


def _waivers(subject: Subject) -> Iterator[str]:
    if not subject.waivers:
        yield "No waivers."
        return
    yield "## Waivers"
    yield ""
    yield "| Port | Check | Why |"
    yield "|---|---|---|"
    for (port, check), why in subject.waivers.items():
        yield f"| {port or 'all'} | {_spoken(check)} | {why} |"


if __name__ == "__main__":
    for place, text in pages().items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        print(place)  # noqa: T201 - the command's output
