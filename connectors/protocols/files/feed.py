"""Feeds as values: which files of a drop folder hold what, and how their rows are read."""

from collections.abc import Mapping

from msgspec import Struct, field


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of a flat file.

    `headings` are the words that stand over it, `span` its first byte (from 1) and its length in a
    fixed width. `width` gives digits back the leading zeros that a spreadsheet took.
    """

    headings: tuple[str, ...] = ()
    span: tuple[int, int] | None = field(name="bytes", default=None)
    cast: str = field(name="as", default="text")
    width: int | None = None
    optional: bool = False


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that belong together, such as those of a receipt, as one row with a list."""

    by: tuple[str, ...]
    into: str = "lines"
    head: tuple[str, ...] = ()


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on a row: the text at a plain path is one of these words."""

    source: str = field(name="from")
    words: tuple[str, ...]


class Void(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row that takes back another: when it is one, and what names the row that it takes back.

    `key` are paths of every row, `target` those of the voiding row that hold the same values.
    """

    when: Words
    key: tuple[str, ...]
    target: tuple[str, ...]


class Feed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of file of a drop folder, and the section of the manifest that its rows are of.

    `name` is the pattern of the file's name with `{store}`, `{day}`, `{sequence}` and
    `{revision}`; `done` that of its mark, with `{file}`. Without a mark a file is whole when it
    has not grown for `settle_seconds`.
    """

    section: str
    name: str
    form: str = field(name="format")
    day: str = "%Y%m%d"
    done: str | None = None
    settle_seconds: int = 60
    encoding: str = "auto"
    delimiter: str = "auto"
    decimal_mark: str = "."
    columns: Mapping[str, Column] = {}
    footer: tuple[str, ...] = ()
    group: Group | None = None
    record: str | None = None
    carry: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    skip: Mapping[str, Words] = {}
    void: Void | None = None


FORMATS = ("csv", "fixed", "json", "xml")
CELLS = ("code", "date", "number", "text", "time")
ENCODINGS = ("auto", "big5", "gb18030", "latin-1", "utf-16", "utf-8")
