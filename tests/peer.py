"""A WebSocket client of few lines: it must be able to break the rules."""
import base64
import json
import os
import socket
import struct

from served import PATIENCE


class Peer:
    def __init__(self, port, path="/room", headers=(), tls=None, host="localhost"):
        self.socket = socket.create_connection(("localhost", port), timeout=PATIENCE)  # the one of its addresses that is bound
        if tls:  # an end without close_notify is an error here, and not an end
            self.socket = tls.wrap_socket(self.socket, server_hostname=host, suppress_ragged_eofs=False)
        self.read = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        while b"\r\n\r\n" not in self.read:
            self.fill()
        head, self.read = self.read.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def fill(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError
        self.read += more

    def take(self, count):
        while len(self.read) < count:
            self.fill()
        taken, self.read = self.read[:count], self.read[count:]
        return taken

    def send(self, payload, opcode=1):
        if isinstance(payload, str):
            payload = payload.encode()
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
        self.socket.sendall(bytes([0x80 | opcode]) + length + bytes(4) + payload)  # a mask of zeros changes nothing

    def say(self, **said):
        self.send(json.dumps(said))

    def frame(self):
        first, second = self.take(2)
        size = second & 0x7f
        if size == 126:
            size, = struct.unpack("!H", self.take(2))
        elif size == 127:
            size, = struct.unpack("!Q", self.take(8))
        return first & 0x0f, self.take(size)

    def hear(self):
        opcode, payload = self.frame()
        return payload.decode() if opcode == 1 else payload

    def heard_close(self):
        """The code and reason of the close frame that is next."""
        opcode, payload = self.frame()
        assert opcode == 8, (opcode, payload)
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def is_ended(self):
        try:
            self.fill()
        except (EOFError, ConnectionResetError):
            return True
        return False
