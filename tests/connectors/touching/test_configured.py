"""The file of senders, read and opened."""

import pytest

from capabilities.errors import BadInput
from connectors._kit import address_rules
from connectors.touching.configured import open_senders
from connectors.touching.drop import DropSender
from connectors.touching.webhook import WebhookSender

PUBLIC = address_rules(["public"])


async def test_the_senders_of_a_file_are_opened(tmp_path, monkeypatch):
    monkeypatch.setenv("SMS_SECRET", "a-secret-of-ours")
    file = tmp_path / "senders.yaml"
    file.write_text(
        "senders:\n"
        "  - {kind: webhook, name: sms, url: 'https://sms.example.com/touches',"
        " secret: 'env:SMS_SECRET'}\n"
        f"  - {{kind: drop, name: letters, folder: {tmp_path / 'out'}}}\n",
        "utf-8",
    )
    sms, letters = open_senders(file, PUBLIC)
    assert isinstance(sms, WebhookSender)
    assert isinstance(letters, DropSender)
    assert (sms.name, letters.name) == ("sms", "letters")
    for sender in (sms, letters):
        await sender.aclose()


def test_without_a_file_there_are_none():
    assert open_senders(None, PUBLIC) == ()


@pytest.mark.parametrize(
    "text",
    [
        "senders: [",
        "senders: [{kind: pigeon, name: a}]",
        "senders: [{kind: drop, name: a, folder: /x}, {kind: drop, name: a, folder: /y}]",
        "nothing",
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, text):
    file = tmp_path / "senders.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadInput) as raised:
        open_senders(file, PUBLIC)
    assert raised.value.code == "SENDERS_INVALID"
