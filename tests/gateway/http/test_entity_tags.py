"""Tags of answers: the same in every process, and of no use to who guesses."""

from hashlib import sha256

import pytest

from gateway.http.api_reply import ApiReply
from gateway.http.asked import Asked
from gateway.http.entity_tags import EntityTags
from gateway.settings import Settings

BODY = b'{"phoneMasked":"139****5678"}'


def asked(**headers):
    told = [(name.replace("_", "-").encode(), one.encode()) for name, one in headers.items()]
    return Asked({"method": "GET", "headers": told, "query_string": b""}, None)


def tag_of(key, **headers):
    tags = EntityTags(Settings(secret_key=key * 40))
    reply = tags.conditional(asked(**headers), ApiReply(status=200, body=BODY))
    return reply.status, dict(reply.headers).get(b"etag", b"").decode()


def test_a_tag_outlives_its_process_and_is_known_in_all():
    status, tag = tag_of("k")
    assert status == 200
    assert tag_of("k", if_none_match=tag) == (304, tag)
    assert tag_of("z", if_none_match=tag)[0] == 200


def test_who_guesses_what_an_answer_says_cannot_tell_by_its_tag():
    _, tag = tag_of("k")
    assert sha256(BODY).hexdigest()[:32] not in tag
    assert tag_of("z")[1] != tag


@pytest.mark.parametrize("count", [1, 2_000])
def test_of_many_tags_the_one_that_is_there_counts(count):
    _, tag = tag_of("k")
    others = ", ".join(f'"{at:032x}"' for at in range(count))
    assert tag_of("k", if_none_match=f"{others}, W/{tag}")[0] == 304
    assert tag_of("k", if_none_match=others)[0] == 200
    assert tag_of("k", if_match=others)[0] == 412
