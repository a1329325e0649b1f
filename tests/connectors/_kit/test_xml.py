"""XML that could hurt is refused before a tree of it exists."""

import time

import pytest

from capabilities.errors import Garbled
from connectors._kit.xml import name, parse

LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
    + b"]><l>&m;</l>"
)


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 50_000 + b'">]><a>' + b"&b;" * 5000 + b"</a>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;]><a/>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
        b"<!DOCTYPE a><a/>",
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b"<a " + b" ".join(b'b%d="1"' % i for i in range(200_000)) + b"/>",
        b"<a>",
        b"",
        b"{}",
    ],
    ids=[
        "laughs",
        "quadratic",
        "file",
        "parameter",
        "remote",
        "doctype",
        "deep",
        "wide",
        "cut",
        "empty",
        "json",
    ],
)
def test_the_corpus_is_refused_quickly(body):
    started = time.perf_counter()
    with pytest.raises(Garbled):
        parse(body, "sap")
    assert time.perf_counter() - started < 0.5


def test_depth_is_capped():
    assert name(parse(b"<a>" * 64 + b"</a>" * 64)) == "a"
    with pytest.raises(Garbled):
        parse(b"<a>" * 65 + b"</a>" * 65)


def test_a_good_document_passes():
    root = parse('<?xml version="1.0"?><e:error xmlns:e="urn:x"><code>百</code></e:error>'.encode())
    assert name(root) == "error"
    assert root.findtext("code") == "百"
