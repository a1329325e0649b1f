"""Every way to break a feed, with the message that its author gets."""

import pytest

from connectors.manifest import ManifestError, read_manifest

GOOD = """\
system: acme
title: Acme
version: "1"
protocol: files
address: "{folder}"
feeds:
  sales:
    section: stores
    name: "{store}_{day}.csv"
    done: "{file}.done"
    format: csv
    columns:
      code: { headings: [店号], as: code, width: 4 }
      name: { optional: true }
    group: { by: [code], head: [name] }
  flat:
    section: stores
    name: "{store}.txt"
    format: fixed
    columns: { code: { bytes: [1, 4] } }
  tree:
    section: stores
    name: "*.xml"
    format: xml
    record: Row
    lists: [Line]
    void: { when: { from: Kind, words: [V] }, key: [A, B], target: [C, D] }
stores:
  channel: {}
  record: { code: code }
  order: { ties: keyset }
  by_key: {}
  search: { filters: { code: { push: code } } }
"""

BROKEN = [
    ('section: stores\n    name: "*', 'section: store\n    name: "*',
     "22:5: there is no section 'store'; did you mean 'stores'? valid: stores",
     "MANIFEST_BAD_CHOICE"),
    ("{store}_{day}", "{shop}_{day}", "9:5: unknown mark {shop}; valid: day, revision, sequence,",
     "MANIFEST_UNKNOWN_PARAMETER"),
    ("{store}_{day}", "{day}_{day}", "9:5: a file's name has each mark once",
     "MANIFEST_BAD_VALUE"),
    ("{store}_{day}", "in/{day}", "and no folder", "MANIFEST_BAD_VALUE"),
    ("{file}.done", "ready", "10:5: a mark's name holds {file}", "MANIFEST_BAD_VALUE"),
    ("{file}.done", "{name}.done", "unknown mark {name}", "MANIFEST_UNKNOWN_PARAMETER"),
    ("    format: csv\n", '    format: csv\n    day: "%Y%m"\n', "12:5: '%Y%m' does not tell a day",
     "MANIFEST_BAD_VALUE"),
    ("    format: csv\n", '    format: csv\n    day: "%Y%m%d%H"\n', "a day is made of",
     "MANIFEST_BAD_VALUE"),
    ("format: csv", "format: cvs", "did you mean 'csv'? valid: csv, fixed, json, xml",
     "MANIFEST_BAD_CHOICE"),
    ("as: code", "as: cod", "did you mean 'code'? valid: code, date, number, text, time",
     "MANIFEST_BAD_CHOICE"),
    ("format: csv\n", "format: csv\n    encoding: gbk\n", "'gbk' is no choice; ",
     "MANIFEST_BAD_CHOICE"),
    ("format: csv\n", "format: csv\n    record: Row\n",
     "12:5: 'record' is not for csv; valid: columns, decimal_mark, delimiter, footer, group",
     "MANIFEST_UNKNOWN_FIELD"),
    ("    record: Row\n", "", "'record' is missing: xml is read by it", "MANIFEST_MISSING_FIELD"),
    ("lists: [Line]", "lists: [Line]\n    footer: [T]", "'footer' is not for xml",
     "MANIFEST_UNKNOWN_FIELD"),
    ("{ bytes: [1, 4] }", "{ as: code }", "'bytes' is missing: where the column begins",
     "MANIFEST_MISSING_FIELD"),
    ("{ optional: true }", "{ bytes: [1, 2] }", "14:15: 'bytes' is not for csv",
     "MANIFEST_UNKNOWN_FIELD"),
    ("bytes: [1, 4]", "bytes: [0, 4]", "0 is not allowed: minimum 1", "MANIFEST_BAD_VALUE"),
    ("by: [code]", "by: [cod]", "15:19: there is no column 'cod'; did you mean 'code'?",
     "MANIFEST_BAD_CHOICE"),
    ("target: [C, D]", "target: [C]", "'target' has a path for each of 'key'",
     "MANIFEST_BAD_VALUE"),
    ("    format: fixed\n", "", "'format' is missing", "MANIFEST_MISSING_FIELD"),
    ("columns: { code: { bytes: [1, 4] } }", "colums: {}",
     "unknown field 'colums'; did you mean 'columns'?", "MANIFEST_UNKNOWN_FIELD"),
    ("ties: keyset", "ties: complete", "files pages by keyset; valid: keyset",
     "MANIFEST_BAD_CHOICE"),
    ("by_key: {}", "by_key: { statement: x }", "'statement' is not for files; valid: none",
     "MANIFEST_UNKNOWN_FIELD"),
]  # fmt: skip


def test_the_good_one_is_good():
    feeds = read_manifest(GOOD, "acme/manifest.yaml").own.feeds
    assert list(feeds) == ["sales", "flat", "tree"]
    assert feeds["flat"].columns["code"].span == (1, 4)


@pytest.mark.parametrize(("old", "new", "message", "code"), BROKEN)
def test_a_broken_feed_says_where_and_what(old, new, message, code):
    assert GOOD.count(old) == 1
    with pytest.raises(ManifestError) as caught:
        read_manifest(GOOD.replace(old, new), "acme/manifest.yaml")
    faults = caught.value.faults
    assert [one for one in faults if one.code == code and message in str(one)], caught.value


def test_feeds_cannot_be_left_out():
    text = GOOD[: GOOD.index("feeds:")] + GOOD[GOOD.index("stores:\n  channel") :]
    with pytest.raises(ManifestError, match="'feeds' is missing: files asks by it"):
        read_manifest(text, "acme/manifest.yaml")
