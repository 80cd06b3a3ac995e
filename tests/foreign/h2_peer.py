"""WebSockets of wsproto on streams of python3-h2 (RFC 8441): one HTTP/2 connection of a client or of a server, for asyncio."""
import asyncio
import contextlib

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import wsproto
import wsproto.events
from h2.settings import SettingCodes, Settings
from wsproto.extensions import PerMessageDeflate
from wsproto.handshake import client_extensions_handshake, server_extensions_handshake

# What a client and a server say in their first SETTINGS; only a server lets itself be asked for WebSockets. Few streams on a
# connection, so that a client with many members has to open several.
FIRST_SETTINGS = {
    True: {SettingCodes.ENABLE_PUSH: 0},
    False: {SettingCodes.ENABLE_CONNECT_PROTOCOL: 1, SettingCodes.MAX_CONCURRENT_STREAMS: 20},
}


class Member:
    """One WebSocket on its stream. What is heard queues up: a str, and at the end the close code as an int."""

    def __init__(self, connection, stream_id, path, extensions, chunk=None):
        self.connection, self.stream_id, self.path, self.extensions = connection, stream_id, path, extensions
        side = wsproto.ConnectionType.CLIENT if connection.is_client else wsproto.ConnectionType.SERVER
        self.websocket = wsproto.connection.Connection(side, extensions)
        self.heard, self.pongs, self.text = asyncio.Queue(), asyncio.Queue(), ""
        self.is_over = False  # whether the end was told
        self.ended = asyncio.Event()  # the peer has ended its side of the stream
        self.reset_with = None  # or has reset it, with this code
        self.chunk = chunk  # bytes in a DATA frame, padded; None: as many as fit

    async def say(self, text):
        await self.send(wsproto.events.TextMessage(text))

    async def send(self, event):
        await self.send_bytes(self.websocket.send(event))

    async def send_bytes(self, data):
        await self.connection.send(self.stream_id, data, self.chunk)

    async def recv(self):
        return await self.heard.get()

    async def close(self, code=1000, reason=None):
        await self.send(wsproto.events.CloseConnection(code, reason))

    def end(self):
        """Ends our side of the stream, after all that was sent."""
        self.connection.end_stream(self.stream_id)
        self.connection.flush()

    def reset(self):
        self.connection.h2.reset_stream(self.stream_id, h2.errors.ErrorCodes.CANCEL)
        self.connection.flush()
        self.over(1006)

    def over(self, code):
        if not self.is_over:
            self.is_over = True
            self.heard.put_nowait(code)

    def take(self, data):
        if self.websocket.state is wsproto.connection.ConnectionState.CLOSED:
            return  # wsproto takes not even an empty frame then
        self.websocket.receive_data(data)
        for event in self.websocket.events():
            if isinstance(event, wsproto.events.TextMessage):
                self.text += event.data
                if event.message_finished:
                    self.heard.put_nowait(self.text)
                    self.text = ""
            elif isinstance(event, wsproto.events.BytesMessage):
                self.heard.put_nowait(bytes(event.data))
            elif isinstance(event, wsproto.events.Ping):
                self.answer(event.response())
            elif isinstance(event, wsproto.events.Pong):
                self.pongs.put_nowait(bytes(event.payload))
            elif isinstance(event, wsproto.events.CloseConnection):
                self.over(int(event.code))
                if self.websocket.state is not wsproto.connection.ConnectionState.CLOSED:
                    self.answer(event.response())
                if not self.connection.is_client and not self.ended.is_set():
                    self.connection.end_stream(self.stream_id)  # the server's side ends first (RFC 6455 §7.1.1)

    def answer(self, event):
        """Of a few bytes, that fit into any window these tests use."""
        self.connection.h2.send_data(self.stream_id, self.websocket.send(event))


class Connection(asyncio.Protocol):
    """Acknowledges what comes as it comes, unless its stream is in `held`."""

    def __init__(self, is_client, settings=None):
        self.is_client = is_client
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=is_client, header_encoding="utf-8"))
        self.h2.local_settings = Settings(is_client, {**FIRST_SETTINGS[is_client], **(settings or {})})
        self.h2.local_settings.acknowledge()
        self.members, self.answers, self.bodies, self.held = {}, {}, {}, {}
        self.changed = asyncio.Event()  # windows, settings
        self.ready, self.over, self.ponged = (asyncio.get_running_loop().create_future() for _ in range(3))

    def connection_made(self, transport):
        self.transport = transport
        self.h2.initiate_connection()
        self.flush()

    def connection_lost(self, why):
        for member in list(self.members.values()):
            member.over(1006)
        for answer in self.answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the HTTP/2 connection has ended"))
        if not self.over.done():
            self.over.set_result(why)
        self.changed.set()

    def data_received(self, data):
        for event in self.h2.receive_data(data):
            with contextlib.suppress(h2.exceptions.ProtocolError):  # what came behind it may have ended the stream: no answer then
                self.on_event(event)
        self.flush()

    def flush(self):
        if not self.transport.is_closing():
            self.transport.write(self.h2.data_to_send())

    def on_event(self, event):
        stream_id = getattr(event, "stream_id", None)
        member = self.members.get(stream_id)
        if isinstance(event, h2.events.RemoteSettingsChanged):
            if not self.ready.done():
                self.ready.set_result(None)
            self.changed.set()
        elif isinstance(event, h2.events.WindowUpdated):
            self.changed.set()
        elif isinstance(event, h2.events.PingAckReceived):
            self.ponged.set_result(event.ping_data)
        elif isinstance(event, h2.events.RequestReceived):
            self.on_request(stream_id, dict(event.headers))
        elif isinstance(event, h2.events.ResponseReceived):
            self.answers[stream_id].set_result(dict(event.headers))
        elif isinstance(event, h2.events.DataReceived):
            if stream_id in self.held:
                self.held[stream_id] += event.flow_controlled_length
            elif event.flow_controlled_length > 0:
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream_id)
            if member:
                member.take(event.data)
            else:
                self.bodies[stream_id] = self.bodies.get(stream_id, b"") + event.data
        elif isinstance(event, h2.events.StreamEnded) and member:
            member.ended.set()
            was_over = member.is_over
            member.over(1006)
            if not self.is_client and not was_over:
                self.end_stream(stream_id)
        elif isinstance(event, h2.events.StreamReset):
            if member:
                member.reset_with = event.error_code
                member.ended.set()
                member.over(1006)
            elif stream_id in self.answers and not self.answers[stream_id].done():
                self.answers[stream_id].set_exception(ConnectionError(f"reset with {event.error_code!r}"))
            self.changed.set()

    def on_request(self, stream_id, head):
        raise NotImplementedError

    def end_stream(self, stream_id):
        self.h2.send_data(stream_id, b"", end_stream=True)  # h2's own end_stream fails with KeyError where the stream has gone

    async def send(self, stream_id, data, chunk=None):
        """In DATA frames of `chunk` bytes with as many of padding, or as long as they may be, as the windows open."""
        while data:
            window = self.h2.local_flow_control_window(stream_id)
            size = min(len(data), window, self.h2.max_outbound_frame_size)
            if chunk:
                size = min(chunk, len(data), (window - 1) // 2)
            if size <= 0:
                self.changed.clear()
                await self.changed.wait()
                if self.over.done():
                    raise ConnectionError("the HTTP/2 connection has ended")
                continue
            self.h2.send_data(stream_id, data[:size], pad_length=size if chunk else None)
            self.flush()
            data = data[size:]

    # --- a client's ---

    async def request(self, head, ends=True):
        """The head of the response, and the stream."""
        stream_id = self.h2.get_next_available_stream_id()
        self.answers[stream_id] = asyncio.get_running_loop().create_future()
        self.h2.send_headers(stream_id, head, end_stream=ends)
        self.flush()
        return await self.answers[stream_id], stream_id

    async def join(self, authority, path, scheme="http", deflate=None, extra=(), protocol="websocket", version="13", chunk=None):
        """`deflate`: the extension to offer. Gives a Member, or the head of the response if that is no 200."""
        head = [(":method", "CONNECT"), (":protocol", protocol), (":scheme", scheme), (":authority", authority), (":path", path),
                ("sec-websocket-version", version), *extra]
        if deflate:
            head.append(("sec-websocket-extensions", f"{deflate.name}; {deflate.offer()}"))
        answer, stream_id = await self.request(head, ends=False)
        if answer[":status"] != "200":
            return answer
        agreed = answer.get("sec-websocket-extensions", "")
        extensions = client_extensions_handshake([agreed] if agreed else [], [deflate] if deflate else [])
        member = Member(self, stream_id, path, extensions, chunk)
        member.answer_head = answer
        self.members[stream_id] = member
        early = self.bodies.pop(stream_id, b"")
        if early:
            member.take(early)
        return member

    # --- a server's ---

    def accept(self, stream_id, path, offered, deflate, extra=()):
        head = [(":status", "200"), *extra]
        extensions = [PerMessageDeflate()] if deflate else []
        agreed = server_extensions_handshake([each.strip() for each in offered.split(",") if each.strip()], extensions)
        if agreed:
            head.append(("sec-websocket-extensions", agreed.decode()))
        self.h2.send_headers(stream_id, head)
        member = self.members[stream_id] = Member(self, stream_id, path, extensions if agreed else [])
        return member

    def respond(self, stream_id, status, body):
        self.h2.send_headers(stream_id, [(":status", str(status)), ("content-length", str(len(body)))])
        self.h2.send_data(stream_id, body, end_stream=True)
