"""Hostile GraphQL documents: small texts that cost an unguarded server much."""

from collections.abc import Iterator

FIELD = "channels { code }"


def corpus(scale: int = 1) -> dict[str, str]:
    """All of them by name; `scale` multiplies what they repeat."""
    return dict(
        [*_wide(scale), *_repeated(), *_deep(scale), *_fragments(scale), *_long(scale), *_odd()]
    )


def _times(count: int, text: str) -> str:
    return " ".join(text.replace("#", str(place)) for place in range(count))


def _wide(scale: int) -> Iterator[tuple[str, str]]:
    yield (
        "aliases of an expensive field",
        f"{{ {_times(1000 * scale, 'a#: orders { totalCount { value } }')} }}",
    )
    yield "few long aliases", f"{{ {_times(100 * scale, 'a#: channels { code }')} }}"
    yield "aliases of a mutation", f"mutation {{ {_times(1000 * scale, 'a#: __typename')} }}"
    yield "duplicate fields", f"{{ {_times(10_000 * scale, '__typename')} }}"
    yield "duplicate composite fields", f"{{ {_times(450, FIELD)} }}"
    yield "overlapping fields", f"{{ {_times(600 * scale, 'channels { code name }')} }}"
    yield (
        "overlapping arguments",
        f"{{ {_times(400, 'orders(first: #) { totalCount { value } }')} }}",
    )
    yield "known directives", f"{{ __typename {_times(5000 * scale, '@skip(if: false)')} }}"
    yield "a hundred directives", f"{{ __typename {_times(100, '@include(if: true)')} }}"
    yield "unknown directives", f"{{ __typename {_times(5000 * scale, '@no#')} }}"
    yield "misspellings", f"{{ {_times(900, 'chanels#')} }}"
    yield (
        "misspelt arguments",
        f"{{ orders({_times(900, 'frist#: 1')}) {{ totalCount {{ value }} }} }}",
    )
    yield "variables", f"query Q({_times(3000 * scale, '$v#: Int')}) {{ __typename }}"
    yield "eight hundred variables", f"query Q({_times(800, '$v#: Int')}) {{ __typename }}"
    yield "operations", _times(2000 * scale, "query Q# { __typename }")
    yield "operations of one name", _times(900, "query Q { __typename }")
    yield "anonymous operations", _times(900, "{ __typename }")
    fan = "a: channels { code } b: channels { code }"
    yield "fan-out", "{ " + _times(100 * scale, f"orders {{ nodes {{ {fan} }} }}") + " }"


def _repeated() -> Iterator[tuple[str, str]]:
    ten = " ".join(f"a{n}: channels {{ code }}" for n in range(10))
    yield "duplicate leaves", f"{{ {_times(900, '__typename')} }}"
    yield "ten names repeated", f"{{ {_times(45, ten)} }}"
    yield "repeated in depth", f"{{ channels {{ {_times(900, 'code')} }} }}"
    inner = _times(20, "code")
    yield "pairs of pairs", "{ " + _times(40, f"channels {{ {inner} }}") + " }"
    for levels in (26, 100):
        ring = " ".join(
            f"fragment F{n} on Query {{ ...F{(n + 1) % levels} ...F{(n + 1) % levels} }}"
            for n in range(levels)
        )
        yield f"a doubled ring of {levels}", f"{{ ...F0 }} {ring}"


def _deep(scale: int) -> Iterator[tuple[str, str]]:
    yield (
        "depth 20",
        "{ orders " + "{ nodes { lines { product " * 6 + "{ sku }" + " } } }" * 6 + " }",
    )
    for levels in (400, 2400, 20_000 * scale):
        yield f"nesting {levels}", "{ a " * levels + "}" * levels
        yield f"inline fragments {levels}", "{ ... " * levels + "{ __typename }" + "}" * levels
    for levels in (200, 900, 2400, 20_000 * scale):
        lists = "[" * levels + "]" * levels
        yield f"lists {levels}", f"{{ orders(first: {lists}) {{ totalCount {{ value }} }} }}"
        objects = "{a:" * levels + "1" + "}" * levels
        yield f"objects {levels}", f"{{ orders(filter: {objects}) {{ totalCount {{ value }} }} }}"
        kind = "[" * levels + "Int" + "]" * levels
        yield (
            f"list types {levels}",
            f"query Q($v: {kind}) {{ orders(first: $v) {{ __typename }} }}",
        )
        yield f"directive lists {levels}", f"{{ __typename @skip(if: {lists}) }}"


def _fragments(scale: int) -> Iterator[tuple[str, str]]:
    on = "on Query"
    yield "a fragment of itself", f"{{ ...F }} fragment F {on} {{ ...F }}"
    yield "a fragment of itself, often", f"{{ ...F }} fragment F {on} {{ {_times(900, '...F')} }}"
    ring = " ".join(f"fragment F{n} {on} {{ ...F{(n + 1) % 300} }}" for n in range(300))
    yield "a ring", f"{{ ...F0 }} {ring}"
    for length in (400, 1000 * scale):
        chain = " ".join(f"fragment F{n} {on} {{ ...F{n + 1} }}" for n in range(length))
        yield (
            f"a chain of {length}",
            f"{{ ...F0 }} {chain} fragment F{length} {on} {{ __typename }}",
        )
    yield "unused", "{ __typename } " + _times(2000 * scale, f"fragment F# {on} {{ __typename }}")
    yield "unused, few", "{ __typename } " + _times(400, f"fragment F# {on} {{ __typename }}")
    yield "unknown", "{ " + _times(900, "...F#") + " }"
    for name, leaf in (("fields", "__typename"), ("aliases", "a: __typename b: __typename")):
        for levels in (14, 26, 60):
            double = " ".join(
                f"fragment F{n} {on} {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
            )
            end = f"fragment F{levels} {on} {{ {leaf} }}"
            yield f"{name} doubled {levels} times", f"{{ ...F0 }} {double} {end}"
    over = " ".join(f"fragment F{n} {on} {{ {FIELD} ...F{n + 1} }}" for n in range(100))
    yield "overlapping fragments", f"{{ ...F0 }} {over} fragment F100 {on} {{ {FIELD} }}"
    pairs = " ".join(f"fragment F{n} {on} {{ {FIELD} }}" for n in range(300))
    yield "fragments side by side", "{ " + _times(300, "...F#") + " } " + pairs
    yield "inline fragments", "{ " + _times(5000 * scale, "... { __typename }") + " }"


def _long(scale: int) -> Iterator[tuple[str, str]]:
    size = 900_000
    yield "a comment", "{ __typename } #" + "a" * size
    yield "many comments", "{ __typename }" + "\n#" * (size // 2)
    yield "runs of digits", "{ __typename } #" + f"{'1' * 399} " * 240
    yield "commas", "{ __typename " + "," * size + " }"
    yield "a string", f'{{ orders(after: "{"a" * size}") {{ totalCount {{ value }} }} }}'
    yield "a block string", f'{{ orders(after: """{"a" * size}""") {{ totalCount {{ value }} }} }}'
    yield "block lines", f'{{ orders(after: """{(" a" + chr(10)) * 200_000}""") {{ __typename }} }}'
    yield "a field name", "{ " + "a" * size + " }"
    yield "an operation name", "query " + "a" * size + " { __typename }"
    yield "an unknown type", f"query Q($v: {'a' * size}) {{ __typename }}"
    yield "an integer", f"{{ orders(first: {'9' * 10_000 * scale}) {{ totalCount {{ value }} }} }}"
    yield "a float", f"{{ orders(first: 1e{'9' * 10_000 * scale}) {{ totalCount {{ value }} }} }}"


def _odd() -> Iterator[tuple[str, str]]:
    for value in ("-1", "0", "101", "2147483648", "null", '"1"', "1.0", "A"):
        yield f"first: {value}", f"{{ orders(first: {value}) {{ totalCount {{ value }} }} }}"
    yield "first and last", "{ orders(first: 1, last: 1) { totalCount { value } } }"
    for value in ("", "a", "A" * 5_000, "\\u0000", "会员", "eyJ2IjoxfQ==", "////"):
        yield f"after: {value[:10]}", f'{{ orders(after: "{value}") {{ totalCount {{ value }} }} }}'
        yield f"node: {value[:10]}", f'{{ node(id: "{value}") {{ id }} }}'
        yield f"order: {value[:10]}", f'{{ order(by: {{id: "{value}"}}) {{ id }} }}'
    many = ", ".join(f'"{n}"' for n in range(2000))
    yield "many nodes", f"{{ nodes(ids: [{many}]) {{ id }} }}"
    yield "byte order mark and NUL", "\ufeff{ __typename \x00 }"
    yield "a lone surrogate", '{ orders(after: "\\ud800") { totalCount { value } } }'
    yield "subscription", "subscription { __typename }"
    yield "mutation", "mutation { nothing }"
    yield "a schema", "type Query { a: Int }"
    yield "nothing", "#"
    types = "{ types { fields { type { fields { type { fields { name } } } } } } }"
    yield "circular introspection", "{ __schema " + types + " }"
    yield (
        "type names in a circle",
        '{ __type(name: "Query") ' + types[1:-1].replace("types", "fields { type", 1) + " } } }",
    )
