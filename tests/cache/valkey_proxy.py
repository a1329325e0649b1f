"""A line between the cache and Valkey that can be slow, hang, break, or answer errors."""

import asyncio
import contextlib
import re

_COMMAND = re.compile(rb"(?:^|\r\n)\*\d+\r\n")


class Proxy:
    """Listens on a loopback port; `mode` holds for what is sent from now on."""

    def __init__(self, target):
        self._target = target
        self._lines = set()
        self._serving = set()
        self.mode = "pass"
        self.delay = 0.0
        self.error = b"-LOADING Valkey is loading the dataset in memory\r\n"
        self.sent = 0

    @property
    def url(self):
        port = self._server.sockets[0].getsockname()[1]
        return f"redis://127.0.0.1:{port}/0"

    def cut(self):
        """Break every line that is open."""
        for writer in list(self._lines):
            writer.transport.abort()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_):
        self._server.close()
        self.cut()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self._serving.add(asyncio.current_task())
        there, back = await asyncio.open_unix_connection(self._target)
        self._lines |= {writer, back}
        answering = asyncio.create_task(self._answers(there, writer))
        # a task of a stream that ends cancelled is logged as a fault
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while chunk := await reader.read(1 << 16):
                self.sent += 1
                await self._forward(chunk, back, writer)
        answering.cancel()
        self._lines -= {writer, back}
        back.transport.abort()
        writer.transport.abort()

    async def _forward(self, chunk, back, writer):
        if self.mode == "hang":
            return
        if self.mode == "error":
            writer.write(self.error * len(_COMMAND.findall(chunk)))
            await writer.drain()
            return
        if self.delay:
            await asyncio.sleep(self.delay)
        back.write(chunk)
        await back.drain()

    async def _answers(self, there, writer):
        with contextlib.suppress(OSError):
            while chunk := await there.read(1 << 16):
                writer.write(chunk)
                await writer.drain()
