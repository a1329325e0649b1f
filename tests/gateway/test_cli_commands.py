import json
import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from gateway.auth.tokens import verify
from gateway.cli.box.estate import write_estate
from gateway.cli.box.state import BoxState, write_state
from gateway.settings import Settings
from gateway.trace import Trace

_KEY = "a-key-of-more-than-thirty-two-characters"
# As the gateway of this version tells it.
PLAN = {
    "engine": "replay",
    "fallback": None,
    "documentCached": True,
    "planCached": False,
    "waves": 2,
    "questions": [
        {"path": ["members"], "wave": 1, "times": 1, "startedMs": 0.5, "ms": 10.0},
        {"path": ["members", "[red]late"], "wave": 2, "times": 2, "startedMs": 11.0, "ms": 4.5},
        {"path": ["members", "never"], "wave": 2, "times": 1, "startedMs": 12.0, "ms": None},
    ],
    "calls": [
        {
            "source": "erp",
            "port": "members",
            "keys": 2,
            "batch": 7,
            "requests": 3,
            "startedMs": 1.5,
            "ms": 8.0,
        }
    ],
    "cache": {"process": 4, "source": 1},
    "stepsMs": {"document": 0.1, "plan": 0.2, "run": 15.0},
    "ms": 15.3,
}


@pytest.fixture
def box(tmp_path):
    """The traces of a demo, with its gateway on a port that the test answers."""
    asked = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, self.headers["Authorization"], json.loads(body)))
            found = "nothing" not in asked[-1][2].get("query", "")
            answer = {"data": {"名": "三通"} if found else None}
            if self.path.endswith("/fault"):
                answer = {"mode": asked[-1][2]["mode"]}
            content = json.dumps(answer, ensure_ascii=False).encode()
            if "extensions" in asked[-1][2]:
                answer["extensions"] = {"plan": PLAN} if "plan" in asked[-1][2]["query"] else None
                content = json.dumps(answer).encode()
            if "html" in asked[-1][2].get("query", ""):
                content = b"<html></html>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        estate = tmp_path / "estate.yaml"
        write_estate(estate, sap=address, shop=address, pos="postgresql://x/y")
        environment = {
            "SANTONG_SECRET_KEY": _KEY,
            "SANTONG_ESTATE": str(estate),
            "SANTONG_PORT": str(server.server_port),
        }
        write_state(
            tmp_path,
            BoxState(
                address=address,
                controls={"shop": address},
                pos_database="",
                environment=environment,
            ),
        )
        yield asked
        server.shutdown()
        thread.join()


def test_the_version_is_that_of_the_project(santong):
    assert santong("--version").stdout == "santong 0.1.0\n"


def test_a_token_of_the_demo_holds_its_role_and_scope(santong, box):
    told = santong("token", "--role", "guide", "--store", "M0001", "--store", "M0002")
    assert told.returncode == 0, told.stderr
    caller = verify(Settings(secret_key=_KEY), told.stdout.strip())
    assert caller.visibility.stores == {"M0001", "M0002"}
    assert caller.visibility.brand == "baiwei"


def test_a_consumers_token_holds_her_membership(santong, box):
    told = santong("token", "--role", "CONSUMER", "--member", "shop:101")
    caller = verify(Settings(secret_key=_KEY), told.stdout.strip())
    assert (caller.visibility.member.channel, caller.visibility.member.number) == ("shop", "101")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["token", "--role", "GUIDE"], "TOKEN_WITHOUT_STORE"),
        (["token", "--role", "CONSUMER", "--member", "101"], "BAD_USER_INPUT"),
        (["query", "no-such-file"], "QUERY_NOT_FOUND"),
        (["query", "{ a }", "--variables", "[]"], "BAD_USER_INPUT"),
        (["query", "{ a }", "--variables", "{"], "BAD_USER_INPUT"),
        (["demo", "fault", "crm", "slow"], "DEMO_SYSTEM"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_its_code(santong, box, arguments, code):
    told = santong(*arguments)
    assert told.returncode == 1
    assert told.stderr.startswith(code)
    assert "Traceback" not in told.stderr


def test_a_query_is_asked_with_a_token_and_its_answer_printed(santong, box, tmp_path):
    file = tmp_path / "q.graphql"
    file.write_text("query($n: Int) { a(n: $n) }")
    told = santong("query", str(file), "--variables", '{"n": 2}')
    assert (told.returncode, told.stdout) == (0, '{"data": {"名": "三通"}}\n')
    path, token, body = box[-1]
    assert (path, body) == (
        "/graphql",
        {"query": "query($n: Int) { a(n: $n) }", "variables": {"n": 2}},
    )
    assert (
        verify(Settings(secret_key=_KEY), token.removeprefix("Bearer ")).role.value == "OPERATIONS"
    )


def test_a_plan_is_shown_beside_the_answer(santong, box):
    assert set(PLAN) == set(Trace().shown())
    told = santong("query", "{ plan }", "--explain")
    assert (told.returncode, json.loads(told.stdout)["extensions"]) == (0, {"plan": PLAN})
    assert box[-1][2]["extensions"] == {"explain": True}
    cells = [re.findall(r"[^\s│][^│]*[^\s│]|[^\s│]", line) for line in told.stderr.splitlines()]
    assert [
        line for line in cells if line[:1] in (["engine"], ["document"], ["plan"], ["cache"])
    ] == [
        ["engine", "replay"],
        ["document", "known"],
        ["plan", "made for this answer"],
        ["cache", "process 4, source 1"],
    ]
    assert ["1", "members", "1", "0.5 ms", "10.0 ms"] in cells
    assert ["2", "members.[red]late", "2", "11.0 ms", "4.5 ms"] in cells
    assert ["2", "members.never", "1", "12.0 ms", "–"] in cells
    assert ["erp", "members", "2", "7", "3", "1.5 ms", "8.0 ms"] in cells


def test_without_a_plan_the_answer_stands_alone(santong, box):
    told = santong("query", "{ a }", "--explain")
    assert (told.returncode, told.stderr) == (0, "")


def test_an_answer_without_data_is_exit_code_1(santong, box):
    assert santong("query", "{ nothing }").returncode == 1


def test_a_fault_is_passed_on_to_the_system(santong, box):
    told = santong("demo", "fault", "shop", "slow", "--seconds", "9")
    assert told.stdout == "shop: slow\n"
    assert box[-1][::2] == ("/__control/fault", {"mode": "slow", "seconds": 9.0})


@pytest.mark.parametrize("arguments", [["fault", "shop", "slow"], ["orders", "shop", "2"]])
def test_without_a_demo_its_commands_say_so(santong, arguments):
    told = santong("demo", *arguments)
    assert (told.returncode, told.stderr.split()[0]) == (1, "DEMO_NOT_RUNNING")


def test_without_a_gateway_a_query_says_so(santong, box):
    told = santong("query", "{ a }", SANTONG_PORT="1")
    assert (told.returncode, told.stderr.split()[0]) == (1, "GATEWAY_UNREACHABLE")


@pytest.mark.parametrize("command", [["token"], ["serve"]])
def test_without_a_key_the_setting_is_named(santong, command):
    told = santong(*command)
    assert told.returncode == 1
    assert told.stderr.startswith("SETTINGS_INVALID SANTONG_SECRET_KEY")


def test_a_wrong_setting_is_named_without_its_value(santong):
    told = santong("token", SANTONG_PORT="geheim")
    assert told.stderr.startswith("SETTINGS_INVALID SANTONG_PORT")
    assert "geheim" not in told.stderr


def test_a_query_that_cannot_be_asked_is_one_line_with_its_code(santong, box, tmp_path):
    wrong = tmp_path / "gbk.graphql"
    wrong.write_bytes('{ a(text: "中") }'.encode("gbk"))
    for asked in (str(wrong), b'{ a(text: "\xff") }'):
        told = santong("query", asked)
        assert (told.returncode, told.stderr.split()[0]) == (1, "BAD_USER_INPUT")
    told = santong("query", "{ a }", "--variables", '{"a": "\\ud800"}')
    assert (told.returncode, told.stderr.split()[0]) == (1, "BAD_USER_INPUT")


def test_a_mark_in_front_of_a_file_is_no_part_of_its_query(santong, box, tmp_path):
    file = tmp_path / "q.graphql"
    file.write_text("{ a }", encoding="utf-8-sig")
    assert santong("query", str(file)).returncode == 0
    assert box[-1][2]["query"] == "{ a }"


def test_a_query_that_is_too_long_for_a_name_is_a_query(santong, box):
    query = f'{{ a(text: "{"中" * 120}") }}'
    assert santong("query", query).returncode == 0
    assert box[-1][2]["query"] == query


def test_what_is_no_gateway_is_said(santong, box):
    told = santong("query", "{ html }")
    assert (told.returncode, told.stderr.split()[0]) == (1, "GATEWAY_UNREACHABLE")


@pytest.mark.parametrize(
    ("url", "code"),
    [("postgresql://u:geheim@127.0.0.1:1/x", "STORE_UNAVAILABLE"), ("geheim", "BAD_USER_INPUT")],
)
def test_a_store_that_cannot_be_migrated_is_one_line(santong, url, code):
    told = santong("migrate", SANTONG_DATABASE_URL=url)
    assert (told.returncode, told.stderr.split()[0]) == (1, code)
    assert "Traceback" not in told.stderr
    assert "geheim" not in told.stderr
