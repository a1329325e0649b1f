"""Every way to break a manifest, with the message that its author gets."""

from types import SimpleNamespace

import pytest

from connectors.manifest import ManifestError, read_manifest

GOOD = """\
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}"
auth: { kind: basic, user: "{username}", password: password }
paging: { limit: per_page, offset: offset, sort: orderby, direction: order }
time: { zone: Asia/Shanghai }
orders:
  resource: orders
  channel: { from: shop }
  currency: CNY
  record:
    number: id
    status: { from: state, map: { done: COMPLETED, open: CONFIRMED } }
    placed_at: { from: created, as: instant, zone: UTC }
    customer: { from: customer, none: ["0"] }
    money: { record: { total: { from: total, rounding: HALF_UP } } }
    lines:
      each: items
      record: { ref: id, codes: [{ kind: sku, from: sku }], total: price }
    notes: [note]
  order: { ties: complete, by: date, before: before, after: after }
  by_key: { param: include, keys: "[0-9]+" }
  by_customer: { param: customer, per_customer: true, batch: 1 }
  search: { filters: { placed_at: { window: true }, status: { scan: true } } }
"""

SQL = """\
system: acme
title: Acme
version: "1"
protocol: sql
address: "{url}"
fragments: { all: SELECT * FROM t }
stores:
  channel: {}
  record: { code: code }
  order: { ties: keyset }
  by_key: { statement: "{all} WHERE code IN :keys" }
  search: { statement: "{all} ORDER BY code {asc} LIMIT :limit" }
"""

ODATA = """\
system: acme
title: Acme
version: "1"
protocol: odata
address: "{base_url}"
odata: { version: 4, keys: in }
stores:
  resource: service/Stores
  channel: {}
  record: { code: { join: [Country, Code], by: "-" }, name: Name }
  by_key: { fields: [Country, Code] }
"""

MAPPING = SimpleNamespace(order_state=lambda letter: letter)

# What is replaced in the good manifest, by what, and the place, message and code of the fault.
BROKEN = [
    ("system: acme", "sytem: acme", "1:1: unknown field 'sytem'; did you mean 'system'?",
     "MANIFEST_UNKNOWN_FIELD"),
    ("title: Acme\n", "", "'title' is missing", "MANIFEST_MISSING_FIELD"),
    ("system: acme", "system: Acme POS", "1:1: 'Acme POS' does not match", "MANIFEST_BAD_VALUE"),
    ("protocol: rest", "protocol: rset",
     "4:1: 'rset' is no choice; did you mean 'rest'? valid: ",
     "MANIFEST_BAD_CHOICE"),
    ("zone: Asia/Shanghai", "zone: Asia/Shangai",
     "8:9: 'Asia/Shangai' is no time zone; an IANA name such as Asia/Shanghai is",
     "MANIFEST_UNKNOWN_ZONE"),
    ("    number: id\n", "", "13:3: 'number' is missing", "MANIFEST_MISSING_FIELD"),
    ("    number: id", "    numbr: id", "14:5: unknown field 'numbr'; did you mean 'number'?",
     "MANIFEST_UNKNOWN_FIELD"),
    ("    number: id", "    number: id\n    number: no",
     "15:5: 'number' stands twice in the same place", "MANIFEST_DUPLICATE_KEY"),
    ("done: COMPLETED", "done: COMPLETE",
     "15:35: 'COMPLETE' is no choice; did you mean 'COMPLETED'?", "MANIFEST_BAD_CHOICE"),
    (", map: { done: COMPLETED, open: CONFIRMED }", "",
     "15:5: 'map' is missing: the source's words and ours", "MANIFEST_MISSING_FIELD"),
    (", as: instant, zone: UTC", "",
     "16:5: a field of this kind is cast `as` instant or local or date; nothing is declared",
     "MANIFEST_BAD_CAST"),
    ("as: instant, zone: UTC", "as: money",
     "16:33: a field of this kind is cast `as` instant or local or date; found 'money'",
     "MANIFEST_BAD_CAST"),
    ("as: instant", "as: instnt", "16:33: 'instnt' is no choice; did you mean 'instant'?",
     "MANIFEST_BAD_CHOICE"),
    ("zone: UTC }", "zone: Mars }", "16:46: 'Mars' is no time zone", "MANIFEST_UNKNOWN_ZONE"),
    ('none: ["0"]', "none: 0", "17:33: expected a list, found a number", "MANIFEST_WRONG_TYPE"),
    ("customer: { from: customer,", "customer: { from: customer, const: x,",
     "17:5: exactly one of from, any, join, const, call makes a field; found from, const",
     "MANIFEST_AMBIGUOUS"),
    ("customer: { from: customer,", "customer: {",
     "exactly one of from, any, join, const, call makes a field; found none",
     "MANIFEST_AMBIGUOUS"),
    ('    customer: { from: customer, none: ["0"] }', "    customer: 5",
     "17:5: expected a path or an object, found a number", "MANIFEST_WRONG_TYPE"),
    ("number: id\n    status", "number: 'items[0'\n    status",
     "14:5: 'items[0' is no path", "MANIFEST_BAD_PATH"),
    ("number: id\n    status", "number: { join: [id, '@.x'] }\n    status",
     "14:26: '@.x' is no path: a path starts from a field of the row", "MANIFEST_BAD_PATH"),
    ("  currency: CNY\n", "",
     "an amount needs 'currency' or 'currency_from', here or for the section",
     "MANIFEST_MISSING_FIELD"),
    ("currency: CNY", "currency: yuan", "12:3: 'yuan' does not match", "MANIFEST_BAD_VALUE"),
    ("rounding: HALF_UP", "rounding: UP", "'UP' is no choice; ", "MANIFEST_BAD_CHOICE"),
    ("record: { ref: id, ", "record: { ", "21:7: 'ref' is missing", "MANIFEST_MISSING_FIELD"),
    ("{ kind: sku, from: sku }", "{ from: sku }", "'kind' is missing", "MANIFEST_MISSING_FIELD"),
    ("status: { from: state", "status: { call: order_stat, of: [state]",
     "mapping.py has no function 'order_stat'; did you mean 'order_state'? valid: order_state",
     "MANIFEST_UNKNOWN_FUNCTION"),
    ("  resource: orders\n", "", "9:1: 'resource' is missing", "MANIFEST_MISSING_FIELD"),
    ("  order: { ties: complete, by: date, before: before, after: after }\n", "",
     "'order' is missing: search answers pages", "MANIFEST_MISSING_FIELD"),
    ("ties: complete", "ties: loose", "'loose' is no choice; valid: complete, keyset",
     "MANIFEST_BAD_CHOICE"),
    ("{ param: include, keys", "{ field: Include, keys",
     "'param' or 'path' is missing: rest asks by it", "MANIFEST_MISSING_FIELD"),
    ("{ param: include, keys", "{ param: include, field: Id, keys",
     "24:29: 'field' is not for rest; valid: call, found_at, item, param, path",
     "MANIFEST_UNKNOWN_FIELD"),
    ("batch: 1 }", "batch: 0 }", "0 is not allowed: minimum 1",
     "MANIFEST_BAD_VALUE"),
    ("limit: per_page, offset: offset", "kind: page, limit: per_page",
     "7:1: 'page' is missing: a list by page needs it", "MANIFEST_MISSING_FIELD"),
    ("limit: per_page, offset: offset", "kind: curser, limit: per_page",
     "7:11: 'curser' is no choice; did you mean 'cursor'?", "MANIFEST_BAD_CHOICE"),
    ("sort: orderby, direction: order", "only: newest",
     "a list in one direction is read backwards by numbered pages and 'total_at'",
     "MANIFEST_BAD_CHOICE"),
    (", sort: orderby, direction: order", "",
     "'direction' is missing: a list is asked for newest and for oldest first",
     "MANIFEST_MISSING_FIELD"),
    ("before: before, after: after", "after: after, window_days: 30",
     "'before' is missing: a window has two ends", "MANIFEST_MISSING_FIELD"),
    ("{ param: include, keys", "{ path: 'orders/{key}', keys",
     "'batch: 1' is missing: a path names one key", "MANIFEST_MISSING_FIELD"),
    ("{ param: include, keys", "{ param: include, path: 'orders/{key}', batch: 1, keys",
     "exactly one of param, path asks; found param, path", "MANIFEST_AMBIGUOUS"),
    ("time: {", "failures: { statuses: { '404': nothing } }\ntime: {",
     "'nothing' is no choice; valid: denied, none, overloaded, refused, unavailable",
     "MANIFEST_BAD_CHOICE"),
    ("time: {", "calls: { send: xml }\ntime: {",
     "8:10: 'xml' is no choice; valid: form, json, query", "MANIFEST_BAD_CHOICE"),
    ("{ param: include, keys", "{ param: include, per_customer: true, keys",
     "'per_customer' is for the customers of a REST list", "MANIFEST_UNKNOWN_FIELD"),
    ("before: before, ", "",
     "'before' is missing: a list with a limit per customer goes on in a window",
     "MANIFEST_MISSING_FIELD"),
    ("placed_at: { window: true }", "placed_at: { window: true }, store: { window: true }",
     "only placed_at is answered by the window of time; valid: push, scan", "MANIFEST_BAD_CHOICE"),
    ("placed_at: { window: true }", "placed_at: { window: true, scan: true }",
     "exactly one of push, window, scan answers a filter; found window, scan",
     "MANIFEST_AMBIGUOUS"),
    ("placed_at: { window: true }", "placed_at: { window: true, indexed: false }",
     "no filter is indexed, so a search by this one can never be asked",
     "MANIFEST_BAD_CHOICE"),
    ("search: { filters:", "search: { needs: [[placed_at], [stor]], filters:",
     "the search has no filter 'stor'; valid: ", "MANIFEST_BAD_CHOICE"),
    ("status: { scan: true }", "stauts: { scan: true }",
     ("unknown field 'stauts'; did you mean 'status'? "
      "valid: fulfillment_status, kind, payment_status, placed_at, status, store"),
     "MANIFEST_UNKNOWN_FIELD"),
    ("paging: { limit: per_page, offset: offset, sort: orderby, direction: order }\n", "",
     "'paging' is missing", "MANIFEST_MISSING_FIELD"),
    (", password: password }", " }", "6:1: 'password' is missing", "MANIFEST_MISSING_FIELD"),
    ("kind: basic", "kind: basik", "'basik' is no choice; did you mean 'basic'?",
     "MANIFEST_BAD_CHOICE"),
    ("kind: basic", "kind: bearer", "6:1: 'token' is missing", "MANIFEST_MISSING_FIELD"),
    ("kind: basic", "kind: basic, scope: x",
     "6:22: 'scope' is not for basic; valid: kind, user, password", "MANIFEST_UNKNOWN_FIELD"),
    ("kind: basic", "kind: top, digest: sha256",
     "6:20: 'sha256' is not for top; valid: md5, hmac, hmac-sha256", "MANIFEST_BAD_CHOICE"),
    ('{ kind: basic, user: "{username}", password: password }',
     "{ kind: session, login: { path: a, send: {} }, show: { header: a, cookie: b } }",
     "exactly one of header, cookie, param, argument; found header, cookie",
     "MANIFEST_AMBIGUOUS"),
    ('{ kind: basic, user: "{username}", password: password }',
     "{ kind: session, login: { send: {} }, show: { header: a } }",
     "6:24: 'path' is missing", "MANIFEST_MISSING_FIELD"),
    ('keys: "[0-9]+"', 'keys: "[0-9"', "'[0-9' is no pattern for keys: ", "MANIFEST_BAD_VALUE"),
    ("{ param: include, keys", '{ param: include, spellings: ["{valu}"], keys',
     "'{valu}' is no spelling; its forms: value, lower", "MANIFEST_BAD_VALUE"),
    ("{ param: include, keys", '{ param: include, spellings: ["{value.__class__}"], keys',
     "is no spelling; its forms: ", "MANIFEST_BAD_VALUE"),
    ("total: { from: total, rounding: HALF_UP }", "total: { const: 5 }",
     "a field of this kind has no constant", "MANIFEST_WRONG_TYPE"),
    ('customer: { from: customer, none: ["0"] }', "customer: { const: 5 }",
     "a constant of this field is text, in quotes", "MANIFEST_WRONG_TYPE"),
    ("number: id\n    status", "number: '\"a\\\\nb\"'\n    status",
     "is no path: a field's name holds a quote", "MANIFEST_BAD_PATH"),
    ("total: { from: total, rounding: HALF_UP }", 'total: { from: total, point: "," }',
     "'loose' is missing: a number with a point of its own", "MANIFEST_MISSING_FIELD"),
    ("total: { from: total, rounding: HALF_UP }", "total: { from: total, unit: seconds }",
     "'unit: seconds' is not for a field of this kind (money)", "MANIFEST_BAD_CAST"),
    ("as: instant, zone: UTC", "as: instant, unit: minor",
     "'unit: minor' is not for a field of this kind (moment)", "MANIFEST_BAD_CAST"),
    ('customer: { from: customer, none: ["0"] }', "customer: { from: customer, loose: true }",
     "'loose' is not for a field of this kind (text)", "MANIFEST_BAD_CAST"),
    ("  currency: CNY\n", "  currency: CNY\n  json: [note]\n",
     "'note' is JSON in a text; a plain path says what is read inside", "MANIFEST_BAD_PATH"),
    ("  currency: CNY\n", "  currency: CNY\n  rounding: UP\n",
     "'UP' is no choice; ", "MANIFEST_BAD_CHOICE"),
    ("record:\n    number", "record: [\n    number", "expected ',' or ']'", "MANIFEST_SYNTAX"),
]  # fmt: skip

BROKEN_SQL = [
    ("IN :keys", "IN :key", "unknown parameter :key; did you mean 'keys'?",
     "MANIFEST_UNKNOWN_PARAMETER"),
    ("{asc}", "{ascending}", "unknown mark {ascending}; ", "MANIFEST_UNKNOWN_PARAMETER"),
    ('search: { statement: "{all} ORDER BY code {asc} LIMIT :limit" }', "search: {}",
     "'statement' is missing: sql asks by it", "MANIFEST_MISSING_FIELD"),
    (('  by_key: { statement: "{all} WHERE code IN :keys" }\n'
     '  search: { statement: "{all} ORDER BY code {asc} LIMIT :limit" }\n'), "",
     "nothing is declared; at least one of: by_key, search", "MANIFEST_MISSING_FIELD"),
]  # fmt: skip


BROKEN_ODATA = [
    ("version: 4, ", "", "keys by 'in' are of version 4, and stores is not; valid: or, multipart",
     "MANIFEST_BAD_CHOICE"),
    ("resource: service", "version: 2\n  resource: service",
     "6:22: keys by 'in' are of version 4, and stores is not", "MANIFEST_BAD_CHOICE"),
    ("version: 4", "version: 3", "3 is no choice; ", "MANIFEST_BAD_CHOICE"),
    ("keys: in", "keys: inn", "did you mean 'in'? valid: in, json, multipart, or",
     "MANIFEST_BAD_CHOICE"),
    ("fields: [Country, Code]", "fields: [Code]", "['Code'] is not allowed: minItems 2",
     "MANIFEST_BAD_VALUE"),
    ("fields: [Country, Code]", "param: code", "'field' or 'fields' is missing",
     "MANIFEST_MISSING_FIELD"),
]  # fmt: skip


def _fault(text):
    with pytest.raises(ManifestError) as caught:
        read_manifest(text, "acme/manifest.yaml", MAPPING)
    return caught.value


def test_the_good_manifests_are_good():
    assert read_manifest(GOOD, "acme/manifest.yaml", MAPPING).system == "acme"
    assert read_manifest(SQL, "acme/manifest.yaml", MAPPING).protocol == "sql"
    assert read_manifest(ODATA, "acme/manifest.yaml", MAPPING).own.odata.version == 4


@pytest.mark.parametrize(("old", "new", "message", "code"), BROKEN)
def test_a_broken_manifest_says_where_and_what(old, new, message, code):
    assert GOOD.count(old) >= 1
    error = _fault(GOOD.replace(old, new, 1))
    found = [fault for fault in error.faults if fault.code == code and message in str(fault)]
    assert found, str(error)
    assert str(found[0]).startswith(f"acme/manifest.yaml:{found[0].line}:{found[0].column}: ")
    assert str(found[0]).endswith(f"[{code}]")


@pytest.mark.parametrize(("old", "new", "message", "code"), BROKEN_SQL)
def test_a_broken_statement_says_where_and_what(old, new, message, code):
    assert SQL.count(old) == 1
    error = _fault(SQL.replace(old, new))
    assert [fault for fault in error.faults if fault.code == code and message in str(fault)]


@pytest.mark.parametrize(("old", "new", "message", "code"), BROKEN_ODATA)
def test_what_odata_cannot_do_says_where_and_what(old, new, message, code):
    assert ODATA.count(old) == 1
    error = _fault(ODATA.replace(old, new))
    assert [fault for fault in error.faults if fault.code == code and message in str(fault)], error


@pytest.mark.parametrize("text", ["", "# nothing", "[1, 2]", "just words"])
def test_what_is_no_mapping_is_no_manifest(text):
    assert _fault(text).code == "MANIFEST_EMPTY"


def test_all_faults_come_at_once_in_the_order_of_the_file():
    text = GOOD.replace("title: Acme", "titel: Acme").replace("done: COMPLETED", "done: DONE")
    lines = [fault.line for fault in _fault(text).faults]
    assert lines == sorted(lines)
    assert {2, 15} <= set(lines)


def test_an_alias_that_grows_without_end_is_refused():
    layers = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, below in zip("bcdefg", "abcdef", strict=True):
        layers.append(f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]")
    assert _fault("\n".join(layers)).code == "MANIFEST_TOO_LARGE"


def test_an_alias_that_holds_itself_is_refused():
    assert _fault("a: &a [*a]").code == "MANIFEST_TOO_LARGE"


def test_a_manifest_nested_without_end_is_refused():
    assert _fault("[" * 20_000).code == "MANIFEST_TOO_LARGE"


def test_words_stay_what_the_author_wrote():
    text = GOOD.replace("done: COMPLETED, open: CONFIRMED", "no: COMPLETED, 1.0: CONFIRMED")
    manifest = read_manifest(text, "acme/manifest.yaml", MAPPING)
    assert set(manifest.orders.record["status"]["map"]) == {"no", "1.0"}


DATABASE = [
    ("{ dialect: oracle }", "MANIFEST_BAD_CHOICE", "'oracle' is no choice; valid: mysql"),
    ("{ encoding: gb2321 }", "MANIFEST_BAD_CHOICE", "'gb2321' is no choice"),
    ("{ columns: { name: cp936 } }", "MANIFEST_BAD_CHOICE", "'cp936' is no choice"),
    ("{ encoding: gbk }", "MANIFEST_UNKNOWN_FIELD", "is for the dialect sqlserver"),
    ("{ dialect: sqlserver, columns: { a: utf8 } }", "MANIFEST_MISSING_FIELD", "'encoding' is"),
    ("{ isolation: snapshoot }", "MANIFEST_BAD_CHOICE", "did you mean 'snapshot'?"),
    ("{ lock_timout_ms: 5 }", "MANIFEST_UNKNOWN_FIELD", "did you mean 'lock_timeout_ms'?"),
    ("{ dialect: postgresql, isolation: nolock }", "MANIFEST_BAD_CHOICE", "no 'nolock'"),
]


@pytest.mark.parametrize(("block", "code", "words"), DATABASE)
def test_faults_of_a_database_are_explained(block, code, words):
    text = SQL.replace("fragments:", f"database: {block}\nfragments:")
    with pytest.raises(ManifestError) as caught:
        read_manifest(text, "acme.yaml")
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == (code, 6)
    assert words in fault.message


def test_ticks_of_sqlserver_are_no_keyset():
    text = SQL.replace("fragments:", "database: { dialect: sqlserver }\nfragments:")
    assert read_manifest(text, "acme.yaml").own.database.dialect == "sqlserver"
    with pytest.raises(ManifestError, match="never equal to itself; valid: complete"):
        read_manifest(text.replace("keyset }", "keyset, by: opened }"), "acme.yaml")


SOAP = """\
system: acme
title: Acme
version: "1"
protocol: soap
address: "{base_url}"
soap: { namespace: "urn:x", login: { operation: login, body: "<u>{user}</u>", session: id } }
stores:
  channel: {}
  record: { code: Code }
  by_key: { operation: get, body: "<s>{session}</s><k>{keys}</k>", rows: r/i }
"""
SOAP_FAULTS = [
    ("<k>{keys}</k>", "<k>{kays}</k>", "MANIFEST_UNKNOWN_PARAMETER", "did you mean 'keys'?"),
    ("<k>{keys}</k>", "<k>{keys}</j>", "MANIFEST_BAD_VALUE", "the body is no XML"),
    ("<k>{keys}</k>", "<t:k>{keys}</t:k>", "MANIFEST_BAD_VALUE", "prefix t"),
    (", rows: r/i", "", "MANIFEST_MISSING_FIELD", "'rows' is missing"),
    ("operation: get, ", "", "MANIFEST_MISSING_FIELD", "'operation' is missing: soap asks by it"),
    ("<u>{user}</u>", "<u>{user}", "MANIFEST_BAD_VALUE", "the body is no XML"),
    ('namespace: "urn:x"', 'namespase: "urn:x"', "MANIFEST_UNKNOWN_FIELD", "'namespace'?"),
    ("operation: get,", "operation: get, param: x,", "MANIFEST_UNKNOWN_FIELD", "not for soap"),
]


@pytest.mark.parametrize(("old", "new", "code", "words"), SOAP_FAULTS)
def test_faults_of_soap_are_explained(old, new, code, words):
    assert read_manifest(SOAP, "acme.yaml").protocol == "soap"
    with pytest.raises(ManifestError) as caught:
        read_manifest(SOAP.replace(old, new), "acme.yaml")
    faults = caught.value.faults
    assert code in {fault.code for fault in faults}
    assert any(words in fault.message for fault in faults), [one.message for one in faults]
