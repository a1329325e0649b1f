"""The soak: what it asks is new each time, and its slope is that of the samples."""

import json
import os
from xml.etree import ElementTree as ET

import pytest

from bench.soak.growth import Sample, Sampling, slope_per_10_minutes
from bench.soak.plot import plot
from bench.soak.questions import Questions
from gateway.execution.documents import Documents
from gateway.execution.limits import DocumentLimits
from schema.build import build_schema

_GROWING = [Sample(float(at), 100 + at * 0.01, 9) for at in range(100)]


def test_the_slope_is_megabytes_per_ten_minutes():
    assert slope_per_10_minutes(_GROWING) == pytest.approx(6.0)
    assert slope_per_10_minutes([Sample(float(at), 100, 9) for at in range(9)]) == 0
    with pytest.raises(ValueError, match="two samples"):
        slope_per_10_minutes(_GROWING[:1])


def test_a_process_is_sampled_as_often_as_asked():
    sampling = Sampling(os.getpid(), every=5.0)
    taken = [sampling.due(float(now)) for now in range(11)]
    assert [one.seconds for one in taken if one] == [0.0, 5.0, 10.0]
    assert all(one.rss_mb > 1 and one.files > 1 for one in sampling.samples)


def test_the_plot_is_an_image_with_every_sample():
    drawn = ET.fromstring(plot(_GROWING, 30.0, "a < b"))  # noqa: S314 - our own
    line = drawn.find("{*}polyline")
    assert len(line.attrib["points"].split()) == len(_GROWING)


def test_no_question_comes_twice_and_all_but_the_mistakes_can_be_answered():
    questions = Questions("t")
    asked = [questions.next() for _ in range(600)]
    assert len({one.mistake for one in asked}) == 11
    fine = [json.loads(one.body) for one in asked if one.mistake is None]
    assert len({json.dumps(one) for one in fine}) == len(fine)
    assert len({one["query"] for one in fine}) > len(fine) / 2
    limits = DocumentLimits(depth=15, fields=1_000, aliases=30, directives=50)
    schema = build_schema()._schema
    documents = Documents(schema, limits, max_tokens=5_000, max_count=9, max_bytes=10_000_000)
    known = [json.loads(one.body) for one in Questions("t", introduced=100).introductions()]
    assert len({phone for one in known for phone in one["variables"].values()}) == 100
    for one in [*fine[:40], known[0]]:
        assert documents.prepare(one["query"]).errors == ()
