"""A link between a till and a gateway that fails as links do: before, or after the other side."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# What happens to one connection: passed on; cut before it arrives; cut when the answer is on its
# way; its request delivered twice.
PASS, CUT, LOSE_ANSWER, TWICE = "pass", "cut", "lose answer", "twice"


@contextmanager
def flaky_link(address: tuple[str, int], plan: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The address of a link to `address`; connections fare as the plan says, then pass."""
    left = list(plan)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    _carry(client, address, left.pop(0) if left else PASS)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _carry(client: socket.socket, address: tuple[str, int], fate: str) -> None:
    if fate == CUT:
        client.recv(100)
        return
    request = _request(client)
    answer = b""
    for _ in range(2 if fate == TWICE else 1):
        answer = _asked(address, request)
    if fate != LOSE_ANSWER:
        client.sendall(answer)


def _request(client: socket.socket) -> bytes:
    """A whole request, by its length."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += client.recv(65_536)
    head, _, body = read.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body


def _asked(address: tuple[str, int], request: bytes) -> bytes:
    with socket.create_connection(address) as upstream:
        upstream.sendall(request)
        answer = b""
        while chunk := upstream.recv(65_536):
            answer += chunk
        return answer
