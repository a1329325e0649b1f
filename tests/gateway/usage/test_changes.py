"""Every change that graphql-core knows has its coordinates: a contract with one of each kind."""

from graphql import build_schema
from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType

from gateway.usage import changes
from gateway.usage.changes import Severity, changes_between

OLD = build_schema(
    """
    directive @gone on FIELD
    directive @less(a: Int, b: Int) repeatable on FIELD | QUERY
    directive @more on FIELD
    interface Node { id: ID }
    interface Named { name: String }
    type Cat implements Node { id: ID, name: String, tone: Tone, old: Int, kind: Int }
    type Dog { id: ID }
    type Bird { id: ID }
    type Gone { a: Int }
    type Turned { a: Int }
    union Pet = Cat | Dog
    enum Tone { LOUD QUIET }
    input Wish { name: String, tone: Tone = LOUD }
    type Query {
      cat(gone: Int, kind: Int, words: String = "a", wish: Wish): Cat
      pet: Pet
      gone: Gone
      bird: Bird
      turned: Turned
    }
    """
)
NEW = build_schema(
    """
    directive @less(b: Int, c: Int!) on FIELD
    directive @more on FIELD
    interface Node { id: ID }
    interface Named { name: String }
    type Cat implements Named { id: ID, name: String, tone: Tone, kind: String }
    type Dog { id: ID }
    type Bird { id: ID }
    input Turned { a: Int }
    union Pet = Cat | Bird
    enum Tone { LOUD SOFT }
    input Wish { name: String, tone: Tone = SOFT, must: Int!, may: Int }
    type Query {
      cat(kind: String, words: String = "b", wish: Wish, must: Int!, may: Int): Cat
      pet: Pet
      bird: Bird
    }
    """
)
NOTICED = {
    "TYPE_REMOVED": {("Gone",)},
    "TYPE_CHANGED_KIND": {("Turned",)},
    "TYPE_REMOVED_FROM_UNION": {("Dog", "Pet")},
    "VALUE_REMOVED_FROM_ENUM": {("Tone.QUIET",)},
    "REQUIRED_INPUT_FIELD_ADDED": {("Wish",)},
    "IMPLEMENTED_INTERFACE_REMOVED": {("Cat", "Node")},
    "FIELD_REMOVED": {("Cat.old",), ("Query.gone",), ("Query.turned",)},
    "FIELD_CHANGED_KIND": {("Cat.kind",)},
    "REQUIRED_ARG_ADDED": {("Query.cat",)},
    "ARG_REMOVED": {("Query.cat(gone:)",)},
    "ARG_CHANGED_KIND": {("Query.cat(kind:)",)},
    "DIRECTIVE_REMOVED": {("@gone",)},
    "DIRECTIVE_ARG_REMOVED": {("@less(a:)",)},
    "REQUIRED_DIRECTIVE_ARG_ADDED": {("@less",)},
    "DIRECTIVE_REPEATABLE_REMOVED": {("@less",)},
    "DIRECTIVE_LOCATION_REMOVED": {("@less",)},
    "VALUE_ADDED_TO_ENUM": {("Tone",)},
    "TYPE_ADDED_TO_UNION": {("Pet",)},
    "OPTIONAL_INPUT_FIELD_ADDED": {("Wish",)},
    "OPTIONAL_ARG_ADDED": {("Query.cat",)},
    "IMPLEMENTED_INTERFACE_ADDED": {("Named",)},
    "ARG_DEFAULT_VALUE_CHANGE": {("Query.cat(words:)",)},
    "INPUT_FIELD_DEFAULT_VALUE_CHANGE": {("Wish.tone",)},
}


def test_every_kind_of_change_says_what_it_concerns():
    found = {}
    for one in changes_between(OLD, NEW):
        found.setdefault(one.kind, set()).add(one.coordinates)
    assert found == NOTICED


def test_no_kind_is_missing():
    every = {one.name for kind in (BreakingChangeType, DangerousChangeType) for one in kind}
    assert set(NOTICED) == every
    assert {one.name for one in changes._PATTERNS} == every


def test_breaking_ones_come_first():
    severities = [one.severity for one in changes_between(OLD, NEW)]
    breaking = severities.count(Severity.BREAKING)
    assert severities == [Severity.BREAKING] * breaking + [Severity.DANGEROUS] * (
        len(severities) - breaking
    )


def test_what_becomes_deprecated_is_told_to_who_asks_it():
    old = build_schema(
        """
        enum Tone { LOUD QUIET }
        input Wish { name: String, was: Int @deprecated(reason: "long ago") }
        type Query { a(b: Int, wish: Wish): Tone, c: Int, d: Int @deprecated }
        """
    )
    new = build_schema(
        """
        enum Tone { LOUD QUIET @deprecated(reason: "nobody hears it") }
        input Wish { name: String @deprecated, was: Int @deprecated(reason: "long ago") }
        type Query {
          a(b: Int @deprecated(reason: "say c"), wish: Wish): Tone
          c: Int @deprecated(reason: "say a")
          d: Int @deprecated(reason: "say a")
        }
        """
    )
    found = {one.coordinates[0]: one for one in changes_between(old, new)}
    assert found.keys() == {"Query.a(b:)", "Query.c", "Tone.QUIET", "Wish.name"}
    assert {one.severity for one in found.values()} == {Severity.DANGEROUS}
    assert found["Query.c"].description == "Query.c becomes deprecated: say a"
