"""The line of one request: a stranger's words in it are short and hold no phone, whole or cut."""

import json

import pytest

from gateway.http.request_line import RequestLines

PHONE = "13812345678"


@pytest.mark.parametrize("place", range(70))
def test_a_phone_is_masked_wherever_a_long_name_is_cut(place, capsys):
    name = "q" * place + "_" + PHONE + "_" + "q" * 100
    RequestLines("INFO").write(
        "id", f"{'X' * (place % 20)}{PHONE}", "/graphql", 200, 0.1, operation=name
    )
    written = capsys.readouterr().err
    line = json.loads(written)
    assert PHONE[:5] not in written
    assert line["operation"] == ("q" * place + "_***_" + "q" * 100)[:64]
    assert len(line["method"]) <= 16
