"""The back door at work beside a test."""

import threading

# It shares a process with the gateway: without a pause the gateway would hardly get a turn.
_PAUSE_SECONDS = 0.1


class Relaying:
    """The back door at work for a block."""

    def __init__(self, gateway):
        self._gateway = gateway
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._ended.wait(_PAUSE_SECONDS):
            self._gateway.relay()

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
