"""What looks like a person or a credential never reaches a log line."""

import io
import logging

import pytest
import structlog

from gateway import log
from gateway.redact import redact, redacted_text

PHONE = "13912345678"


@pytest.mark.parametrize(
    "secret",
    [
        PHONE,
        "+86 139-1234-5678",
        "+8613912345678",
        "0086 13912345678",
        "139 1234 5678",
        "139-1234-5678",
        "１３９１２３４５６７８",
        "xiaoman@example.com",
        "xiaoman%40example.com",
        "Bearer abcdefgh12345678",
        "Basic dXNlcjpwYXNzd29yZA==",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
    ],
)
def test_it_is_masked_wherever_it_stands(secret):
    for text in (
        secret,
        f"no member {secret}",
        f"'{secret}',",
        f"(1, '{secret}')",
        f"a={secret}&b",
    ):
        assert secret not in redacted_text(text)
    digits = "".join(filter(str.isdigit, secret))
    assert not digits or digits[-8:] not in redacted_text(f"x {secret} y").replace(" ", "")


def test_a_database_address_loses_its_user():
    told = redacted_text("postgresql://santong:hunter2@db.internal/santong refused")
    assert "hunter2" not in told
    assert "db.internal" in told


@pytest.mark.parametrize(
    "harmless", ["2026-11-01T00:00:00+08:00", "order 0080001234", "6901234567892", "200 in 12.5 ms"]
)
def test_what_is_nobody_stays(harmless):
    assert redacted_text(harmless) == harmless


def test_values_are_masked_however_deep_they_are():
    event = {
        "event": f"no {PHONE}",
        "n": int(PHONE),
        "deep": [{"a": (PHONE, {PHONE: 1})}],
        "odd": ValueError(PHONE),
        "request_id": "0a13912345678b",
        "count": 3,
        "none": None,
    }
    told = redact(None, "info", event)
    assert PHONE not in repr({key: value for key, value in told.items() if key != "request_id"})
    assert (told["count"], told["none"], told["request_id"]) == (3, None, "0a13912345678b")


@pytest.fixture
def lines(monkeypatch):
    """Log lines as an operator gets them; the loggers of the test run come back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    log.configure("INFO")
    yield written.getvalue
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def _fail():
    raise ValueError(f"no row for {PHONE}")


def test_an_unexpected_fault_keeps_its_stack_and_loses_the_person(lines):
    try:
        _fail()
    except ValueError:
        logging.getLogger("a.library").exception("failed for %s", PHONE)
        structlog.get_logger("ours").exception("failed", who=PHONE)
    told = lines()
    assert PHONE not in told
    assert told.count("_fail()") == 2
    assert told.count("ValueError: no row for ***") == 2


def test_a_line_that_cannot_be_written_is_not_printed_raw(lines):
    (ours,) = [one for one in logging.getLogger().handlers if isinstance(one, log._Lines)]
    ours.handle(logging.LogRecord("a.library", 30, "", 1, "%d calls", (PHONE,), None))
    told = lines()
    assert "a log line is lost" in told
    assert PHONE not in told


def test_the_mask_is_what_keeps_it_out(lines, monkeypatch):
    monkeypatch.setattr("gateway.redact.redacted_text", str)
    logging.getLogger("a.library").warning("call %s", PHONE)
    assert PHONE in lines()
