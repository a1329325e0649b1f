"""WebSockets at `/graphql`: the graphql-transport-ws protocol, for subscriptions only."""

import asyncio
import contextlib
import logging

from starlette.types import Receive, Scope, Send

from capabilities.errors import SantongError, Unauthenticated
from gateway.auth.known import KnownCallers
from gateway.execution.telling import NotTold
from gateway.http.asked import Asked
from gateway.http.cross_origin import CrossOrigin
from gateway.http.introduced import client_header, language_of, origin_of
from gateway.http.masked_errors import MASKED
from gateway.http.request_body import Operation
from gateway.live import frames
from gateway.live.asker import Asker, until_not_standing
from gateway.live.figures import LiveFigures
from gateway.live.frames import BadFrame, Frame, frame, read_frame
from gateway.live.room import Room
from gateway.live.strangers import Strangers
from gateway.live.subscription import Subscriptions, errors_of
from gateway.settings import Settings
from gateway.usage.clients import Clients

_log = logging.getLogger(__name__)
_SEND_SECONDS = 30.0
_FEWEST_STRANGERS = 16
_MANY = "this socket carries as many subscriptions as it may"
_LONGEST_REASON = 123  # bytes of a close frame


class Closing(Exception):
    """The socket is closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


class Sockets:
    """Every socket of the graph."""

    def __init__(
        self,
        settings: Settings,
        callers: KnownCallers,
        subscriptions: Subscriptions,
        figures: LiveFigures,
        clients: Clients,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._callers = callers
        self._subscriptions = subscriptions
        self._figures = figures
        self._cross_origin = CrossOrigin(settings)
        # Strangers' sockets have a bound of their own, and one caller's must not keep others out.
        self.strangers = Strangers(max(_FEWEST_STRANGERS, settings.max_subscriptions // 4))
        self.seats = Room(settings.max_subscriptions, settings.max_subscriptions_per_caller)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One socket, from its handshake to its end."""
        asked = Asked(scope, receive)
        await receive()  # websocket.connect
        allowed = self._cross_origin.is_welcome(asked.header(b"origin"), asked.header(b"host"))
        if not allowed:
            await send({"type": "websocket.close"})  # before it is accepted: 403
            return
        spoken = frames.SUBPROTOCOL in scope.get("subprotocols", ())
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": frames.SUBPROTOCOL if spoken else None,
                "headers": [(b"x-request-id", asked.request_id.encode())],
            }
        )
        await _Socket(self, asked, receive, send).run(spoken=spoken)

    async def asker(self, asked: Asked, token: object) -> Asker:
        """Who introduces herself with a token; Unauthenticated where nobody does."""
        header = token if isinstance(token, str) else ""
        authorization = header.encode("latin-1", "replace")
        caller = await self._callers.caller(authorization or asked.header(b"authorization"))
        return Asker(
            caller=caller,
            authorization=authorization or asked.header(b"authorization") or b"",
            request_id=asked.request_id,
            language=language_of(asked),
            origin=origin_of(asked, self._settings.proxy_hops),
            client=self._clients.of(caller, client_header(asked)),
        )

    @property
    def settings(self) -> Settings:
        """The operator's bounds."""
        return self._settings

    @property
    def callers(self) -> KnownCallers:
        """Who knows tokens."""
        return self._callers

    @property
    def subscriptions(self) -> Subscriptions:
        """What opens subscriptions."""
        return self._subscriptions

    @property
    def figures(self) -> LiveFigures:
        """What counts them."""
        return self._figures


class _Socket:
    """One socket: who it is, and what it follows under which id."""

    def __init__(self, sockets: Sockets, asked: Asked, receive: Receive, send: Send) -> None:
        self._sockets = sockets
        self._asked = asked
        self._receive = receive
        self._raw_send = send
        self._asker: Asker | None = None
        self._inits = 0
        self._following: dict[str, asyncio.Task[None]] = {}
        # Also those that are over and only still told so: their client may read nothing.
        self._telling: set[asyncio.Task[None]] = set()
        self._seat = contextlib.ExitStack()
        self._ended: asyncio.Future[Closing | None] = asyncio.get_running_loop().create_future()

    async def run(self, *, spoken: bool) -> None:
        """Until either side ends it."""
        if not spoken:
            await self._close(Closing(frames.NO_SUBPROTOCOL, f"speak {frames.SUBPROTOCOL}"))
            return
        tasks = [asyncio.create_task(self._until_closed())]
        tasks.append(asyncio.create_task(self._until_initialised()))
        self._sockets.strangers.come(self, self._too_long_unknown)
        try:
            closing = await self._ended
            if closing is not None:
                await self._close(closing)
        finally:
            self._sockets.strangers.go(self)
            self._seat.close()
            tasks.extend(self._telling)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, closing: Closing | None) -> None:
        if not self._ended.done():
            self._ended.set_result(closing)

    async def _close(self, closing: Closing) -> None:
        self._sockets.figures.closed(str(closing.code))
        told = {"type": "websocket.close", "code": closing.code, "reason": closing.reason}
        await self._raw_send(told)

    async def _until_closed(self) -> None:
        """Read what the client says."""
        try:
            while (message := await self._receive())["type"] == "websocket.receive":
                await self._hear(read_frame(message.get("text")))
            self._end(None)
        except Closing as closing:
            self._end(closing)
        except BadFrame as exc:
            self._end(Closing(exc.code, str(exc)))
        except Unauthenticated as exc:
            self._end(Closing(frames.FORBIDDEN, exc.message))
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("socket failed")
            self._end(Closing(frames.FAILED, MASKED.message))

    async def _until_initialised(self) -> None:
        """Close a socket of nobody, later one whose token is over."""
        await asyncio.sleep(self._sockets.settings.socket_init_seconds)
        if self._asker is None:
            self._too_long_unknown()
            return
        try:
            over = await until_not_standing(self._sockets.callers, self._asker)
        except Exception:  # noqa: BLE001 - whom nobody can check any more is told nothing more
            _log.exception("a socket's token could not be checked")
            self._end(Closing(frames.FAILED, MASKED.message))
        else:
            self._end(Closing(frames.FORBIDDEN, over.message))

    def _too_long_unknown(self) -> None:
        self._end(Closing(frames.INIT_TIMEOUT, "the connection was not initialised in time"))

    async def _hear(self, heard: Frame) -> None:
        if heard.kind == "connection_init":
            await self._introduce(heard)
        elif heard.kind == "ping":
            await self._send(frame("pong", payload=heard.payload))
        elif heard.kind == "complete":
            task = self._following.pop(heard.id, None)
            if task is not None:
                task.cancel()
        elif heard.kind == "subscribe":
            self._subscribe(heard)

    async def _introduce(self, heard: Frame) -> None:
        self._inits += 1
        if self._inits > 1:
            raise Closing(frames.TOO_MANY_INITS, "the connection was initialised already")
        payload = heard.payload or {}
        named = payload.get("authorization", payload.get("Authorization"))
        asker = await self._sockets.asker(self._asked, named)
        try:
            self._seat.enter_context(self._sockets.seats.place(asker.own))
        except SantongError as exc:
            raise Closing(frames.FORBIDDEN, "too many sockets of this caller") from exc
        self._asker = asker
        self._sockets.strangers.go(self)
        await self._send(frame("connection_ack"))

    def _subscribe(self, heard: Frame) -> None:
        if self._asker is None:
            raise Closing(frames.UNAUTHORIZED, "initialise the connection first")
        if heard.id in self._following:
            raise Closing(frames.DUPLICATE, "a subscription with this id is under way")
        if heard.operation is None:
            raise BadFrame("no operation")
        if len(self._telling) >= 2 * self._sockets.settings.max_subscriptions_per_socket:
            raise Closing(frames.FAILED, "the client reads nothing")
        if len(self._following) >= self._sockets.settings.max_subscriptions_per_socket:
            work = self._over(heard.id, SantongError(_MANY, code="TOO_MANY_SUBSCRIPTIONS"))
        else:
            work = self._follow(heard.id, heard.operation, self._asker)
        task = self._following[heard.id] = asyncio.create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _follow(self, own: str, operation: Operation, asker: Asker) -> None:
        """Tell one subscription, until it is over; a client that left it is told nothing more."""
        try:
            with self._sockets.figures.subscription("websocket"):
                async for told in self._sockets.subscriptions.events(asker, operation):
                    await self._send(frame("next", own, told.body))
            await self._send(frame("complete", own))
            self._leave(own)
        except (SantongError, NotTold) as exc:
            await self._over(own, exc)
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("subscription failed")
            await self._over(own, MASKED)

    async def _over(self, own: str, error: Exception) -> None:
        errors = errors_of(error, self._asked.request_id)
        self._sockets.figures.ended(errors)
        self._leave(own)
        await self._send(frame("error", own, errors))

    def _leave(self, own: str) -> None:
        """Its id may be taken anew."""
        if self._following.get(own) is asyncio.current_task():
            del self._following[own]

    async def _send(self, text: str) -> None:
        """Say something; a client that reads nothing for long is left."""
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._raw_send({"type": "websocket.send", "text": text})
        except TimeoutError:
            self._end(Closing(frames.FAILED, "the client reads nothing"))
            raise asyncio.CancelledError from None
        except OSError:  # its line broke
            self._end(None)
            raise asyncio.CancelledError from None
