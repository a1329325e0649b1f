"""What a request asks, read to the letter: parameters of an address, and the type of a body."""

import pytest

from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.request_body import read_operation


async def read(method="POST", query_string=b"", body=b'{"query": "{ a }"}', **headers):
    async def receive():
        return {"type": "http.request", "body": body}

    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    scope = {"method": method, "headers": named, "query_string": query_string}
    return await read_operation(Asked(scope, receive), 1_000, 5)


@pytest.mark.parametrize(
    "query_string",
    [
        b"query=%7B%20a(b:%22%E5%BA%97%22)%20%7D",
        'query={ a(b:"店") }'.encode(),
    ],
)
async def test_parameters_are_utf_8_escaped_or_not(query_string):
    operation = await read("GET", query_string)
    assert operation.query == '{ a(b:"店") }'


@pytest.mark.parametrize(
    "query_string",
    [
        b"query=%FF%7Ba%7D",
        b"query=\xff{a}",
        b"query={a}&variables=%7B%22a%22:%22%ED%A0%80%22%7D",
    ],
)
async def test_parameters_that_are_no_utf_8_are_refused(query_string):
    with pytest.raises(BadRequest, match="no UTF-8"):
        await read("GET", query_string)


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"Application/JSON; Charset=UTF-8",
        b'application/json; charset="utf-8"; version=1',
    ],
)
async def test_a_body_of_json_in_utf_8_is_read(content_type):
    assert (await read(content_type=content_type)).query == "{ a }"


@pytest.mark.parametrize(
    ("content_type", "code"),
    [
        (b"text/plain", "UNSUPPORTED_MEDIA_TYPE"),
        (b"", "UNSUPPORTED_MEDIA_TYPE"),
        (b"application/json; charset=utf-16", "UNSUPPORTED_CHARSET"),
        (b"application/json; version=1; CHARSET=latin1", "UNSUPPORTED_CHARSET"),
    ],
)
async def test_another_type_is_refused(content_type, code):
    with pytest.raises(BadRequest) as told:
        await read(content_type=content_type)
    assert (told.value.status, told.value.code) == (415, code)
